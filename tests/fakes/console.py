"""A console in memory, and people who sign in to it: a token is a person's groups, joined by commas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from aiohttp import web

from services.results.api import ports
from services.results.api.domain.callers import Caller, Permission
from services.results.api.main import mounted
from services.results.console.domain.operators import Grant
from services.results.console.domain.waterfall import Span
from services.results.console.ports import Console, Depth
from shared.aws.evidence import EvidenceStore
from shared.aws.redrive import Redriver
from shared.clock import Clock
from shared.contracts.messages import MediaRef
from shared.declines import Declines
from shared.errors import Permanent, Transient
from shared.ledger.entries import Quarantined
from shared.policy.model import BucketPrefix, Tenant, Tenants
from shared.signin.ports import BadToken, Challenge, Member, NotLetIn
from tests.fakes.adapters import MemoryAdapterHistory
from tests.fakes.aws import MemoryBucket
from tests.fakes.declines import FakeDeclines
from tests.fakes.desk import EXPIRED, ISSUER, WRONG, MemorySessions
from tests.fakes.golden import MemoryGolden
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyHistory, FakePolicyStore
from tests.fakes.queues import FakeOutbox
from tests.fakes.search import MemorySearch

NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVIDENCE: Final = "evidence"
QUEUES: Final = {name: f"https://sqs.example/gavel-dev-{name}" for name in ("media-events", "outcomes")}
EVERYTHING: Final = frozenset(Permission)
OPERATORS, SHOP, ANALYSTS, MIXED = "operators", "operators-shop", "analysts", "viewers-blog"
GROUPS: Final = {
    OPERATORS: Grant(permissions=EVERYTHING, items_of=frozenset({"*"})),
    SHOP: Grant(permissions=EVERYTHING, items_of=frozenset({"shop"})),
    ANALYSTS: Grant(permissions=frozenset({Permission.READ}), items_of=frozenset({"*"})),
    MIXED: Grant(permissions=frozenset({Permission.READ, Permission.VIEW}), items_of=frozenset({"blog"})),
}
TENANTS: Final = Tenants(
    tenants=(
        Tenant(name="shop", policy="standard", buckets=(BucketPrefix(bucket="shop-media"),)),
        Tenant(name="blog", policy="standard", buckets=(BucketPrefix(bucket="blog-media"),)),
    )
)


class GroupDoor:
    """Lets everybody in: the name that they type is their groups, as in `operators@example.org`."""

    async def sign_in(self, username: str, password: str) -> str | Challenge:
        if password == WRONG:
            raise NotLetIn("wrong")
        return username.partition("@")[0]

    async def respond(self, challenge: Challenge, answer: str) -> str | Challenge:
        return OPERATORS

    async def member(self, token: str) -> Member:
        if token == EXPIRED:
            raise BadToken("ExpiredSignatureError")
        until = NOW + timedelta(hours=1)
        groups = frozenset(token.split(","))
        return Member(issuer=ISSUER, subject=token, email=f"{token}@example.org", groups=groups, until=until)


class NoTokens:
    """People alone come in."""

    async def caller(self, token: str) -> Caller:
        raise ports.BadToken("InvalidTokenError")


@dataclass
class ShownMedia:
    """Everything is shown from `origin`, where a test may serve it; nothing, where it `refuses`."""

    origin: str = "https://media.example"
    refuses: bool = False

    def grant(self, media: MediaRef) -> str:
        if self.refuses:
            raise Permanent("media-not-shown")
        return f"{self.origin}/media/{media.bucket}/{media.key}?signed"

    def origins(self) -> list[str]:
        return [self.origin]


@dataclass
class Queues:
    """An SQS that keeps what was sent."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send_message(self, **request: Any) -> dict[str, Any]:
        self.sent.append(request)
        return {}


@dataclass
class MemoryDepths:
    """`fails` plays an outage."""

    found: list[Depth] = field(default_factory=list)
    fails: bool = False

    async def depths(self) -> list[Depth]:
        if self.fails:
            raise Transient("sqs-unreachable")
        return self.found


@dataclass
class MemorySpans:
    found: dict[str, list[Span]] = field(default_factory=dict)
    fails: bool = False

    async def about(self, media_id: str) -> list[Span]:
        if self.fails:
            raise Transient("spans-unreachable")
        return self.found.get(media_id, [])


class ReadOnlyBucket(MemoryBucket):
    async def put_object(self, **request: Any) -> dict[str, Any]:
        raise AssertionError("the console writes no objects")


@dataclass
class ConsoleWorld:
    """What a console is over; `served` is it, mounted where the API mounts it."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    policies: FakePolicyStore = field(default_factory=lambda: FakePolicyStore(tenants=TENANTS))
    evidence: ReadOnlyBucket = field(default_factory=ReadOnlyBucket)
    queues: Queues = field(default_factory=Queues)
    golden: MemoryGolden = field(default_factory=MemoryGolden)
    adapters: MemoryAdapterHistory = field(default_factory=MemoryAdapterHistory)
    declines: Declines | None = field(default_factory=FakeDeclines)
    media: ShownMedia = field(default_factory=ShownMedia)
    sessions: MemorySessions = field(default_factory=lambda: MemorySessions(kept={}))
    depths: MemoryDepths = field(default_factory=MemoryDepths)
    search_fails: bool = False
    spans: MemorySpans | None = field(default_factory=MemorySpans)
    trace_url: str | None = None
    clock: Clock = lambda: NOW

    def __post_init__(self) -> None:
        self.history = FakePolicyHistory(self.policies)

    async def quarantined(self, entry: Quarantined, kept: Mapping[str, Any]) -> None:
        """File the entry, with what is kept of its message."""
        self.evidence.objects[entry.body_uri.removeprefix(f"s3://{EVIDENCE}/")] = msgspec.json.encode(kept)
        await self.ledger.quarantine(entry)

    def console(self) -> Console:
        evidence = EvidenceStore(self.evidence, EVIDENCE)
        return Console(
            ledger=self.ledger,
            search=MemorySearch(self.ledger, fails=self.search_fails),
            policies=self.policies,
            history=self.history,
            adapters=self.adapters,
            evidence=evidence,
            redrive=Redriver(self.queues, evidence, QUEUES),
            golden=self.golden,
            declines=self.declines,
            media=self.media,
            depths=self.depths,
            spans=self.spans,
            trace_url=self.trace_url,
            sessions=self.sessions,
            door=GroupDoor(),
            groups=GROUPS,
            is_secure=False,
            clock=self.clock,
        )

    def served(self) -> web.Application:
        console = self.console()
        api = ports.Api(
            ledger=self.ledger,
            search=console.search,
            policies=self.policies,
            tokens=NoTokens(),
            submissions=FakeOutbox(),
            appeals=FakeOutbox(),
            redrive=console.redrive,
            addresses=self.media,
            clock=self.clock,
        )
        return mounted(api, console)
