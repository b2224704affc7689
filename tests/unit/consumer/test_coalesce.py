import asyncio
import gc
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from shared.consumer.coalesce import Coalescer
from shared.errors import Transient


@dataclass
class Calls:
    """A batch call that notes when it came with what, and answers in capitals."""

    made: list[tuple[float, list[str]]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    takes_s: float = 0.0

    async def __call__(self, entries: Sequence[str]) -> list[str]:
        self.made.append((asyncio.get_running_loop().time(), list(entries)))
        await asyncio.sleep(self.takes_s)
        if self.errors:
            raise self.errors.pop(0)
        return [entry.upper() for entry in entries]

    @property
    def sizes(self) -> list[int]:
        return [len(entries) for _, entries in self.made]


async def test_a_full_batch_goes_at_once() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, limit=10, linger_s=1.0)
    for n in range(25):
        coalescer.add(str(n))
    await asyncio.sleep(0.5)
    assert calls.sizes == [10, 10]


async def test_what_does_not_fill_a_batch_waits_no_longer_than_the_linger_of_its_first() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, limit=10, linger_s=1.0)
    coalescer.add("a")
    await asyncio.sleep(0.9)
    coalescer.add("b")
    await asyncio.sleep(0.2)
    ((at, entries),) = calls.made
    assert at == pytest.approx(1.0)
    assert entries == ["a", "b"]


async def test_everybody_gets_their_own_answer() -> None:
    coalescer = Coalescer(Calls(), limit=3, linger_s=1.0)
    answers = await asyncio.gather(*(coalescer.submit(letter) for letter in "abcdefgh"))
    assert answers == list("ABCDEFGH")


async def test_a_batch_is_also_full_by_bytes() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, limit=10, linger_s=1.0, limit_bytes=100)
    for size in (60, 40, 1, 100, 50):
        coalescer.add("x", size_bytes=size)
    await coalescer.flush()
    assert calls.sizes == [2, 1, 1, 1]


async def test_a_failed_call_fails_everybody_in_it_and_nobody_else() -> None:
    calls = Calls(errors=[Transient("sqs-failed")])
    coalescer = Coalescer(calls, limit=2, linger_s=1.0)
    answers = await asyncio.gather(*(coalescer.submit(letter) for letter in "abcd"), return_exceptions=True)
    assert [getattr(answer, "code", answer) for answer in answers] == ["sqs-failed", "sqs-failed", "C", "D"]


async def test_a_defect_that_nobody_waits_for_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    coalescer = Coalescer(Calls(errors=[ValueError("canary")]), limit=1, linger_s=1.0)
    coalescer.add("a")
    await coalescer.flush()
    gc.collect()
    assert [record.message for record in caplog.records] == ["batch.failed"]
    assert "canary" not in str(vars(caplog.records[0]))


async def test_flush_returns_when_every_call_under_way_has_ended() -> None:
    calls = Calls(takes_s=5.0)
    coalescer = Coalescer(calls, limit=2, linger_s=1.0)
    for letter in "abc":
        coalescer.add(letter)
    await coalescer.flush()
    assert calls.sizes == [2, 1]
    assert asyncio.get_running_loop().time() == pytest.approx(5.0)


async def test_who_stops_waiting_does_not_take_the_batch_with_them() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, limit=10, linger_s=1.0)
    impatient = asyncio.ensure_future(coalescer.submit("a"))
    patient = asyncio.ensure_future(coalescer.submit("b"))
    await asyncio.sleep(0.1)
    impatient.cancel()
    assert await patient == "B"
    assert calls.made[0][1] == ["a", "b"]
