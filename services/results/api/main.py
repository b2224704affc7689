"""The API's composition root: settings, clients, adapters, and the web application until it is told to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import botocore.session
import jwt
from botocore.config import Config

from services.results.api.adapters.addresses import MediaAddresses
from services.results.api.adapters.tokens import CognitoTokens
from services.results.api.ports import Api
from services.results.api.settings import Settings, load
from services.results.api.web.app import application
from shared.aws.clients import open_clients
from shared.aws.evidence import EvidenceStore
from shared.aws.ledger_reader import LedgerReader
from shared.aws.ledger_search import LedgerSearch
from shared.aws.policies import S3PolicyStore
from shared.aws.redrive import Redriver
from shared.aws.sqs import SqsOutbox
from shared.clock import utc_now
from shared.service import run
from shared.web import serve_web

KEYS_PATH = ".well-known/jwks.json"


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with _api(settings) as api:
        await serve_web(
            application(api),
            stop,
            host=settings.api_host,
            port=settings.api_port,
            stop_timeout_s=settings.stop_timeout_s,
        )


@asynccontextmanager
async def _api(settings: Settings) -> AsyncIterator[Api]:
    pool = settings.aws_endpoint or f"https://cognito-idp.{settings.region}.amazonaws.com"
    async with open_clients("dynamodb", "s3", "sqs", region=settings.region) as clients:
        yield Api(
            ledger=LedgerReader(clients["dynamodb"], settings.ledger_table),
            search=LedgerSearch(clients["dynamodb"], settings.ledger_table),
            policies=S3PolicyStore(clients["s3"], settings.policy_bucket),
            tokens=CognitoTokens(
                jwt.PyJWKClient(f"{pool}/{settings.user_pool_id}/{KEYS_PATH}", timeout=5),
                region=settings.region,
                pool=settings.user_pool_id,
            ),
            submissions=SqsOutbox(clients["sqs"], settings.media_events_url),
            appeals=SqsOutbox(clients["sqs"], settings.appeals_url),
            redrive=Redriver(clients["sqs"], EvidenceStore(clients["s3"], settings.evidence_bucket), settings.queues),
            addresses=MediaAddresses(
                # Signing is computation; S3 wants version 4 of it for what is encrypted with a KMS key.
                botocore.session.get_session().create_client(
                    "s3", region_name=settings.region, config=Config(signature_version="s3v4")
                ),
                settings.api_shown,
            ),
            clock=utc_now,
        )


if __name__ == "__main__":
    run("api", load, serve)
