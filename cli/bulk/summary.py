"""What a bulk run tells at its end, the same whoever was asked: two files in AWS's shapes, and a summary of both."""

import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from cli.bulk.plan import Mode, Plan
from cli.bulk.shapes import Result, summary_lines
from cli.bulk.state import State

RESULTS: Final = "results.jsonl"
MANIFEST_SUMMARY: Final = "manifest-summary.json"
SUMMARY: Final = "summary.json"
BINS: Final = 10


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Of `lines`, `repeats` name an object that an earlier one names; `waiting` are not through.

    `results` have an answer, `clean` of them without any label; `labels` counts images by label, and
    `histogram` by the highest confidence in steps of ten. `errors` counts the others by reason. With a policy,
    `choices` counts what it made of them, and `unjudged` by reason those that it could not be asked about.
    `adapter_ignored` have an answer of Rekognition's own model, though the run or its policy names an adapter; of bulk
    analysis's answers that isn't known.
    """

    run: str
    source: str
    mode: Mode
    policy: str | None
    is_cancelled: bool
    lines: int
    repeats: int
    waiting: int
    results: int
    clean: int
    labels: dict[str, int]
    histogram: tuple[int, ...]
    adapter_ignored: int
    errors: dict[str, int]
    choices: dict[str, int]
    unjudged: dict[str, int]
    cost_usd: float


def write_files(plan: Plan, state: State, folder: Path, *, price_usd: float, is_cancelled: bool) -> Summary:
    """In one pass over all lines, in constant memory. Of two processes that write into a folder, the one that looked
    at the state later is the one whose files stay."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder), state.unchanging():
        return _write(plan, state, folder, price_usd=price_usd, is_cancelled=is_cancelled)


def _write(plan: Plan, state: State, folder: Path, *, price_usd: float, is_cancelled: bool) -> Summary:
    labels: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    choices: Counter[str] = Counter()
    unjudged: Counter[str] = Counter()
    histogram = [0] * BINS
    results = clean = ignored = paid = 0
    must_name = plan.adapter is not None and plan.mode is Mode.FAN_OUT
    with _written(folder / RESULTS) as file:
        for told in state.told():
            if told.answer is None:
                if told.code is not None:
                    errors[told.code] += 1
                continue
            paid += told.is_first
            file.write(msgspec.json.encode(Result(ref=told.ref or "", answer=told.answer)) + b"\n")
            results += 1
            found = {one.name: one.confidence for one in told.answer.moderation_labels}
            labels.update(found.keys())
            if found:
                histogram[min(int(max(found.values()) / 100 * BINS), BINS - 1)] += 1
            clean += not found
            ignored += must_name and told.answer.project_version is msgspec.UNSET
            if told.choice is not None:
                choices[told.choice] += 1
            elif told.code is not None:
                unjudged[told.code] += 1
    counts = state.counts()
    with _written(folder / MANIFEST_SUMMARY) as file:
        file.writelines(summary_lines(counts.lines, errors.total(), state.errors()))
    summary = Summary(
        run=plan.run,
        source=plan.source,
        mode=plan.mode,
        policy=plan.policy,
        is_cancelled=is_cancelled,
        lines=counts.lines,
        repeats=counts.repeats,
        waiting=counts.images - counts.done,
        results=results,
        clean=clean,
        labels=dict(sorted(labels.items())),
        histogram=tuple(histogram),
        adapter_ignored=ignored,
        errors=dict(sorted(errors.items())),
        choices=dict(sorted(choices.items())),
        unjudged=dict(sorted(unjudged.items())),
        cost_usd=paid * price_usd,
    )
    with _written(folder / SUMMARY) as file:
        file.write(msgspec.json.format(msgspec.json.encode(summary), indent=2))
    return summary


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Waits until no other process writes there."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """The file is there when everything was written, and before that what was there before."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
