"""What long runs of the command line have in common: one process at a run, an end in good order, and problems told."""

import asyncio
import fcntl
import signal
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.markup import escape

from cli.screen import Exit, err
from shared.errors import GavelError

T = TypeVar("T")


class RunProblem(Exception):
    """The run can't be begun as it is asked for; the text says why and what to do."""


class NothingThere(RunProblem):
    """The source has no images."""


class PlanProblems(Exception):
    """The run can't be what was asked for; `problems` has every reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Two processes at one run would pay for the same images."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunProblem("another process is at this run") from None
        yield


@contextmanager
def interruptible(event: asyncio.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set the event: a run ends in good order. Only a process's main thread hears of them."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    for number in numbers:
        loop.add_signal_handler(number, event.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def or_told(work: Coroutine[Any, Any, T], hints: Mapping[str, str]) -> T:
    """What the work comes to; its problems are told, with what to do by their code, and end the command."""
    try:
        return asyncio.run(work)
    except PlanProblems as error:
        for problem in error.problems:
            err.print(f"[red]•[/] {escape(problem)}", soft_wrap=True)
        raise typer.Exit(Exit.USAGE) from None
    except RunProblem as problem:
        err.print(f"[red]{escape(str(problem))}[/]", soft_wrap=True)
        raise typer.Exit(Exit.NOT_FOUND if isinstance(problem, NothingThere) else Exit.FAILED) from None
    except GavelError as error:
        hint = hints.get(error.code)
        err.print(f"[red]{error.code}[/] {escape(error.detail)}" + (f": {hint}" if hint else ""), soft_wrap=True)
        raise typer.Exit(Exit.FAILED) from None
