"""`gavel policy`: check a policy file, and compile it to A2I's activation conditions."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.options import Json
from cli.screen import Exit, err, out, print_json
from shared.policy.activation import ConditionsTooLong, activation_conditions
from shared.policy.load import PolicyError, load
from shared.policy.model import Policy

app = typer.Typer(no_args_is_help=True, help="Check policies and compile them for A2I.")

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
