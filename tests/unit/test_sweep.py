"""A sweep looks again and again, whatever went wrong with one look."""

import asyncio
from datetime import timedelta

import pytest

from shared.errors import Transient
from shared.sweep import sweep_until


@pytest.mark.parametrize(
    ("error", "event"), [(Transient("ledger-failed"), "sweep.failed"), (KeyError("x"), "sweep.defect")], ids=repr
)
async def test_a_look_that_fails_is_logged_and_the_next_one_comes(
    error: Exception, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    stop, looks = asyncio.Event(), 0

    async def look() -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise error
        stop.set()
        return 0

    await sweep_until(stop, look, name="test", interval=timedelta(milliseconds=1))
    assert looks == 2
    assert [entry.message for entry in caplog.records] == [event]
