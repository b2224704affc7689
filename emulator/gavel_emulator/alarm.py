"""Calls back at a time, in a thread of its own."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Generic, TypeVar

LOG = logging.getLogger(__name__)
Key = TypeVar("Key")

THREADS = 4
"""So that one slow S3 call doesn't hold up everything else that is due."""


class Alarm(Generic[Key]):
    """Threads are daemons or end with the process: the emulator may end with alarms outstanding."""

    def __init__(self, ring: Callable[[Key], None], *, name: str) -> None:
        self._ring = ring
        self._name = name
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix=name)
        self._changed = threading.Condition()
        self._order = itertools.count()
        # The order of arrival tells equal times apart: keys needn't be comparable.
        self._due: list[tuple[float, int, Key]] = []
        self._closed = False
        threading.Thread(target=self._watch, name=f"{name}-clock", daemon=True).start()

    def at(self, at: datetime, key: Key) -> None:
        """`ring(key)` at that time or soon after; what it raises is logged and stops no other alarm."""
        with self._changed:
            heapq.heappush(self._due, (at.timestamp(), next(self._order), key))
            self._changed.notify()

    def close(self) -> None:
        """Nothing rings any more; what is ringing goes on."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (not self._due or self._due[0][0] > time.time()):
                    self._changed.wait(self._due[0][0] - time.time() if self._due else None)
                if self._closed:
                    return
                _, _, key = heapq.heappop(self._due)
            self._pool.submit(self._ring, key).add_done_callback(self._tell)

    def _tell(self, rung: Future[None]) -> None:
        if problem := rung.exception():
            LOG.error("%s failed", self._name, exc_info=problem)
