"""Appeals that race, are told again, or meet a crash on their way are one appeal all the same."""

import json
from datetime import timedelta

import pytest

from services.review.handler.loops import conclude, sweep
from shared.contracts.words import Action, DecidedBy, Status
from shared.errors import GavelError, Transient
from shared.ledger.entries import AppealOpened
from shared.ledger.record import Record
from tests.unit.review.appealing import APPROVE, REJECT, ROUND_2, ROUND_3, World
from tests.unit.review.cases import ROUND_1


async def test_appeals_that_race_for_one_verdict_are_one(world: World) -> None:
    for cause in ("complaint-1", "complaint-2", "complaint-1", "complaint-3"):
        await world.appeal(cause)
    assert world.review.backend.started == 2
    appeals = [entry for entry in (await world.record()).entries if isinstance(entry, AppealOpened)]
    assert [entry.cause for entry in appeals] == ["complaint-1"]


async def test_an_appeal_told_again_after_its_verdict_changes_nothing(world: World) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    await world.appeal()
    assert world.review.backend.started == 2
    assert (await world.summary()).status is Status.DONE


async def test_an_appeal_told_again_when_the_backend_has_forgotten_its_loop_starts_no_other(world: World) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    world.review.backend.loops.clear()
    await world.appeal()
    assert world.review.backend.started == 2


async def test_an_appeal_that_is_handled_while_its_verdict_comes_does_not_open_the_item_again(world: World) -> None:
    await world.appeal()
    before = await world.record()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)

    async def outdated(media_id: str) -> Record:
        return before

    world.review.ledger.record = outdated  # type: ignore[method-assign]
    await world.appeal()
    del world.review.ledger.record
    summary = await world.summary()
    assert (summary.status, summary.verdict_number) == (Status.DONE, 2)


async def test_a_round_that_the_sweep_starts_late_asks_the_same_people(world: World) -> None:
    await world.appeal()
    world.review.backend.fail_next_start = (Transient("a2i-failed"), False)
    with pytest.raises(Transient):
        await world.end(ROUND_2, APPROVE, {"ruling": "restrict"}, REJECT)
    world.review.later(minutes=6)
    five = timedelta(minutes=5)
    await sweep(world.review.ports, holder="task-1", grace=five, interval=five)
    wanted = world.review.backend.wanted[ROUND_3]
    assert (len(wanted.excluded_workers), wanted.appeal_of) == (4, 1)
    assert len(json.loads(world.review.backend.inputs[ROUND_3])["excludedWorkers"]) == 4


async def test_an_old_outcome_told_again_changes_nothing_about_an_appeal(world: World) -> None:
    state = world.review.backend.loops[ROUND_1]
    await world.appeal()
    await conclude(state, world.review.ports)
    await world.settle()
    assert (await world.summary()).status is Status.APPEALED
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    await conclude(state, world.review.ports)
    await world.settle()
    summary = await world.summary()
    assert (summary.status, summary.verdict, summary.verdict_number) == (Status.DONE, Action.APPROVE, 2)


@pytest.mark.parametrize("method", ["record", "add", "advance"])
@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
async def test_a_crash_at_any_step_still_opens_one_round(world: World, method: str, written: bool, nth: int) -> None:
    failing = _nth(world, method, nth, written=written)
    if failing:
        with pytest.raises(Transient):
            await world.appeal()
    await world.appeal()
    assert world.review.backend.started == 2
    assert (await world.summary()).status is Status.APPEALED
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    assert (await world.given())[-1] == (2, Action.APPROVE, DecidedBy.HUMAN)


@pytest.mark.parametrize("took_effect", [False, True])
async def test_a_start_whose_answer_is_lost_starts_one_loop(world: World, took_effect: bool) -> None:
    world.review.backend.fail_next_start = (Transient("a2i-failed"), took_effect)
    with pytest.raises(Transient):
        await world.appeal()
    await world.appeal("another complaint")
    assert world.review.backend.started == 2


async def test_the_sweep_finds_an_appeal_whose_loops_end_nobody_told(world: World) -> None:
    await world.appeal()
    world.review.backend.end(ROUND_2, "Completed", answers=[APPROVE, APPROVE, APPROVE], first_worker=10)
    world.review.later(minutes=6)
    five = timedelta(minutes=5)
    assert await sweep(world.review.ports, holder="task-1", grace=five, interval=five) == 1
    await world.settle()
    assert (await world.given())[-1] == (2, Action.APPROVE, DecidedBy.HUMAN)


def _nth(world: World, method: str, nth: int, *, written: bool) -> bool:
    """Let the nth call of a ledger's method fail; False where an appeal makes fewer of them or writes nothing there."""
    if (method != "add" and nth > 1) or (method == "record" and written):
        return False
    ledger, calls = world.review.ledger, 0
    real = getattr(ledger, method)

    async def failing(*args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls != nth:
            return await real(*args, **more)
        if written:
            await real(*args, **more)
        error: GavelError = Transient("dynamodb-failed")
        raise error

    setattr(ledger, method, failing)
    return True
