"""The bar that a bulk run shows while it goes on, with rate and time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cli.bulk.state import Counts
from cli.screen import err


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "—/s")


@contextmanager
def progress_bar() -> Iterator[Callable[[str, Counts], None]]:
    """Shown on a terminal until the block ends; what it gives is told the phase and the counts."""
    columns = (
        *(SpinnerColumn(), TextColumn("{task.description}"), BarColumn()),
        *(MofNCompleteColumn(), _Rate(), TimeRemainingColumn()),
    )
    quiet = not err.is_terminal  # it would leave an empty line in a log
    with Progress(*columns, console=err, transient=True, disable=quiet, speed_estimate_period=60) as progress:
        task = progress.add_task("connecting", total=None)

        def watch(phase: str, counts: Counts) -> None:
            if phase == "listing":
                progress.update(task, description=f"listing, {counts.lines:,} so far", total=None)
            else:
                progress.update(task, description=phase, total=counts.images, completed=counts.done)

        yield watch
