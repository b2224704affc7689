"""The emulator's alarms."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue

import pytest
from gavel_emulator.alarm import Alarm

SOON_S = 20
"""Longer than any machine needs for what is due now."""


class Bell:
    def __init__(self) -> None:
        self.rung: Queue[str] = Queue()
        self.alarm: Alarm[str] = Alarm(self._ring, name="bell")

    def _ring(self, key: str) -> None:
        if key == "broken":
            raise RuntimeError("the bell is broken")
        self.rung.put(key)


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    yield bell
    bell.alarm.close()


def test_what_is_due_earlier_rings_though_it_was_set_later(bell: Bell) -> None:
    now = datetime.now(UTC)
    bell.alarm.at(now + timedelta(days=10), "in ten days")
    bell.alarm.at(now + timedelta(milliseconds=1), "now")
    assert bell.rung.get(timeout=SOON_S) == "now"
    with pytest.raises(Empty):
        bell.rung.get_nowait()


def test_many_may_be_due_at_the_same_time(bell: Bell) -> None:
    now = datetime.now(UTC)
    for number in range(50):
        bell.alarm.at(now, str(number))
    assert {bell.rung.get(timeout=SOON_S) for _ in range(50)} == {str(number) for number in range(50)}


def test_no_alarm_is_forgotten_when_many_threads_set_them(bell: Bell) -> None:
    def set_some(first: int) -> None:
        for number in range(first, first + 100):
            bell.alarm.at(datetime.now(UTC) + timedelta(milliseconds=number % 3), str(number))

    threads = [threading.Thread(target=set_some, args=(first,)) for first in range(0, 800, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {bell.rung.get(timeout=SOON_S) for _ in range(800)} == {str(number) for number in range(800)}


def test_one_that_fails_is_told_and_stops_no_other(bell: Bell, caplog: pytest.LogCaptureFixture) -> None:
    bell.alarm.at(datetime.now(UTC), "broken")
    bell.alarm.at(datetime.now(UTC) + timedelta(milliseconds=1), "whole")
    assert bell.rung.get(timeout=SOON_S) == "whole"
    assert "bell failed" in caplog.text


def test_nothing_rings_after_the_end(bell: Bell) -> None:
    bell.alarm.close()
    bell.alarm.at(datetime.now(UTC), "late")
    with pytest.raises(Empty):
        bell.rung.get(timeout=0.05)
