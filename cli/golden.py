"""`gavel golden`: items whose right answer is known, for reviewers to meet among real ones without knowing."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from botocore.exceptions import ClientError
from rich.markup import escape
from rich.table import Table

from cli.connection import Connection, connect
from cli.options import Json, Stack
from cli.screen import Exit, coloured, err, out, print_json
from shared.aws.policies import S3PolicyStore
from shared.contracts.messages import MediaRef
from shared.contracts.words import Action, Choice, DecidedBy, Status
from shared.errors import Transient
from shared.identity import MEDIA_ID
from shared.ledger.agreement import final_ruling
from shared.ledger.entries import ContentRead, DecisionMade, EvidenceFound, VerdictGiven
from shared.ledger.golden import GoldenItem
from shared.ledger.record import Record
from shared.ledger.views import only, submission, verdict
from shared.policy.model import Policy
from shared.taxonomy.labels import is_known, nearest

app = typer.Typer(no_args_is_help=True, help="Keep items whose right answer is known, to see how well people review.")

T = TypeVar("T")

MediaId = Annotated[str, typer.Argument(help="the item's media id")]
ForPolicy = Annotated[str | None, typer.Option("--policy", help="whose reviewers get it; the item's own when left out")]
FEW = 10
"""With fewer, reviewers soon have had them all."""


class GoldenProblem(Exception):
    """It can't be done; `problems` say why, each a sentence for people."""

    def __init__(self, *problems: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    item: GoldenItem
    percent: float
    count: int


@app.command()
def add(
    media_id: MediaId,
    answer: Annotated[
        str | None, typer.Option(metavar="approve|restrict|reject", help="what a reviewer should rule")
    ] = None,
    from_verdict: Annotated[bool, typer.Option("--from-verdict", help="what people ruled is right")] = False,
    label: Annotated[list[str] | None, typer.Option(help="a label that a reviewer should confirm; repeatable")] = None,
    policy: ForPolicy = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Make a decided item golden, or change its right answer. How often they come is the policy's `golden_percent`."""
    right = _right(answer, from_verdict=from_verdict)
    labels = tuple(dict.fromkeys(label or ()))
    added = _run(_add(_checked(media_id), right, labels, policy, stack))
    if json:
        print_json(added.item)
        return
    item = added.item
    out.print(f"{item.media_id} is golden for [bold]{item.policy}[/]: {coloured(item.right)} is right{_with(item)}")
    if not added.percent:
        out.print(f"{item.policy} says review.golden_percent 0: nobody gets it before that is raised")
    if added.count < FEW:
        out.print(f"{added.count} golden items for {item.policy}; nobody gets one twice, so have more")


@app.command("list")
def list_(
    policy: Annotated[
        str | None, typer.Option(help="only this policy's; every policy's with a tenant if left out")
    ] = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """List golden items, when each was last put before reviewers, and whether it is now."""
    items = _run(_list(policy, stack))
    if json:
        print_json(items)
        return
    table, now = Table(box=None, pad_edge=False), datetime.now(UTC)
    for heading in ("media id", "policy", "kind", "right", "labels", "added", "last shown"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "media id")
    for item in items:
        shown = f"{item.opened_at:%Y-%m-%d %H:%M}" if item.opened_at else "—"
        is_open = item.busy_until is not None and item.busy_until > now
        table.add_row(
            item.media_id, item.policy, item.kind, coloured(item.right), ", ".join(item.labels) or "—",
            f"{item.added_at:%Y-%m-%d}", f"{shown}, open" if is_open else shown,
        )  # fmt: skip
    out.print(table if items else "no golden items")


@app.command()
def remove(media_id: MediaId, policy: ForPolicy = None, stack: Stack = "local", json: Json = False) -> None:
    """Put it before reviewers no more. A task that is open stays open, and answers stay in the statistics."""
    name = _run(_remove(_checked(media_id), policy, stack))
    if json:
        print_json({"media_id": media_id, "policy": name})
    else:
        out.print(f"{media_id} is golden for {escape(name)} no more")


async def _add(media_id: str, right: Action | None, labels: tuple[str, ...], policy: str | None, stack: str) -> Added:
    async with connect(stack) as connection:
        record = await _record(media_id, connection)
        policies = S3PolicyStore(connection.s3, connection.outputs.policy_bucket)
        try:
            judged_by = await policies.current(policy or _own_policy(record))
        except Transient as error:
            raise GoldenProblem(error.detail or error.code) from error
        item = golden_item(record, judged_by, right, labels, datetime.now(UTC))
        await _require_media(only(record, ContentRead), connection)
        await connection.golden.keep(item)
        count = len(await connection.golden.items(judged_by.name))
        return Added(item=item, percent=judged_by.review.golden_percent, count=count)


async def _list(policy: str | None, stack: str) -> list[GoldenItem]:
    async with connect(stack) as connection:
        names = {policy} if policy else await _policies(connection)
        found = [item for name in sorted(names) for item in await connection.golden.items(name)]
        return sorted(found, key=lambda item: (item.policy, item.added_at, item.media_id))


async def _remove(media_id: str, policy: str | None, stack: str) -> str:
    async with connect(stack) as connection:
        name = policy or _own_policy(await _record(media_id, connection))
        if not await connection.golden.remove(name, media_id, datetime.now(UTC)):
            raise GoldenProblem(f"{media_id} isn't golden for {name}", exit_code=Exit.NOT_FOUND)
        return name


def golden_item(
    record: Record, policy: Policy, right: Action | None, labels: tuple[str, ...], at: datetime
) -> GoldenItem:
    """The golden item that this record makes; the right answer is what people ruled where none is given.

    Raises GoldenProblem with everything that is in the way.
    """
    item = submission(record)
    problems = [*_unfit(record), *_unknown(labels), *(_unruled(record) if right is None else ())]
    right = right or final_ruling(record)
    if right is Action.RESTRICT and not _restricts(policy):
        problems.append(f"policy {policy.name} restricts nothing, so `restrict` can't be right")
    if item is None or right is None or problems:
        raise GoldenProblem(*problems)
    return GoldenItem(
        media_id=item.media_id, policy=policy.name, kind=item.kind, right=right, labels=labels, added_at=at
    )


def _unfit(record: Record) -> Iterator[str]:
    """Why a task can't be made of this item."""
    summary, first = record.summary, verdict(record, 1)
    if only(record, ContentRead) is None:
        yield f"nobody has read its content: it is {summary.status}"
    elif first is not None and first.reused_from is not None:
        yield f"its verdict was taken from an item with the same content, {first.reused_from}: add that one"
    elif only(record, EvidenceFound) is None or only(record, DecisionMade) is None:
        yield "its evidence and the policy's decision aren't in the ledger"
    if summary.status is Status.APPEALED:
        yield "it is under appeal, so its right answer is in doubt"
    elif summary.status is not Status.DONE:
        yield f"it has no verdict yet: it is {summary.status}"


def _unknown(labels: tuple[str, ...]) -> Iterator[str]:
    for label in labels:
        if not is_known(label):
            near = ", ".join(nearest(label))
            yield f"{label[:80]} isn't a label of the moderation taxonomy" + (f"; did you mean {near}?" if near else "")


def _unruled(record: Record) -> Iterator[str]:
    """Why its verdict doesn't say what is right for a reviewer to answer."""
    current, ruling = only(record, VerdictGiven), final_ruling(record)
    if current is None or current.decided_by is not DecidedBy.HUMAN or ruling is None:
        yield "its verdict isn't people's: say what is right with --answer"
    elif current.action is not ruling:
        yield (
            f"people ruled {ruling}, and its verdict is {current.action} for what else was found: "
            "say what is right with --answer"
        )


def _restricts(policy: Policy) -> bool:
    choices = {policy.review.fallback.value, policy.review.confirmed.value, policy.unlisted.value}
    return Choice.RESTRICT.value in choices or any(rule.restrict_at is not None for rule in policy.rules)


async def _require_media(content: ContentRead | None, connection: Connection) -> None:
    """A reviewer would stare at nothing."""
    media: MediaRef | None = content.readable if content else None
    if media is None:
        return
    version = {"VersionId": media.version_id} if media.version_id is not None else {}
    try:
        await connection.s3.head_object(Bucket=media.bucket, Key=media.key, **version)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise GoldenProblem(f"its media can't be read: s3://{media.bucket}/{media.key} gave {code}") from error


async def _record(media_id: str, connection: Connection) -> Record:
    record = await connection.ledger.record(media_id)
    if record is None:
        raise GoldenProblem(f"no item {media_id}", exit_code=Exit.NOT_FOUND)
    return record


async def _policies(connection: Connection) -> set[str]:
    tenants = await S3PolicyStore(connection.s3, connection.outputs.policy_bucket).tenants()
    return {tenant.policy for tenant in tenants.tenants}


def _own_policy(record: Record) -> str:
    item = submission(record)
    if item is None:
        raise GoldenProblem(*_unfit(record))
    return item.policy.name


def _right(answer: str | None, *, from_verdict: bool) -> Action | None:
    if (answer is None) is not from_verdict:
        raise typer.BadParameter("give either --answer or --from-verdict")
    if answer is not None and answer not in set(Action):
        raise typer.BadParameter(f"--answer takes approve, restrict or reject, not {answer!r}")
    return None if answer is None else Action(answer)


def _checked(media_id: str) -> str:
    if not MEDIA_ID.fullmatch(media_id):
        raise typer.BadParameter(f"{media_id!r} is no media id: 26 characters of a-z and 2-7")
    return media_id


def _with(item: GoldenItem) -> str:
    return f", with {', '.join(item.labels)}" if item.labels else ""


def _run(work: Awaitable[T]) -> T:
    async def run() -> T:
        return await work

    try:
        return asyncio.run(run())
    except GoldenProblem as problem:
        for each in problem.problems:
            err.print(f"[red]{escape(each)}[/]")
        raise typer.Exit(problem.exit_code) from None
