"""Finds what people have answered lately, and what they would rather not: bounded, whatever there is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from shared.contracts.words import Status
from shared.declines import DeclineReason, Declines
from shared.ledger.agreement import Stats, Tallies
from shared.ledger.finding import Records, found, records
from shared.ledger.golden import GoldenAnswer
from shared.ledger.record import Record, Summary
from shared.ledger.scores import Scores, scores
from shared.ledger.search import Search, Wanted
from shared.ledger.views import newest_loop

LOOKED_AT: Final = 10_000
"""Items that are looked at, the newest, for those that people have answered about."""
REVIEWED: Final = 1_000
"""Of these, records that are read."""
GOLDEN: Final = 10_000
OPEN: Final = 200
"""Open cases that are asked for declines."""


class GoldenAnswers(Protocol):
    def answers(self, *, since: datetime) -> AsyncIterator[GoldenAnswer]:
        """As `shared.ledger.golden_port`."""
        ...


class Cases(Records, Protocol):
    def by_status(
        self, status: Status, *, before: datetime | None = None, since: datetime | None = None
    ) -> AsyncIterator[Summary]:
        """As `shared.ledger.port`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """One open case that somebody has declined, how often, and the last one why."""

    media_id: str
    round: int
    times: int
    last: DeclineReason
    last_at: datetime


async def agreement(search: Search, ledger: Records, wanted: Wanted) -> tuple[Stats, bool]:
    """How far people agree about the newest items, and whether these are all there are."""
    tallies, taken, looked = Tallies(), 0, _Looked()
    async for record in records(ledger, _reviewed(search, wanted, looked)):
        if taken == REVIEWED:
            return await asyncio.to_thread(tallies.stats), False
        tallies.take(record)
        taken += 1
    return await asyncio.to_thread(tallies.stats), looked.at <= LOOKED_AT


async def golden_scores(golden: GoldenAnswers, since: datetime) -> tuple[Scores, bool]:
    answers: list[GoldenAnswer] = []
    async for answer in golden.answers(since=since):
        if len(answers) == GOLDEN:
            return scores(answers), False
        answers.append(answer)
    return scores(answers), True


async def declined(ledger: Cases, declines: Declines) -> tuple[list[Declined], Counter[DeclineReason], bool]:
    """The open cases that were declined, most often first, why over all of them, and whether all were asked for."""
    asked, why = 0, Counter[DeclineReason]()
    cases: list[Declined] = []
    for status in (Status.REVIEWING, Status.APPEALED):
        async for record in records(ledger, ledger.by_status(status)):
            if asked == OPEN:
                return _worst(cases), why, False
            asked += 1
            case = await _case(record, declines, why)
            if case is not None:
                cases.append(case)
    return _worst(cases), why, True


@dataclass(slots=True)
class _Looked:
    at: int = 0


async def _reviewed(search: Search, wanted: Wanted, looked: _Looked) -> AsyncIterator[Summary]:
    async for item in found(search, wanted, limit=LOOKED_AT + 1):
        looked.at += 1
        if looked.at <= LOOKED_AT and item.judged is not None and item.judged.reviewers:
            yield item


async def _case(record: Record, declines: Declines, why: Counter[DeclineReason]) -> Declined | None:
    loop = newest_loop(record)
    told = await declines.of(loop.name) if loop is not None else ()
    if loop is None or not told:
        return None
    why.update(each.reason for each in told)
    return Declined(
        media_id=record.summary.media_id, round=loop.round, times=len(told), last=told[0].reason, last_at=told[0].at
    )


def _worst(cases: list[Declined]) -> list[Declined]:
    return sorted(cases, key=lambda case: (-case.times, case.media_id))
