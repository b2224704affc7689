"""`gavel policy`: check a policy file, compile it for A2I, try it on what there was, and compare it with others."""

import asyncio
import json as json_module
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape

from cli import policy_versions, simulate
from cli.connection import connect
from cli.items import Filters, Kind, Since, Tenant, Until, or_usage
from cli.options import Json, Stack
from cli.screen import Exit, err, out, print_json
from shared.policy.activation import ConditionsTooLong, activation_conditions
from shared.policy.differences import Difference, differences
from shared.policy.history import NoSuchPolicy, Version
from shared.policy.load import PolicyError, load
from shared.policy.model import Policy

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Check policies, try them on what there was, and compare versions.")

File = Annotated[Path, typer.Argument(help="a policy file (YAML)", exists=True, dir_okay=False, readable=True)]


@app.command()
def check(file: File, json: Json = False) -> None:
    """Check a policy file: every problem at once, each with its line."""
    policy = _loaded(file, json=json)
    if json:
        print_json({"file": str(file), "name": policy.name, "version": policy.version, "problems": []})
    else:
        out.print(f"[green]{escape(str(file))} is sound[/]: policy {policy.name}, version {policy.version}")


@app.command()
def compile(file: File, json: Json = False) -> None:  # noqa: A001  the word users type
    """Print the policy as A2I activation conditions (JSON): what the integrated path sends to people."""
    policy = _loaded(file, json=json)
    try:
        conditions = activation_conditions(policy)
    except ConditionsTooLong as error:
        err.print(f"[red]{escape(str(file))} can't be compiled[/]: {escape(str(error))}")
        raise typer.Exit(Exit.FAILED) from None
    if json:
        print(conditions)
    else:
        out.print_json(json_module.dumps(json_module.loads(conditions)))


@app.command("simulate")
def simulate_(
    file: File,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    kind: Kind = None,
    limit: Annotated[int, typer.Option("--items", help="the newest so many items of this policy", min=1)] = 1_000,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Say what a changed policy would have made of the last items' evidence: which verdicts change, and what review
    load follows. Rekognition isn't asked."""
    policy = _loaded(file, json=json)
    filters = Filters(tenant=tenant, since=since, until=until, kind=kind, policy=policy.name)
    told = asyncio.run(or_usage(simulate.simulated(stack, policy, filters, limit)))
    if json:
        print_json(told)
    else:
        simulate.show(told)


Named = Annotated[str, typer.Argument(help="a file, <name>@<version>, or <name> for the version in force")]


@app.command()
def diff(before: Named, after: Named, stack: Stack = "local", json: Json = False) -> None:
    """Tell what differs between two policies, field by field."""
    found = asyncio.run(_told(_differences(stack, before, after)))
    if json:
        print_json({"before": before, "after": after, "differences": found})
        return
    for each in found:
        out.print(
            f"{escape(each.path)}: [red]{escape(_value(each.before))}[/] → [green]{escape(_value(each.after))}[/]"
        )
    if not found:
        out.print("they say the same")


@app.command()
def history(
    name: Annotated[str, typer.Argument(help="the policy's name")], stack: Stack = "local", json: Json = False
) -> None:
    """List the versions of a policy that were deployed, the newest first."""
    found = asyncio.run(_told(_versions(stack, name)))
    if json:
        print_json({"name": name, "versions": found})
        return
    for each in found:
        mark = "  [green]in force[/]" if each.is_current else ""
        out.print(f"{each.deployed_at:%Y-%m-%d %H:%M:%S}  {each.version}{mark}")


async def _differences(stack: str, before: str, after: str) -> list[Difference]:
    async with connect(stack) as connection:
        policies = [await policy_versions.named(connection, name) for name in (before, after)]
    return differences(*policies)


async def _versions(stack: str, name: str) -> list[Version]:
    async with connect(stack) as connection:
        return await policy_versions.history(connection).versions(name)


async def _told(doing: Coroutine[Any, Any, T]) -> T:
    try:
        return await doing
    except NoSuchPolicy as unknown:
        err.print(f"[red]{escape(str(unknown))}[/]")
        raise typer.Exit(Exit.NOT_FOUND) from None
    except PolicyError as error:
        err.print(f"[red]{escape(str(error))}[/]", highlight=False)
        raise typer.Exit(Exit.FAILED) from None


def _value(value: object) -> str:
    return "—" if value is None else str(value)


def _loaded(file: Path, *, json: bool) -> Policy:
    try:
        return load(file.read_text(), origin=str(file))
    except PolicyError as error:
        problems = error.problems
    except UnicodeDecodeError:
        err.print(f"[red]{escape(str(file))} isn't UTF-8 text[/]")
        raise typer.Exit(Exit.FAILED) from None
    if json:
        told = [{"line": problem.line, "path": problem.path, "text": problem.text} for problem in problems]
        print_json({"file": str(file), "problems": told})
    else:
        for problem in problems:
            err.print(f"{escape(str(file))}:{problem.line}: [bold]{escape(problem.path)}[/] {escape(problem.text)}")
        err.print(f"[red]{len(problems)} problem{'s' if len(problems) != 1 else ''}[/]")
    raise typer.Exit(Exit.FAILED)
