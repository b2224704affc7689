"""How far reviewers agree: with the final ruling, by reviewer and label, and with one another (Krippendorff's alpha).

An item with two or more answers is one unit of alpha, every reviewer one coder, the rulings are ordered from approve to
reject: 1 is agreement, 0 what chance alone would give, below 0 disagreement by system.
See K. Krippendorff, "Content Analysis: An Introduction to Its Methodology", chapter 12.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import krippendorff

from shared.contracts.words import Action, Choice
from shared.ledger.entries import AnswerGiven, DecisionMade, LoopEnded
from shared.ledger.record import Record
from shared.ledger.views import only

ORDER: Final = (Action.APPROVE, Action.RESTRICT, Action.REJECT)
Unit = tuple[int, ...]
"""How many reviewers answered approve, restrict and reject about one item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`judged` answers are those about items that got a ruling; `agreement` is the share of them (0-1) that said the
    same, None where there are none. `alpha` is None without two answers about one item, or when all say one word."""

    answers: int
    judged: int
    agreement: float | None
    alpha: float | None = None
    median_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    items: int
    overall: Agreement
    reviewers: dict[str, Agreement]
    labels: dict[str, Agreement]


@dataclass(slots=True)
class _Tally:
    answers: int = 0
    judged: int = 0
    agreed: int = 0
    spent_s: list[float] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    def count(self, answer: AnswerGiven, ruling: Action | None) -> None:
        self.answers += 1
        self.judged += ruling is not None
        self.agreed += answer.action is ruling
        if answer.spent_s is not None:
            self.spent_s.append(answer.spent_s)

    def total(self) -> Agreement:
        return Agreement(
            answers=self.answers,
            judged=self.judged,
            agreement=self.agreed / self.judged if self.judged else None,
            alpha=alpha(self.units),
            median_s=median(self.spent_s) if self.spent_s else None,
        )


class Tallies:
    """Takes one record after the other and keeps counts alone, so that it doesn't matter how many there are."""

    def __init__(self) -> None:
        self._items = 0
        self._overall = _Tally()
        self._reviewers: dict[str, _Tally] = {}
        self._labels: dict[str, _Tally] = {}

    def take(self, record: Record) -> None:
        answers = [entry for entry in record.entries if isinstance(entry, AnswerGiven)]
        if not answers:
            return
        self._items += 1
        ruling = final_ruling(record)
        unit = _unit(answers)
        by_label = [self._labels.setdefault(label, _Tally()) for label in _labels(record)]
        for tally in (self._overall, *by_label):
            if sum(unit) > 1:
                tally.units.append(unit)
        for answer in answers:
            for tally in (self._overall, self._reviewers.setdefault(answer.worker, _Tally()), *by_label):
                tally.count(answer, ruling)

    def stats(self) -> Stats:
        return Stats(
            items=self._items,
            overall=self._overall.total(),
            reviewers={worker: tally.total() for worker, tally in sorted(self._reviewers.items())},
            labels={label: tally.total() for label, tally in sorted(self._labels.items())},
        )


def final_ruling(record: Record) -> Action | None:
    """What people ruled last; None where no round came to a ruling."""
    rulings = [entry.action for entry in record.entries if isinstance(entry, LoopEnded) and entry.action]
    return rulings[-1] if rulings else None


def alpha(units: Sequence[Unit]) -> float | None:
    if not units or sum(any(unit[place] for unit in units) for place in range(len(ORDER))) < 2:
        return None
    return float(krippendorff.alpha(value_counts=units, level_of_measurement="ordinal"))


def _unit(answers: Iterable[AnswerGiven]) -> Unit:
    """Of a reviewer who answered in several rounds, as on A2I can happen, the last answer counts."""
    last = {answer.worker: answer.action for answer in answers}
    return tuple(sum(action is each for action in last.values()) for each in ORDER)


def _labels(record: Record) -> set[str]:
    """What the item was escalated for."""
    decision = only(record, DecisionMade)
    reasons = decision.reasons if decision else ()
    return {reason.label for reason in reasons if reason.label and reason.choice is Choice.ESCALATE}
