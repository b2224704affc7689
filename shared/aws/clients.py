"""Opens aiobotocore clients, all alike, and closes them together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from shared.aws.answers import read_plainly
from shared.aws.tracing import trace_requests

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 65
"""Longer than the longest SQS long poll (20 s) and than Rekognition's slowest image answers."""

SPARED: Final = {"sqs": AioConfig(parameter_validation=False)}
"""Where botocore needn't look at what it is given, at a twentieth of a request's CPU: these requests are made in few
places of ours, by the hundred a second, and SQS looks at them itself."""


@asynccontextmanager
async def open_clients(*services: str, region: str, retries: int = 2) -> AsyncIterator[dict[str, Any]]:
    """One client per service name, with credentials and endpoint from the environment as every AWS SDK reads them.

    `retries` are the SDK's own, for broken connections and the like; pass 0 where each attempt must go through a
    limiter of ours.
    """
    session = get_session()
    config = AioConfig(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=64,
        retries={"total_max_attempts": retries + 1, "mode": "standard"},
        # Told once: left alone, botocore puts its words together anew, twice for each request, at a tenth of its CPU.
        user_agent=session.user_agent(),
        s3={"addressing_style": "auto"},
    )
    async with AsyncExitStack() as stack:
        clients: dict[str, Any] = {}
        for name in services:
            clients[name] = await stack.enter_async_context(
                session.create_client(name, region_name=region, config=config.merge(SPARED.get(name, AioConfig())))
            )
            trace_requests(clients[name])
        if "sqs" in clients:
            read_plainly(clients["sqs"])
        yield clients
