"""`gavel review`: what waits for reviewers, how far they agree, and how they did on golden items."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from cli.connection import connect
from cli.options import Json, Stack
from cli.scores import show_scores
from cli.screen import coloured, out, print_json
from shared.aws.declines import DeskDeclines
from shared.aws.policies import S3PolicyStore
from shared.contracts.words import BackendName, Status
from shared.declines import DeclineReason, Declines
from shared.ledger.agreement import Agreement, Stats, Tallies
from shared.ledger.entries import DecisionMade
from shared.ledger.finding import READS_AT_ONCE, records
from shared.ledger.port import Ledger
from shared.ledger.scores import Scores, scores
from shared.ledger.views import escalated_at, newest_loop, only, submission
from shared.policy.port import PolicyStore

app = typer.Typer(no_args_is_help=True, help="See what waits for reviewers, and how far they agree.")

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """`left_s` is what is left of the policy's target, below zero when the case is late; None without a target.
    `declines` of the case's newest loop are told where people work at the desk; A2I tells nobody of its own."""

    media_id: str
    loop: str
    status: Status
    severity: int
    category: str | None
    age_s: int
    target_s: int | None
    left_s: int | None
    round: int
    answers_wanted: int
    backend: BackendName
    declines: int = 0
    last_decline: DeclineReason | None = None

    @property
    def urgency(self) -> int:
        return max(1, self.severity) * self.age_s


def _since(text: str) -> datetime:
    found = re.fullmatch(r"([1-9]\d{0,3})([hd])", text)
    if found:
        return datetime.now(UTC) - int(found[1]) * UNITS[found[2]]
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write 24h, 7d or a date as 2026-11-21") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@app.command()
def queue(stack: Stack = "local", json: Json = False) -> None:
    """List the open cases, the most pressing first: severity times age, with what is left of the target, and how many
    reviewers have declined them, the last one why."""
    cases = asyncio.run(_queue(stack))
    if json:
        print_json(cases)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("media id", "severity", "age", "left", "for", "round", "by", "declined"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "media id")
    for case in cases:
        appeal = "appeal" if case.status is Status.APPEALED else case.category or "—"
        table.add_row(
            *(case.media_id, str(case.severity), _duration(case.age_s), _left(case), appeal, str(case.round)),
            *(case.backend, _declined(case)),
        )
    out.print(table if cases else "nothing waits for reviewers")


@app.command()
def stats(
    since: Annotated[
        datetime,
        typer.Option(parser=_since, metavar="24h|7d|DATE", help="of items that were settled since"),
    ] = "30d",  # type: ignore[assignment]  # typer parses defaults too
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Show how often reviewers agreed with the final ruling, by reviewer and by label, with Krippendorff's alpha, and
    how many of their answers about golden items were right."""
    found, golden = asyncio.run(_stats(stack, since))
    if json:
        print_json({"since": since, **_fields(found), "golden": golden})
    else:
        _show(found, since)
        show_scores(golden)


async def _queue(stack: str) -> list[OpenCase]:
    async with connect(stack) as connection:
        policies = S3PolicyStore(connection.s3, connection.outputs.policy_bucket)
        cases = [case async for case in open_cases(connection.ledger, policies, datetime.now(UTC))]
        if connection.outputs.desk_table:
            declines = DeskDeclines(connection.dynamodb, connection.outputs.desk_table)
            cases = await with_declines(cases, declines)
        return sorted(cases, key=lambda case: -case.urgency)


async def _stats(stack: str, since: datetime) -> tuple[Stats, Scores]:
    async with connect(stack) as connection:
        tallies = Tallies()
        settled = connection.ledger.by_status(Status.DONE, since=since)
        async for record in records(connection.ledger, settled):
            tallies.take(record)
        return tallies.stats(), scores([answer async for answer in connection.golden.answers(since=since)])


async def open_cases(ledger: Ledger, policies: PolicyStore, now: datetime) -> AsyncIterator[OpenCase]:
    """Every case that people are at, in no order."""
    for status in (Status.REVIEWING, Status.APPEALED):
        async for record in records(ledger, ledger.by_status(status)):
            item, newest, decision = submission(record), newest_loop(record), only(record, DecisionMade)
            if item is None or newest is None:
                continue
            target_s = (await policies.at(item.policy)).review.target_s
            age_s = int((now - escalated_at(record, newest)).total_seconds())
            yield OpenCase(
                media_id=item.media_id,
                loop=newest.name,
                status=status,
                severity=decision.severity if decision else 0,
                category=decision.category if decision else None,
                age_s=age_s,
                target_s=target_s,
                left_s=None if target_s is None else target_s - age_s,
                round=newest.round,
                answers_wanted=newest.answers_wanted,
                backend=newest.backend,
            )


async def with_declines(cases: Sequence[OpenCase], declines: Declines) -> list[OpenCase]:
    async def told(case: OpenCase) -> OpenCase:
        found = await declines.of(case.loop)
        return replace(case, declines=len(found), last_decline=found[0].reason if found else None)

    told_cases: list[OpenCase] = []
    for first in range(0, len(cases), READS_AT_ONCE):
        told_cases += await asyncio.gather(*(told(case) for case in cases[first : first + READS_AT_ONCE]))
    return told_cases


def _fields(found: Stats) -> dict[str, object]:
    return {"items": found.items, "overall": found.overall, "reviewers": found.reviewers, "labels": found.labels}


def _show(found: Stats, since: datetime) -> None:
    out.print(f"{found.items:,} reviewed items settled since {since:%Y-%m-%d %H:%M} UTC")
    table = Table(box=None, pad_edge=False)
    for heading in ("", "answers", "agree", "alpha", "median"):
        table.add_column(heading, overflow="fold", justify="left" if not heading else "right")
    table.add_row("[bold]all[/]", *_row(found.overall))
    for kind, rows in (("reviewer", found.reviewers), ("label", found.labels)):
        for name, agreement in rows.items():
            table.add_row(f"[dim]{kind}[/] {name}", *_row(agreement))
    out.print(table)


def _row(agreement: Agreement) -> tuple[str, str, str, str]:
    return (
        f"{agreement.answers:,}",
        "—" if agreement.agreement is None else f"{agreement.agreement:.0%}",
        "—" if agreement.alpha is None else f"{agreement.alpha:.2f}",
        "—" if agreement.median_s is None else f"{agreement.median_s:.0f} s",
    )


def _left(case: OpenCase) -> str:
    if case.left_s is None:
        return coloured(None)
    return _duration(case.left_s) if case.left_s >= 0 else f"[red]-{_duration(-case.left_s)}[/]"


def _declined(case: OpenCase) -> str:
    return f"{case.declines}, {case.last_decline.replace('-', ' ')}" if case.last_decline else "—"


def _duration(seconds: int) -> str:
    """The two largest units: `3 d 4 h`, `12 min 30 s`."""
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    largest = next((place for place, (_, size) in enumerate(units) if seconds >= size), len(units) - 1)
    parts, left = [], seconds
    for name, size in units[largest : largest + 2]:
        count, left = divmod(left, size)
        parts.append(f"{count} {name}")
    return " ".join(parts)
