import asyncio

from services.ingest.adapters.room import ByteBudget


async def test_no_more_than_the_budget_is_ever_in_use() -> None:
    room, in_use, most = ByteBudget(100), 0, 0

    async def work(size: int) -> None:
        nonlocal in_use, most
        async with room.of(size):
            in_use += size
            most = max(most, in_use)
            await asyncio.sleep(0)
            in_use -= size

    await asyncio.gather(*(work(size) for size in (60, 50, 40, 30, 10, 100, 5)))
    assert (most, in_use) == (100, 0)


async def test_what_is_larger_than_the_budget_gets_all_of_it() -> None:
    room = ByteBudget(100)
    async with room.of(1_000):
        waiting = asyncio.create_task(_enter(room, 1))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_a_large_one_is_not_overtaken_by_small_ones() -> None:
    room, order = ByteBudget(100), []

    async def work(name: str, size: int) -> None:
        async with room.of(size):
            order.append(name)

    async with room.of(50):
        tasks = [asyncio.create_task(work("large", 80)), asyncio.create_task(work("small", 10))]
        for _ in range(5):
            await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*tasks)
    assert order == ["large", "small"]


async def test_one_who_stops_waiting_holds_up_nobody() -> None:
    room = ByteBudget(100)
    async with room.of(100):
        gone = asyncio.create_task(_enter(room, 80))
        stays = asyncio.create_task(_enter(room, 10))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    await stays


async def _enter(room: ByteBudget, size: int) -> None:
    async with room.of(size):
        pass
