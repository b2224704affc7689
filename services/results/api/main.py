"""The API's and the console's composition root: settings, clients, adapters, and the web application until it is told
to end. Both are one task: they show the same things of the same ledger, to programs and to people."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import botocore.session
import jwt
from aiohttp import web
from botocore.config import Config

from services.results.api.adapters.addresses import MediaAddresses
from services.results.api.adapters.tokens import CognitoTokens
from services.results.api.ports import Api
from services.results.api.settings import Settings, load
from services.results.api.web.app import application
from services.results.console.adapters.depths import QueueDepths
from services.results.console.adapters.received_spans import ReceivedSpans
from services.results.console.ports import ROOT, Console
from services.results.console.web.app import FORM_LIMIT_BYTES
from services.results.console.web.app import application as console_application
from shared.aws.adapter_history import DynamoAdapterHistory
from shared.aws.clients import open_clients
from shared.aws.declines import DeskDeclines
from shared.aws.evidence import EvidenceStore
from shared.aws.golden import DynamoGolden
from shared.aws.ledger import DynamoLedger
from shared.aws.ledger_search import LedgerSearch
from shared.aws.policies import S3PolicyStore
from shared.aws.policy_history import S3PolicyHistory
from shared.aws.redrive import Redriver
from shared.aws.sessions import TableSessions
from shared.aws.sqs import SqsOutbox
from shared.aws.user_pool import CognitoDoor
from shared.clock import utc_now
from shared.service import run
from shared.web import serve_web

KEYS_PATH = ".well-known/jwks.json"


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with _application(settings) as app:
        await serve_web(
            app,
            stop,
            host=settings.api_host,
            port=settings.api_port,
            stop_timeout_s=settings.stop_timeout_s,
        )


@asynccontextmanager
async def _application(settings: Settings) -> AsyncIterator[web.Application]:
    async with (
        open_clients("dynamodb", "s3", "sqs", "cognito-idp", region=settings.region) as clients,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http,
    ):
        # Signing is computation; S3 wants version 4 of it for what is encrypted with a KMS key.
        signer = botocore.session.get_session().create_client(
            "s3", region_name=settings.region, config=Config(signature_version="s3v4")
        )
        media = MediaAddresses(signer, settings.api_shown)
        yield mounted(_api(settings, clients, media), _console(settings, clients, http, media))


def mounted(api: Api, console: Console) -> web.Application:
    """The console within the API."""
    app = application(api, largest_body_bytes=FORM_LIMIT_BYTES)
    app.add_subapp(ROOT, console_application(console))
    return app


def _api(settings: Settings, clients: Mapping[str, Any], media: MediaAddresses) -> Api:
    return Api(
        ledger=DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now),
        search=LedgerSearch(clients["dynamodb"], settings.ledger_table),
        policies=S3PolicyStore(clients["s3"], settings.policy_bucket),
        tokens=CognitoTokens(
            _keys(settings, settings.user_pool_id), region=settings.region, pool=settings.user_pool_id
        ),
        submissions=SqsOutbox(clients["sqs"], settings.media_events_url),
        appeals=SqsOutbox(clients["sqs"], settings.appeals_url),
        redrive=Redriver(clients["sqs"], EvidenceStore(clients["s3"], settings.evidence_bucket), settings.queues),
        addresses=media,
        clock=utc_now,
    )


def _console(
    settings: Settings, clients: Mapping[str, Any], http: aiohttp.ClientSession, media: MediaAddresses
) -> Console:
    dynamodb, evidence = clients["dynamodb"], EvidenceStore(clients["s3"], settings.evidence_bucket)
    return Console(
        ledger=DynamoLedger(dynamodb, settings.ledger_table, clock=utc_now),
        search=LedgerSearch(dynamodb, settings.ledger_table),
        policies=S3PolicyStore(clients["s3"], settings.policy_bucket),
        history=S3PolicyHistory(clients["s3"], settings.policy_bucket),
        adapters=DynamoAdapterHistory(dynamodb, settings.ledger_table),
        evidence=evidence,
        redrive=Redriver(clients["sqs"], evidence, settings.queues),
        golden=DynamoGolden(dynamodb, settings.ledger_table),
        declines=DeskDeclines(dynamodb, settings.desk_table) if settings.desk_table else None,
        media=media,
        depths=QueueDepths(clients["sqs"], settings.queues, settings.dead_letter_urls),
        spans=ReceivedSpans(http, settings.aws_endpoint) if settings.aws_endpoint else None,
        trace_url=settings.trace_url,
        sessions=TableSessions(dynamodb, settings.console_table, clock=utc_now),
        door=CognitoDoor(
            clients["cognito-idp"],
            _keys(settings, settings.console_pool_id),
            region=settings.region,
            pool=settings.console_pool_id,
            client_id=settings.console_client_id,
            clock=utc_now,
        ),
        groups=settings.console_groups,
        is_secure=settings.console_url.startswith("https:"),
        clock=utc_now,
    )


def _keys(settings: Settings, pool: str) -> jwt.PyJWKClient:
    issuer = settings.aws_endpoint or f"https://cognito-idp.{settings.region}.amazonaws.com"
    return jwt.PyJWKClient(f"{issuer}/{pool}/{KEYS_PATH}", timeout=5)


if __name__ == "__main__":
    run("api", load, serve)
