"""The API over a ledger in memory, asked in process."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from services.results.api.domain.callers import Caller, Permission, caller
from services.results.api.ports import Api, BadToken
from services.results.api.web.app import application
from shared.contracts.messages import MediaRef, PolicyRef, Reason
from shared.contracts.words import Action, DecidedBy, Lane, MediaKind, Status
from shared.errors import Permanent
from shared.identity import media_id
from shared.ledger.entries import ContentRead, Quarantined, SubmissionOpened, VerdictGiven
from shared.ledger.record import Judged
from shared.policy.model import BucketPrefix, Tenant, Tenants
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox
from tests.fakes.search import MemorySearch

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = PolicyRef(name="standard", version="0123456789abcdef")
TENANTS = Tenants(
    tenants=(
        Tenant(name="shop", policy="standard", buckets=(BucketPrefix(bucket="shop-media"),)),
        Tenant(name="blog", policy="standard", buckets=(BucketPrefix(bucket="blog-media"),)),
    )
)


class Tokens:
    """A token is its own scopes, joined by plus signs; "expired" is refused."""

    async def caller(self, token: str) -> Caller:
        if token == "expired":  # noqa: S105  a word of the tests
            raise BadToken("ExpiredSignatureError")
        return caller("client-1", token.split("+"))


class Addresses:
    def grant(self, media: MediaRef) -> str:
        return f"https://s3.example.org/{media.bucket}/{media.key}?signed"


@dataclass
class Redrive:
    sent: list[Quarantined] = field(default_factory=list)

    async def again(self, entry: Quarantined) -> None:
        if entry.queue == "gone":
            raise Permanent("queue-gone", "there is no queue gone in this stack")
        self.sent.append(entry)


@dataclass
class Asking:
    """One API with all that is around it."""

    http: TestClient[Any, Any]
    ledger: MemoryLedger
    policies: FakePolicyStore
    submissions: FakeOutbox
    appeals: FakeOutbox
    redrive: Redrive

    async def get(self, path: str, *scopes: str, status: int = 200, **query: str) -> Any:
        async with self.http.get(path, params=query, headers=bearer(scopes)) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json(content_type=None)

    async def post(self, path: str, document: Any, *scopes: str, status: int = 202, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.post(path, json=document, headers=bearer(scopes) | named) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json(content_type=None)

    async def item(self, key: str, *, tenant: str = "shop", at: datetime = NOW) -> str:
        """An item whose content was read."""
        source = MediaRef(bucket=f"{tenant}-media", key=key, version_id="v1")
        id_ = media_id(source.bucket, source.key, "v1")
        await self.ledger.open(
            id_,
            SubmissionOpened(
                at=at,
                tenant=tenant,
                kind=MediaKind.IMAGE,
                lane=Lane.LIVE,
                source=source,
                policy=POLICY,
                size_bytes=1,
                envelope="cloudevent",
            ),
        )
        await self.ledger.add(id_, ContentRead(at=at, sha256="ab" * 32, format="jpeg", readable=source))
        return id_

    async def judged(self, key: str, action: Action, *, tenant: str = "shop", label: str = "Weapons") -> str:
        id_ = await self.item(key, tenant=tenant)
        given = VerdictGiven(
            at=NOW,
            number=1,
            action=action,
            decided_by=DecidedBy.MODEL,
            policy=POLICY,
            cause="c",
            reasons=(Reason(code="reject-band", label=label),),
        )
        await self.ledger.add(id_, given)
        await self.ledger.advance(
            id_,
            Status.DONE,
            NOW,
            verdict=action,
            verdict_number=1,
            judged=Judged(decided_by=DecidedBy.MODEL, labels=(label,)),
        )
        return id_

    async def quarantined(self, key: str, *, queue: str = "media-events") -> str:
        id_ = await self.item(key)
        await self.ledger.quarantine(
            Quarantined(
                at=NOW,
                id="q1",
                queue=queue,
                code="image-too-small",
                detail="8 px",
                receive_count=1,
                body_uri="s3://evidence/quarantine/q1.json",
                media_id=id_,
            )
        )
        return id_


def scopes(*permissions: Permission, tenant: str = "shop") -> tuple[str, ...]:
    return (*(f"gavel/{permission}" for permission in permissions), f"tenant/{tenant}")


def bearer(scopes: Iterable[str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {'+'.join(scopes)}"} if scopes else {}


READER = scopes(Permission.READ)


@asynccontextmanager
async def asking() -> AsyncIterator[Asking]:
    ledger, policies = MemoryLedger(), FakePolicyStore(tenants=TENANTS)
    submissions, appeals, redrive = FakeOutbox(), FakeOutbox(), Redrive()
    api = Api(
        ledger=ledger,
        search=MemorySearch(ledger),
        policies=policies,
        tokens=Tokens(),
        submissions=submissions,
        appeals=appeals,
        redrive=redrive,
        addresses=Addresses(),
        clock=lambda: NOW,
    )
    async with TestClient(TestServer(application(api, largest_body_bytes=1024 * 1024))) as http:
        yield Asking(
            http=http, ledger=ledger, policies=policies, submissions=submissions, appeals=appeals, redrive=redrive
        )
