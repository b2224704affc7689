"""The tests' own clock: if it lied, every other test here would."""

import asyncio
import time

import pytest

from tests.fakes.virtual_time import VirtualTimeLoop


async def test_hours_pass_at_once() -> None:
    loop, began = asyncio.get_running_loop(), time.monotonic()
    start = loop.time()
    await asyncio.sleep(36_000)
    assert loop.time() - start == pytest.approx(36_000)
    assert time.monotonic() - began < 60


async def test_timers_fire_in_order() -> None:
    order: list[int] = []

    async def after(seconds: int) -> None:
        await asyncio.sleep(seconds)
        order.append(seconds)

    await asyncio.gather(*(after(seconds) for seconds in (30, 10, 20)))
    assert order == [10, 20, 30]


def test_waiting_for_what_never_comes_is_an_error() -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, pytest.raises(RuntimeError, match="never comes"):
        runner.run(asyncio.Event().wait())
