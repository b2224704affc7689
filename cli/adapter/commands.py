"""`gavel adapter`: custom moderation adapters, from a verified set to a policy and back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from cli.adapter import deploying, starting
from cli.adapter.promoting import users
from cli.adapter.session import NoSuchAdapter, Session, open_session, parted
from cli.adapter.speaking import Every, Named, ProjectName, Watching, run, show, status_word, until
from cli.adapter.watching import EVERY_S, gone, watch
from cli.options import Json, Stack
from cli.screen import Exit, out, print_json
from shared.custom_moderation.projects import Adapter, Ending, Project, VersionStatus, ending
from shared.errors import Permanent

PROJECT_NAME: Final = re.compile(r"[a-zA-Z0-9_.\-]{1,255}")
"""CreateProject, `ProjectName`."""

app = typer.Typer(
    no_args_is_help=True,
    help="Train custom moderation adapters, judge them, and put them to use.\n\nExit codes: 0 done, 1 refused or "
    "failed, 2 wrong usage, 4 still training when the time to watch was over, 5 no such project, adapter or policy.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """`used_by` are the policies in force that name it."""

    adapter: Adapter
    used_by: tuple[str, ...]
    ending: Ending | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProject:
    project: Project
    adapters: tuple[Listed, ...]


@app.command()
def create(
    project: ProjectName,
    auto_update: Annotated[bool, typer.Option(help="let Rekognition train anew on new base models")] = True,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Make a project, in which adapters are trained."""
    if not PROJECT_NAME.fullmatch(project):
        raise typer.BadParameter("1 to 255 letters, digits, dots, hyphens and underscores", param_hint="PROJECT")

    async def do() -> str:
        async with open_session(stack) as session:
            if await session.projects.project(project) is not None:
                raise Permanent("project-exists", f"there is a project {project} already")
            return await session.projects.create(project, auto_update=auto_update)

    arn = run(do())
    if json:
        print_json({"project": project, "arn": arn})
    else:
        out.print(f"project {escape(project)} is there: {escape(arn)}", soft_wrap=True, highlight=False)


app.command()(starting.train)
app.command()(deploying.evaluate)
app.command()(deploying.promote)
app.command()(deploying.rollback)


@app.command()
def status(
    adapter: Named,
    watching: Watching = False,
    timeout: Annotated[float | None, typer.Option(help="watch for so many seconds at the most", min=0)] = None,
    every: Every = EVERY_S,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Show how an adapter is. Watching can be broken off and begun again: the training goes on at AWS."""

    async def do() -> Listed:
        async with open_session(stack) as session:
            found = await session.adapter(adapter)
            project = await session.project(found.project)
            if watching:
                found = await watch(found, project, session.projects, every_s=every, timeout_s=timeout)
            used_by = await users(session)
            return _listed(found, await session.projects.adapters(project.arn), used_by)

    found = run(do())
    if json:
        print_json(found)
    else:
        show(found.adapter, found.used_by, found.ending)
    if found.adapter.status is VersionStatus.TRAINING_FAILED:
        raise typer.Exit(Exit.FAILED)
    if watching and found.adapter.status is VersionStatus.TRAINING_IN_PROGRESS:
        raise typer.Exit(Exit.TIMED_OUT)


@app.command("list")
def list_(stack: Stack = "local", json: Json = False) -> None:
    """List projects and adapters, the policies that use them, and when deprecated ones end."""

    async def do() -> list[ListedProject]:
        async with open_session(stack) as session:
            used_by = await users(session)
            every = {each: await session.projects.adapters(each.arn) for each in await session.projects.projects()}
            trained = [adapter for adapters in every.values() for adapter in adapters]
            return [
                ListedProject(project=project, adapters=tuple(_listed(each, trained, used_by) for each in adapters))
                for project, adapters in every.items()
            ]

    found = run(do())
    if json:
        print_json({"projects": found})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("adapter", "status", "made", "base model", "F1", "used by", "used until"):
        table.add_column(heading, no_wrap=heading in {"adapter", "made"}, overflow="fold")
    for each in found:
        table.add_row(
            f"[bold]{escape(each.project.name)}[/]", "" if each.project.auto_update else "[dim]AutoUpdate is off[/]"
        )
        for one in each.adapters:
            table.add_row(*_row(one))
    out.print(table if found else "no projects")


@app.command()
def delete(
    named: Annotated[str, typer.Argument(help="project/version, or the project", metavar="ADAPTER|PROJECT")],
    every_one: Annotated[bool, typer.Option("--all", help="with the project, all of its adapters")] = False,
    every: Every = 5.0,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Delete an adapter or a project, unless a policy in force uses it. There is no way back."""

    async def do() -> list[str]:
        name, version = parted(named)
        async with open_session(stack) as session:
            project = await session.project(name)
            adapters = await session.projects.adapters(project.arn)
            wanted = [each for each in adapters if version in (None, each.name)]
            if version is not None and not wanted:
                raise NoSuchAdapter(f"there is no adapter {name}/{version}; `gavel adapter list` lists them")
            if version is None and wanted and not every_one:
                raise Permanent(
                    "project-not-empty", f"project {name} isn't empty ({len(wanted)}): --all deletes its adapters too"
                )
            await _require_unused(wanted, session)
            for each in wanted:
                await session.projects.delete(each.arn)
            if version is None:
                await gone(project, session.projects, every_s=every)
                await session.projects.delete_project(project.arn)
            return [each.arn for each in wanted] + ([project.arn] if version is None else [])

    deleted = run(do())
    if json:
        print_json({"deleted": deleted})
    else:
        out.print(f"deleted: {escape(', '.join(deleted))}", soft_wrap=True, highlight=False)


async def _require_unused(adapters: list[Adapter], session: Session) -> None:
    used_by = await users(session)
    taken = [f"{each.label} by {', '.join(used_by[each.arn])}" for each in adapters if each.arn in used_by]
    if taken:
        raise Permanent("adapter-used", f"policies in force use {'; '.join(taken)}: roll back or promote another")


def _listed(adapter: Adapter, every: Sequence[Adapter], used_by: Mapping[str, Sequence[str]]) -> Listed:
    return Listed(adapter=adapter, used_by=tuple(used_by.get(adapter.arn, ())), ending=ending(adapter, every))


def _row(listed: Listed) -> tuple[str, ...]:
    adapter = listed.adapter
    return (
        f"  {escape(adapter.label)}",
        status_word(adapter.status),
        f"{adapter.created_at:%Y-%m-%d}",
        adapter.base_model or "—",
        "—" if adapter.f1 is None else f"{adapter.f1:.3f}",
        escape(", ".join(listed.used_by)) or "—",
        until(adapter, listed.ending),
    )
