"""Everything that a run works with on AWS: clients, the account's quota, and the stack, where there is one."""

import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from cli.connection import ConnectionProblem, Outputs, connect
from shared.aws.clients import open_clients
from shared.aws.membership import DynamoMembership
from shared.limiter import RateLimiter
from shared.membership import Beat, Membership

NO_STACK: Final = "none"
"""For `--stack`: an account without Gavel, where nobody else is asked to share the quota, and no people are to ask."""
GROUP: Final = "detect-labels"
OPERATION: Final = "DetectLabels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`clients` by service; that of Rekognition doesn't retry by itself."""

    region: str
    clients: Mapping[str, Any]
    outputs: Outputs | None

    @property
    def s3(self) -> Any:
        return self.clients["s3"]

    def quota(self, calls_per_s: float) -> RateLimiter:
        """Shared with everybody who uses the stack's ledger."""
        shared: Membership = Alone()
        if self.outputs is not None:
            shared = DynamoMembership(self.clients["dynamodb"], self.outputs.ledger_table, GROUP)
        return RateLimiter(calls_per_s, member=uuid4().hex, membership=shared, operation=OPERATION)


class Alone:
    """A group that nobody else can join."""

    async def beat(self, member: str, beat: Beat, *, forget: Collection[str] = ()) -> Mapping[str, Beat]:
        return {member: beat}


@asynccontextmanager
async def open_session(stack: str) -> AsyncIterator[Session]:
    """Raises ConnectionProblem when the stack isn't there."""
    async with AsyncExitStack() as opened:
        outputs = None
        if stack != NO_STACK:
            outputs = (await opened.enter_async_context(connect(stack))).outputs
        region = outputs.region if outputs else os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not region:
            raise ConnectionProblem("which region? set AWS_REGION to the one that the buckets are in")
        names = ("s3", "dynamodb", "events", "sagemaker-a2i-runtime")
        clients = await opened.enter_async_context(open_clients(*names, region=region))
        # Every attempt must be seen by the limiter.
        asked = await opened.enter_async_context(open_clients("rekognition", region=region, retries=0))
        yield Session(region=region, clients={**clients, **asked}, outputs=outputs)
