"""How reviewers did on golden items: how many answers were right, and what was taken for what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from shared.contracts.words import Action
from shared.ledger.golden import GoldenAnswer

Z_95: Final = 1.959964
"""Of the normal distribution, for an interval of 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`share` of the answers were right (0-1); the true share is within `low` and `high`, so likely as 95 %.

    `confusion` counts, for each right answer, what was given. Of the `labels` that should have been confirmed,
    `labels_found` were.
    """

    answers: int
    right: int
    share: float
    low: float
    high: float
    confusion: dict[Action, dict[Action, int]]
    labels: int
    labels_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """`reviewers` by pseudonym, `items` by media id; `overall` is None without any answer."""

    overall: Score | None
    reviewers: dict[str, Score]
    items: dict[str, Score]


def scores(answers: Sequence[GoldenAnswer]) -> Scores:
    by_reviewer: dict[str, list[GoldenAnswer]] = {}
    by_item: dict[str, list[GoldenAnswer]] = {}
    for answer in answers:
        by_reviewer.setdefault(answer.worker, []).append(answer)
        by_item.setdefault(answer.item, []).append(answer)
    return Scores(
        overall=_score(answers) if answers else None,
        reviewers={worker: _score(given) for worker, given in sorted(by_reviewer.items())},
        items={media_id: _score(given) for media_id, given in sorted(by_item.items())},
    )


def wilson(right: int, answers: int) -> tuple[float, float]:
    """The 95 % score interval of a share, sound for few answers and for shares near 0 and 1.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
    """
    share, weight = right / answers, Z_95 * Z_95 / answers
    middle = share + weight / 2
    spread = Z_95 * sqrt(share * (1 - share) / answers + weight / (4 * answers))
    return max(0.0, (middle - spread) / (1 + weight)), min(1.0, (middle + spread) / (1 + weight))


def _score(answers: Sequence[GoldenAnswer]) -> Score:
    right = sum(answer.is_right for answer in answers)
    low, high = wilson(right, len(answers))
    told = Counter((answer.right, answer.given) for answer in answers)
    labels = sum(len(answer.labels) for answer in answers)
    return Score(
        answers=len(answers),
        right=right,
        share=right / len(answers),
        low=low,
        high=high,
        confusion={
            wanted: {given: told[wanted, given] for given in Action if told[wanted, given]}
            for wanted in Action
            if any(told[wanted, given] for given in Action)
        },
        labels=labels,
        labels_found=labels - sum(len(answer.missed) for answer in answers),
    )
