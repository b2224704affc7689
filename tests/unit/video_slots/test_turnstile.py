"""One task's turnstile: who waits, who goes first, and what it costs."""

import asyncio

import pytest

from services.moderate.adapters.turnstile import Turnstile
from shared.contracts.words import Lane
from shared.errors import Deferred, Transient
from tests.fakes.queues import wall_clock
from tests.fakes.slots import MemorySlotAccount


def turnstile(account: MemorySlotAccount, *, slots: int = 1, patience_s: float = 600) -> Turnstile:
    return Turnstile(account, slots=slots, clock=wall_clock, patience_s=patience_s)


async def test_who_has_a_slot_has_it_however_often_it_is_taken() -> None:
    account = MemorySlotAccount()
    one = turnstile(account)
    for _ in range(3):
        await one.take("a", Lane.LIVE)
    assert list(account.holders) == ["a"]


async def test_who_waits_goes_in_as_soon_as_one_is_released_here() -> None:
    one = turnstile(MemorySlotAccount())
    await one.take("a", Lane.LIVE)
    waiting = asyncio.create_task(one.take("b", Lane.LIVE))
    await asyncio.sleep(100)
    before_s = asyncio.get_running_loop().time()
    await one.release("a")
    await waiting
    assert asyncio.get_running_loop().time() == before_s


async def test_who_waits_notices_within_a_second_what_another_task_releases() -> None:
    account = MemorySlotAccount()
    one, other = turnstile(account), turnstile(account)
    await other.take("a", Lane.LIVE)
    waiting = asyncio.create_task(one.take("b", Lane.LIVE))
    await asyncio.sleep(100)
    before_s = asyncio.get_running_loop().time()
    await other.release("a")
    await waiting
    assert asyncio.get_running_loop().time() - before_s <= 1.0


async def test_live_goes_before_backfill_that_came_first() -> None:
    one = turnstile(MemorySlotAccount())
    await one.take("a", Lane.LIVE)
    backfill = asyncio.create_task(one.take("b", Lane.BACKFILL))
    await asyncio.sleep(10)
    live = asyncio.create_task(one.take("c", Lane.LIVE))
    await asyncio.sleep(10)
    await one.release("a")
    await live
    assert not backfill.done()
    await one.release("c")
    await backfill


async def test_waiting_ends_before_the_handler_is_ended() -> None:
    one = turnstile(MemorySlotAccount(), patience_s=600)
    await one.take("a", Lane.LIVE)
    with pytest.raises(Deferred) as caught:
        await one.take("b", Lane.LIVE)
    assert (caught.value.code, asyncio.get_running_loop().time()) == ("video-slots-full", 600)


async def test_waiting_asks_the_account_once_a_second_however_many_wait() -> None:
    account = MemorySlotAccount()
    one = turnstile(account)
    await one.take("a", Lane.LIVE)
    waiting = [asyncio.create_task(one.take(str(number), Lane.LIVE)) for number in range(10)]
    await asyncio.sleep(1)
    asked = account.requests
    await asyncio.sleep(100)
    assert account.requests - asked <= 101
    for task in waiting:
        task.cancel()


async def test_a_store_that_is_down_is_told_and_nobody_waits_for_ever() -> None:
    account = MemorySlotAccount()
    one = turnstile(account)
    account.is_down = True
    with pytest.raises(Transient):
        await one.take("a", Lane.LIVE)
    account.is_down = False
    await one.take("a", Lane.LIVE)


async def test_backfill_is_only_asked_for_when_the_live_queue_was_found_empty() -> None:
    one = turnstile(MemorySlotAccount(), slots=5)
    assert await one.room(Lane.LIVE, within_s=5) == 5
    assert await one.room(Lane.BACKFILL, within_s=5) == 0
    one.came(Lane.LIVE, asked=5, number=5)
    assert await one.room(Lane.BACKFILL, within_s=0) == 0
    one.came(Lane.LIVE, asked=5, number=0)
    assert await one.room(Lane.BACKFILL, within_s=5) > 0


async def test_what_is_on_its_way_counts_until_it_has_its_slot_or_is_seen_to_need_none() -> None:
    one = turnstile(MemorySlotAccount(), slots=3)
    one.came(Lane.LIVE, asked=3, number=2)
    assert await one.room(Lane.LIVE, within_s=0) == 1
    await one.take("a", Lane.LIVE)
    assert await one.room(Lane.LIVE, within_s=0) == 1
    one.came(Lane.LIVE, asked=1, number=1)
    assert await one.room(Lane.LIVE, within_s=0) == 0
    # The other two were repeats that needed no slot.
    assert await one.room(Lane.LIVE, within_s=5) == 2
