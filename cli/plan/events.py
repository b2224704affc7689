"""A clock that jumps from event to event, and stations with queues: what a simulated pipeline is made of."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

Action = Callable[[], None]


class Clock:
    """Time passes from one event to the next; what is due at the same instant happens in the order of asking."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._due: list[tuple[float, int, Action]] = []
        self._order = count()

    def after(self, delay_s: float, action: Action) -> None:
        heapq.heappush(self._due, (self.now_s + delay_s, next(self._order), action))

    def run(self) -> None:
        """Until nothing is left to happen."""
        while self._due:
            self.now_s, _, action = heapq.heappop(self._due)
            action()


@dataclass(slots=True)
class Seen:
    """What a station has seen: how long each item waited, in the order of beginning, and how many were there when."""

    waits_s: list[float] = field(default_factory=list)
    came: int = 0
    left: int = 0
    most: int = 0
    item_seconds: float = 0.0
    _since_s: float = 0.0

    @property
    def here(self) -> int:
        return self.came - self.left

    def pass_to(self, now_s: float) -> None:
        self.item_seconds += self.here * (now_s - self._since_s)
        self._since_s = now_s


class _Waiting(NamedTuple):
    came_s: float
    service_s: float
    held_s: float
    then: Action


class Station:
    """Places that serve one item each, and a queue before them: first come, first served, the live lane first."""

    def __init__(self, clock: Clock, name: str, places: int) -> None:
        self.name = name
        self.places = places
        self.seen = Seen()
        self._clock = clock
        self._free = places
        self._live: deque[_Waiting] = deque()
        self._backfill: deque[_Waiting] = deque()

    def take(self, service_s: float, then: Action, *, held_s: float | None = None, is_backfill: bool = False) -> None:
        """Serve an item for `service_s` as soon as it is its turn, and go on with `then`. Its place is taken for
        `held_s`, not less than that; as long as the service if not said."""
        now_s = self._clock.now_s
        self.seen.pass_to(now_s)
        self.seen.came += 1
        self.seen.most = max(self.seen.most, self.seen.here)
        waiting = _Waiting(now_s, service_s, service_s if held_s is None else held_s, then)
        (self._backfill if is_backfill else self._live).append(waiting)
        self._serve()

    def _serve(self) -> None:
        while self._free and (queue := self._live or self._backfill):
            item = queue.popleft()
            self._free -= 1
            self.seen.waits_s.append(self._clock.now_s - item.came_s)
            self._clock.after(item.held_s, self._release)
            self._clock.after(item.service_s, item.then)

    def _release(self) -> None:
        self.seen.pass_to(self._clock.now_s)
        self.seen.left += 1
        self._free += 1
        self._serve()
