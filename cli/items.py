"""Items as the results API finds them: the same filters, checked by the same code, told in the same words."""

import re
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.markup import escape

from cli.connection import Connection
from cli.screen import Exit, err
from services.results.api.domain.callers import EVERY_TENANT, Caller
from services.results.api.domain.problems import Problem
from services.results.api.domain.queries import Asked, asked
from shared.aws.ledger_search import LedgerSearch
from shared.aws.policies import S3PolicyStore
from shared.ledger.finding import PAGE
from shared.ledger.search import Search

T = TypeVar("T")

UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

Text = str | None
Tenant = Annotated[Text, typer.Option(help="items of this tenant only")]
Since = Annotated[Text, typer.Option(help="received since: 90m, 24h, 7d, or a time as 2026-11-21T14:00:00Z")]
Until = Annotated[Text, typer.Option(help="received before, likewise")]
OfStatus = Annotated[Text, typer.Option("--status", help="received, moderating, …, done, quarantined, appealed")]
OfVerdict = Annotated[Text, typer.Option("--verdict", help="approve, restrict, reject")]
Decider = Annotated[Text, typer.Option("--decided-by", help="model, human, reuse, fail_closed")]
Kind = Annotated[Text, typer.Option(help="image, video")]
Label = Annotated[Text, typer.Option(help="a label among the verdict's reasons, or the category of one")]
PolicyName = Annotated[Text, typer.Option("--policy", help="a policy's name, or <name>@<version>")]
Reviewer = Annotated[Text, typer.Option(help="a reviewer's pseudonym")]


class WrongFilter(Exception):
    """What was asked for can't be; the text has every reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """As the command line took them."""

    tenant: Text = None
    since: Text = None
    until: Text = None
    status: Text = None
    verdict: Text = None
    decided_by: Text = None
    kind: Text = None
    label: Text = None
    policy: Text = None
    reviewer: Text = None


def search(connection: Connection) -> Search:
    return LedgerSearch(connection.dynamodb, connection.outputs.ledger_table)


def policies(connection: Connection) -> S3PolicyStore:
    return S3PolicyStore(connection.s3, connection.outputs.policy_bucket)


async def or_usage(doing: Coroutine[Any, Any, T]) -> T:
    """A wrong filter is wrong usage, told in full."""
    try:
        return await doing
    except WrongFilter as wrong:
        err.print(f"[red]{escape(str(wrong))}[/]")
        raise typer.Exit(Exit.USAGE) from None


async def wanted(connection: Connection, filters: Filters, *, limit: int = PAGE, after: Text = None) -> Asked:
    """Raises WrongFilter. Whoever may read the table may see every tenant."""
    tenants = tuple(tenant.name for tenant in (await policies(connection).tenants()).tenants)
    if filters.tenant is not None and filters.tenant not in tenants:
        raise WrongFilter(f"--tenant: there is no such tenant; there are {', '.join(tenants)}")
    return read(filters, tenants, datetime.now(UTC), limit=limit, after=after)


def read(filters: Filters, tenants: tuple[str, ...], now: datetime, *, limit: int = PAGE, after: Text = None) -> Asked:
    """Raises WrongFilter with every mistake at once."""
    query = {name: value for name in filters.__slots__ if (value := getattr(filters, name)) is not None}
    query |= {name: _moment(query[name], now) for name in ("since", "until") if name in query}
    query["limit"] = str(min(limit, PAGE))
    if after is not None:
        query["after"] = after
    everybody = Caller(id="cli", permissions=frozenset(), tenants=frozenset({EVERY_TENANT}))
    try:
        return asked(query, everybody, tenants, now)
    except Problem as problem:
        told = [f"--{error['parameter'].replace('_', '-')} {error['detail']}" for error in problem.errors]
        raise WrongFilter("\n".join(told) or problem.detail) from problem


def _moment(text: str, now: datetime) -> str:
    """A length of time before now, as an instant; anything else as it is."""
    length = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    return (now - int(length[1]) * UNITS[length[2]]).isoformat() if length else text
