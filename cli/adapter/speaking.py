"""What the commands about adapters have in common: their words, their problems, and how an adapter is shown."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.markup import escape

from cli.adapter.manifest import SetProblems
from cli.adapter.promotion import CannotPromote, NothingToCompare
from cli.adapter.session import NoSuchAdapter
from cli.screen import Exit, err, out
from shared.custom_moderation.evaluation import EvaluationUnreadable
from shared.custom_moderation.projects import USABLE, Adapter, Ending, VersionStatus
from shared.errors import GavelError
from shared.policy.load import PolicyError

T = TypeVar("T")

ProjectName = Annotated[str, typer.Argument(help="the project's name")]
Named = Annotated[str, typer.Argument(help="project/version, or the version's ARN", metavar="ADAPTER")]
Watching = Annotated[bool, typer.Option("--watch", help="stay until the training has ended")]
Every = Annotated[float, typer.Option(help="how often to ask meanwhile, in seconds", min=0.1)]

PROBLEMS_SHOWN: Final = 40
HINTS: Final = {
    "adapter-in-use": "there is one of this name, or another is being trained in this project",
    "policy-missing": "the stack has no such policy in force",
    "adapter-quota": "too many projects, adapters, or trainings at a time",
    "rekognition-access-denied": "docs/adapters.md lists what an operator may need to do",
}


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do it; what can be explained is told without a traceback."""
    try:
        return asyncio.run(work)
    except SetProblems as wrong:
        for problem in wrong.problems[:PROBLEMS_SHOWN]:
            err.print(f"[red]•[/] {escape(problem)}", highlight=False)
        if (more := len(wrong.problems) - PROBLEMS_SHOWN) > 0:
            err.print(f"… and {more:,} more")
    except CannotPromote as refusal:
        for problem in refusal.problems:
            err.print(f"[red]{escape(problem)}[/]", highlight=False)
        if refusal.can_be_forced:
            err.print("--force does it all the same, and the ledger says so")
    except NoSuchAdapter as unknown:
        err.print(f"[red]{escape(str(unknown))}[/]")
        raise typer.Exit(Exit.NOT_FOUND) from None
    except (PolicyError, EvaluationUnreadable, NothingToCompare) as error:
        err.print(f"[red]{escape(str(error))}[/]", highlight=False)
    except GavelError as error:
        hint = HINTS.get(error.code)
        err.print(f"[red]{error.code}[/] {escape(error.detail)}" + (f": {hint}" if hint else ""), highlight=False)
        raise typer.Exit(Exit.NOT_FOUND if error.code.endswith("-missing") else Exit.FAILED) from None
    raise typer.Exit(Exit.FAILED)


def show(adapter: Adapter, used_by: Sequence[str], ending: Ending | None) -> None:
    out.print(f"[bold]{escape(adapter.label)}[/] {status_word(adapter.status)} {escape(adapter.message)}")
    out.print(f"[dim]{escape(adapter.arn)}[/]", soft_wrap=True, highlight=False)
    facts = [f"made {adapter.created_at:%Y-%m-%d %H:%M}"]
    facts += [f"trained {adapter.trained_at:%Y-%m-%d %H:%M}"] if adapter.trained_at else []
    facts += [f"base model {adapter.base_model}"] if adapter.base_model else []
    facts += [f"F1 {adapter.f1:.3f}"] if adapter.f1 is not None else []
    facts += [f"used by {', '.join(used_by)}"] if used_by else ["used by no policy in force"]
    out.print(escape("; ".join(facts)), highlight=False)
    if adapter.status in {VersionStatus.DEPRECATED, VersionStatus.EXPIRED}:
        out.print(f"[yellow]used until: {until(adapter, ending)}[/]")


def status_word(status: VersionStatus) -> str:
    match status:
        case VersionStatus.TRAINING_COMPLETED:
            colour = "green"
        case VersionStatus.TRAINING_IN_PROGRESS | VersionStatus.DEPRECATED:
            colour = "yellow"
        case _:
            colour = "red"
    return f"[{colour}]{status}[/]"


def until(adapter: Adapter, ending: Ending | None) -> str:
    """How long it will be used."""
    if adapter.status is VersionStatus.EXPIRED:
        return "no more: the base model answers"
    if adapter.status is VersionStatus.DEPRECATED:
        if ending is None:
            return "60 to 90 days after the newer base model came"
        return f"{ending.from_at:%Y-%m-%d} to {ending.until_at:%Y-%m-%d}, or before"
    return "—" if adapter.status in USABLE else ""
