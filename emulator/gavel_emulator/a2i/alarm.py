"""Calls back at a time, in a thread of its own."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Generic, TypeVar

from localstack.utils.scheduler import Scheduler

LOG = logging.getLogger(__name__)
Key = TypeVar("Key")

THREADS = 4
"""So that one slow S3 call doesn't hold up every other loop's expiry."""


class Alarm(Generic[Key]):
    """Threads are daemons: the emulator may end with alarms outstanding."""

    def __init__(self, ring: Callable[[Key], None]) -> None:
        self._ring = ring
        self._scheduler = Scheduler(ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="a2i-alarm"))
        threading.Thread(target=self._scheduler.run, name="a2i-alarm-clock", daemon=True).start()

    def at(self, time: datetime, key: Key) -> None:
        """`ring(key)` at `time` or soon after; what it raises is logged and stops no other alarm."""
        self._scheduler.schedule(self._ring, start=time.timestamp(), args=(key,), on_error=_log)


def _log(error: Exception) -> None:
    LOG.error("a human loop's alarm failed", exc_info=error)
