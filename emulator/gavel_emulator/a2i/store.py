"""Where human loops are kept. A change is a function of one loop, so a table with conditional writes can serve too."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from gavel_emulator.a2i.loops import Loop, LoopKey


class QuotaReached(Exception):
    """The flow definition has as many loops in flight as it may."""


class NoSuchLoop(Exception):
    """No loop of that name in that account and region."""

    def __init__(self, key: LoopKey) -> None:
        super().__init__(f"Could not find a human loop named {key.name} in {key.region} of account {key.account_id}.")


class LoopStore(Protocol):
    """Every method that takes a key raises NoSuchLoop."""

    def add(self, loop: Loop, *, quota: int) -> Loop:
        """Keep a new loop, or return the one that has its key. Raises QuotaReached, atomically with the count."""
        ...

    def get(self, key: LoopKey) -> Loop: ...

    def change(self, key: LoopKey, change: Callable[[Loop], Loop]) -> tuple[Loop, Loop]:
        """Replace a loop by `change` of it, atomically, and return it before and after. `change` may run again, and
        may raise to leave the loop as it is."""
        ...

    def remove(self, key: LoopKey, check: Callable[[Loop], None]) -> None:
        """Forget a loop unless `check` of it raises."""
        ...

    def all(self) -> Iterable[Loop]:
        """Every loop of every account and region, the oldest first."""
        ...


class MemoryLoopStore:
    """The loops of one emulator, gone when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loops: dict[LoopKey, Loop] = {}
        self._in_flight: Counter[str] = Counter()

    def add(self, loop: Loop, *, quota: int) -> Loop:
        with self._lock:
            if existing := self._loops.get(loop.key):
                return existing
            if self._in_flight[loop.input.flow_arn] >= quota:
                raise QuotaReached
            self._put(loop)
            return loop

    def get(self, key: LoopKey) -> Loop:
        try:
            return self._loops[key]
        except KeyError:
            raise NoSuchLoop(key) from None

    def change(self, key: LoopKey, change: Callable[[Loop], Loop]) -> tuple[Loop, Loop]:
        with self._lock:
            before = self.get(key)
            after = change(before)
            self._put(after)
            return before, after

    def remove(self, key: LoopKey, check: Callable[[Loop], None]) -> None:
        with self._lock:
            loop = self.get(key)
            check(loop)
            self._count(loop, -1)
            del self._loops[key]

    def all(self) -> list[Loop]:
        with self._lock:
            return sorted(self._loops.values(), key=lambda loop: loop.created_at)

    def _put(self, loop: Loop) -> None:
        if before := self._loops.get(loop.key):
            self._count(before, -1)
        self._count(loop, +1)
        self._loops[loop.key] = loop

    def _count(self, loop: Loop, change: int) -> None:
        if loop.is_running:
            self._in_flight[loop.input.flow_arn] += change
