"""The desk's composition root: settings, clients, adapters, and the web application until it is told to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import botocore.session
import jwt
from botocore.config import Config

from services.review.desk.adapters.all_tasks import AllTasks
from services.review.desk.adapters.emulated_a2i import EmulatedA2i
from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.adapters.media import MediaAddresses
from services.review.desk.adapters.notes import Table, TableNotebook
from services.review.desk.adapters.own_tasks import OwnTasks
from services.review.desk.adapters.waiting import WaitingLoops
from services.review.desk.ports import Tasks
from services.review.desk.settings import Settings, load
from services.review.desk.web.app import application
from services.review.desk.web.desk import Desk
from shared.aws.clients import open_clients
from shared.aws.sessions import TableSessions
from shared.aws.user_pool import CognitoDoor
from shared.aws.verification_parts import SetParts
from shared.aws.verified import DynamoVerified
from shared.clock import utc_now
from shared.service import run
from shared.web import serve_web

KEYS_PATH = ".well-known/jwks.json"


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with _desk(settings) as desk:
        await serve_web(
            application(desk),
            stop,
            host=settings.desk_host,
            port=settings.desk_port,
            stop_timeout_s=settings.stop_timeout_s,
        )


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[Desk]:
    async with (
        open_clients("dynamodb", "s3", "events", "cognito-idp", region=settings.region) as clients,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http,
    ):
        loops = DeskLoops(
            clients["dynamodb"],
            settings.desk_table,
            clients["s3"],
            settings.evidence_bucket,
            clients["events"],
            clock=utc_now,
        )
        waiting = WaitingLoops(clients["dynamodb"], settings.desk_table, clock=utc_now)
        places: list[Tasks] = [OwnTasks(loops, waiting, clock=utc_now)]
        if settings.desk_serves_a2i and settings.aws_endpoint is not None:
            places.append(EmulatedA2i(http, settings.aws_endpoint, clock=utc_now))
        pool = settings.aws_endpoint or f"https://cognito-idp.{settings.region}.amazonaws.com"
        yield Desk(
            tasks=AllTasks(*places, clock=utc_now),
            notebook=TableNotebook(Table(clients["dynamodb"], settings.desk_table)),
            sessions=TableSessions(clients["dynamodb"], settings.desk_table, clock=utc_now),
            door=CognitoDoor(
                clients["cognito-idp"],
                jwt.PyJWKClient(f"{pool}/{settings.user_pool_id}/{KEYS_PATH}", timeout=5),
                region=settings.region,
                pool=settings.user_pool_id,
                client_id=settings.user_pool_client_id,
                clock=utc_now,
            ),
            media=MediaAddresses(
                # Signing is computation; S3 wants version 4 of it for what is encrypted with a KMS key.
                botocore.session.get_session().create_client(
                    "s3", region_name=settings.region, config=Config(signature_version="s3v4")
                ),
                settings.desk_shown,
            ),
            verified=DynamoVerified(clients["dynamodb"], settings.verified_table),
            parts=SetParts(clients["s3"], settings.evidence_bucket),
            groups=frozenset(settings.desk_groups),
            break_after=settings.desk_break_after,
            break_s=settings.desk_break_s,
            is_secure=settings.desk_url.startswith("https:"),
            clock=utc_now,
        )


if __name__ == "__main__":
    run("desk", load, serve)
