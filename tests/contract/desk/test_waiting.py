"""The list of what waits, from DynamoDB as the emulator plays it: its order, and how much is read for it."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import msgspec

from services.review.desk.adapters.own_tasks import OwnTasks
from services.review.desk.domain import loops
from services.review.desk.domain.loops import FailureCode, Loop
from services.review.desk.domain.waiting import Count
from services.review.desk.domain.work import urgency
from shared.declines import DeclineReason
from shared.identity import loop_name
from tests.contract.desk.place import Place
from tests.unit.review_desk.reviewing import ANNA, BEGIN, BEN, at

GROUP = "gavel-dev-moderators"
VERSION = "0123abcd"


async def _started(place: Place, number: int) -> list[Loop]:
    draw = random.Random(number)  # noqa: S311  any will do, but the same each time
    opened = []
    for each in range(number):
        about = replace(place.opened.about, severity=draw.randint(0, 100))
        name, since = loop_name(f"{each:026d}", VERSION, 1), timedelta(seconds=draw.randint(0, 36_000))
        opened.append(replace(place.opened, name=name, about=about, created_at=BEGIN - since))
    for some in range(0, number, 20):
        await asyncio.gather(*(place.loops.start(each, "{}", "") for each in opened[some : some + 20]))
    return opened


async def test_the_most_urgent_come_first_and_few_are_read(place: Place) -> None:
    opened = await _started(place, 200)
    order = sorted(opened, key=lambda loop: -urgency(loop.about.severity, loop.created_at, place.now))
    assert await place.waiting(GROUP) == [loop.name for loop in order]
    place.reads.clear()
    tasks = OwnTasks(place.loops, place.index, clock=lambda: place.now)
    listed = []
    async for task in tasks.by_urgency([GROUP], ANNA.worker):
        listed.append(task.name)
        if len(listed) == 50:
            break
    assert listed == [loop.name for loop in order[:50]]
    assert Counter(place.reads) == {"query": 7, "batch_get_item": 1}


async def test_a_claim_is_seen_at_once_and_an_end_takes_the_loop_off_the_list(place: Place) -> None:
    first, second = await _started(place, 2)
    tasks = OwnTasks(place.loops, place.index, clock=lambda: place.now)
    await place.loops.change(first.name, lambda one: loops.claimed(one, ANNA.worker, place.now))
    await place.loops.change(second.name, lambda one: loops.failed(one, FailureCode.VALIDATION_ERROR, "broken"))
    (seen,) = [task async for task in tasks.by_urgency([GROUP], BEN.worker)]
    assert (seen.name, seen.free) == (first.name, 0)


async def test_what_waits_is_counted_now_and_then(place: Place) -> None:
    await _started(place, 3)
    assert await place.index.count(GROUP) == Count(number=3)
    assert await place.index.count("gavel-dev-others") == Count(number=0)
    await place.loops.change(loop_name(f"{0:026d}", VERSION, 1), loops.stopped)
    place.reads.clear()
    assert await place.index.count(GROUP) == Count(number=3)
    assert place.reads == [], "everybody's lists load anew, and that many needn't be exact"
    place.now = at(seconds=15)
    assert await place.index.count(GROUP) == Count(number=2)


async def test_a_reviewer_is_kept_from_what_they_declined_and_from_items_they_have_seen(place: Place) -> None:
    notebook, item, other = place.notebook, "a" * 26, "b" * 26
    first, second, third = (loop_name(item, VERSION, round_) for round_ in (1, 2, 3))
    alien = "somebody-elses-name"
    await notebook.decline(ANNA.worker, first, DeclineReason.CANNOT_JUDGE, place.now)
    await notebook.decline(ANNA.worker, alien, DeclineReason.TOO_MUCH, place.now)
    everything = [first, second, third, loop_name(other, VERSION, 2), alien]
    place.reads.clear()
    assert await notebook.barred(ANNA.worker, everything) == {first, second, third, alien}
    assert place.reads == ["batch_get_item"]
    assert await notebook.barred(BEN.worker, everything) == set()
    assert await notebook.barred(BEN.worker, []) == set()


async def test_whoever_leads_a_team_sees_why_a_task_was_declined(place: Place) -> None:
    name = loop_name("a" * 26, VERSION, 1)
    assert await place.declines.of(name) == []
    await place.notebook.decline(BEN.worker, name, DeclineReason.DOES_NOT_LOAD, at(minutes=2))
    await place.notebook.decline(ANNA.worker, name, DeclineReason.TOO_MUCH, at(minutes=1))
    told = await place.declines.of(name)
    assert [each.reason for each in told] == [DeclineReason.DOES_NOT_LOAD, DeclineReason.TOO_MUCH]
    assert ANNA.worker not in msgspec.json.encode(told).decode()


async def test_a_reviewers_last_tasks_are_remembered(place: Place) -> None:
    assert await place.notebook.holding(ANNA.worker) == ()
    await place.notebook.keep_holding(ANNA.worker, ["a", "b"])
    assert await place.notebook.holding(ANNA.worker) == ("a", "b")
