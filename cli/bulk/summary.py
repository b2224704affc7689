"""What a bulk run tells at its end, the same whoever was asked: two files in AWS's shapes, and a summary of both."""

from collections import Counter
from pathlib import Path
from typing import Final

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
    errors: dict[str, int]
    choices: dict[str, int]
    unjudged: dict[str, int]
    cost_usd: float


def write_files(plan: Plan, state: State, folder: Path, *, price_usd: float, is_cancelled: bool) -> Summary:
    """In one pass over all lines, in constant memory."""
    labels: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    choices: Counter[str] = Counter()
    unjudged: Counter[str] = Counter()
    histogram = [0] * BINS
    results = clean = paid = 0
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / RESULTS).open("wb") as file:
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
            if told.choice is not None:
                choices[told.choice] += 1
            elif told.code is not None:
                unjudged[told.code] += 1
    counts = state.counts()
    with (folder / MANIFEST_SUMMARY).open("wb") as file:
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
        errors=dict(sorted(errors.items())),
        choices=dict(sorted(choices.items())),
        unjudged=dict(sorted(unjudged.items())),
        cost_usd=paid * price_usd,
    )
    (folder / SUMMARY).write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2))
    return summary
