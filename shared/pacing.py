"""When the requests of one of several workers may leave, so that all together use a quota and don't exceed it.

Time is divided into slots, about as many a second as the quota has requests, and of N workers each takes every Nth:

    worker 0   │       │       │       │          The slots are those of the wall clock, so workers whose clocks agree
    worker 1     │       │       │                to some milliseconds interleave evenly, and a fixed window gets its
    worker 2       │       │       │              due number just as a bucket does. With clocks that don't agree they
               ────────────────────────► time     are paced all the same, only with chance in place of even phases.

Simulated (tests/unit/limiter): 8 workers on a quota of 5 or 50 a second, counted in buckets or in fixed windows, use
99 % of it with nothing throttled; with chance phases a window of 5 a second throttles one request in thirty.
"""

import math
from dataclasses import dataclass
from typing import Final

HEADROOM: Final = 0.99
"""The part of the quota that is used: at exactly all of it, each late request falls into a window that is full."""
CREDIT_S: Final = 0.1
"""Slots that passed unused are made up for within this time, so that a pause of the process costs nothing."""
TOLERATED: Final = 0.0125
"""The part of requests that may be throttled without slowing anybody down: chance, not a smaller quota."""
FLOOR: Final = 0.02
THINNING: Final = 61
"""Slots are left out by patterns of this length: a prime, so that no number of workers meets the same gap each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One worker's part of the slots: each `every`th, beginning with number `first`."""

    every: int
    first: int = 0


class Pace:
    """One worker's rights to send, and the factor by which the group holds back. All times in seconds since the epoch,
    as this worker's clock has them."""

    def __init__(self, quota_per_s: float, *, now_s: float, share: Share) -> None:
        self._slot_s = 1 / (quota_per_s * HEADROOM)
        # By how much one throttled request lowers the factor, so that a second of nothing else takes it to less than
        # half, whatever the quota; and the growth that makes up for it when only the tolerated part is throttled.
        self._step = min(0.15, 1.5 / quota_per_s)
        self._recovery_per_s = TOLERATED * self._step * quota_per_s
        self._held_factor = 1.0
        self._held_at_s = now_s
        self._share = share
        self._turn = self._turn_at(now_s)
        self._rights = 0

    def factor(self, now_s: float) -> float:
        """The part of the slots that is used, 0.02-1: below 1 after throttles, since the quota isn't what was said."""
        return min(1.0, self._held_factor + max(0.0, now_s - self._held_at_s) * self._recovery_per_s)

    def rate_per_s(self, now_s: float) -> float:
        return self.factor(now_s) / (self._slot_s * self._share.every)

    def hold_back(self, factor: float, *, now_s: float) -> None:
        """Go down to this factor, to begin where the others are."""
        if factor < self.factor(now_s):
            self._held_factor, self._held_at_s = max(FLOOR, factor), now_s

    def throttled(self, requests: int, *, now_s: float) -> None:
        """So many requests of the group, whosever they were, were throttled."""
        self.hold_back(self.factor(now_s) * (1 - self._step) ** requests, now_s=now_s)

    def take(self, share: Share, *, now_s: float) -> None:
        """Go over to another share, at half a turn's distance from the last slot at the least."""
        if share == self._share:
            return
        self._pass(now_s)
        last_s = self._at_s(self._turn)
        self._share = share
        self._turn = self._turn_at(max(now_s, last_s + self._slot_s * share.every / 2))

    def spend(self, now_s: float) -> bool:
        """Take a right to send one request, if there is one."""
        self._pass(now_s)
        if self._rights == 0:
            return False
        self._rights -= 1
        return True

    def give_back(self) -> None:
        self._rights += 1

    def next_at_s(self, now_s: float) -> float:
        """When there will be a right to send, if nothing changes."""
        self._pass(now_s)
        if self._rights > 0:
            return now_s
        turn = self._turn + 1
        while not self._is_used(turn, now_s):
            turn += 1
        return self._at_s(turn)

    def _pass(self, now_s: float) -> None:
        """Collect the rights of the slots since the last look."""
        turn = self._turn_at(now_s)
        passed = turn - self._turn
        if passed > 0:
            most = max(1, int(self.rate_per_s(now_s) * CREDIT_S), self._rights)
            recent = range(max(self._turn, turn - THINNING) + 1, turn + 1)
            self._rights = min(most, self._rights + sum(self._is_used(one, now_s) for one in recent))
        if passed > 0 or passed < -1:  # further back than `take` waits: the clock was put back
            self._turn = turn

    def _turn_at(self, now_s: float) -> int:
        # A timer may fire some microseconds early.
        return math.floor(((now_s + 1e-5) / self._slot_s - self._share.first) / self._share.every)

    def _at_s(self, turn: int) -> float:
        return (turn * self._share.every + self._share.first) * self._slot_s

    def _is_used(self, turn: int, now_s: float) -> bool:
        """Whether the slot of this turn is among those that the factor leaves, evenly, of everybody's slots."""
        used = max(1, round(self.factor(now_s) * THINNING))
        return (turn * self._share.every + self._share.first) * used % THINNING < used
