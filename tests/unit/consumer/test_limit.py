import asyncio
from collections.abc import Awaitable

import pytest

from shared.consumer.limit import Limit, Overdue


async def ended_at(limit: Limit, handling: Awaitable[None]) -> float:
    with pytest.raises(Overdue):
        await limit.within(handling)
    return asyncio.get_running_loop().time()


async def test_each_has_its_own_time_from_its_own_beginning() -> None:
    limit = Limit(10)
    first = asyncio.ensure_future(ended_at(limit, asyncio.sleep(100)))
    await asyncio.sleep(4)
    await limit.within(asyncio.sleep(1))
    second = asyncio.ensure_future(ended_at(limit, asyncio.sleep(100)))
    assert await asyncio.gather(first, second) == pytest.approx([10, 15])
    # Nobody was there meanwhile, and still whoever comes next is looked after.
    await asyncio.sleep(50)
    assert await ended_at(limit, asyncio.sleep(100)) == pytest.approx(75)


async def test_what_ends_in_time_is_left_alone_with_what_it_raises() -> None:
    limit = Limit(10)
    await limit.within(asyncio.sleep(9))
    with pytest.raises(TimeoutError):
        await limit.within(asyncio.wait_for(asyncio.sleep(100), 5))
    await asyncio.sleep(50)


async def test_a_handler_that_finishes_all_the_same_has_finished() -> None:
    async def resist() -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(1)

    await Limit(10).within(resist())
    assert asyncio.get_running_loop().time() == pytest.approx(11)


@pytest.mark.parametrize("after_s", [5, 10.5])
async def test_whoever_else_cancels_it_is_obeyed(after_s: float) -> None:
    """In time, and while the handler winds up because it was over time."""

    async def wind_up() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(1)

    task = asyncio.ensure_future(Limit(10).within(wind_up()))
    await asyncio.sleep(after_s)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
