"""A console in memory, and people who sign in to it: a token is a person's groups, joined by commas."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.console.domain.operators import Grant
from services.results.console.ports import ROOT, Console
from services.results.console.web.app import application
from shared.clock import Clock
from shared.contracts.messages import MediaRef
from shared.policy.model import BucketPrefix, Tenant, Tenants
from shared.signin.ports import BadToken, Challenge, Member, NotLetIn
from tests.fakes.desk import EXPIRED, ISSUER, WRONG, MemorySessions
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.search import MemorySearch

NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
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


@dataclass
class ShownMedia:
    """Everything is shown from `origin`, where a test may serve it."""

    origin: str = "https://media.example"

    def grant(self, media: MediaRef) -> str:
        return f"{self.origin}/media/{media.bucket}/{media.key}?signed"

    def origins(self) -> list[str]:
        return [self.origin]


@dataclass
class ConsoleWorld:
    """What a console is over; `served` is it, mounted where the API mounts it."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    policies: FakePolicyStore = field(default_factory=lambda: FakePolicyStore(tenants=TENANTS))
    media: ShownMedia = field(default_factory=ShownMedia)
    sessions: MemorySessions = field(default_factory=lambda: MemorySessions(kept={}))
    clock: Clock = lambda: NOW

    def console(self) -> Console:
        return Console(
            ledger=self.ledger,
            search=MemorySearch(self.ledger),
            policies=self.policies,
            media=self.media,
            sessions=self.sessions,
            door=GroupDoor(),
            groups=GROUPS,
            is_secure=False,
            clock=self.clock,
        )

    def served(self) -> web.Application:
        app = web.Application()
        app.add_subapp(ROOT, application(self.console()))
        return app
