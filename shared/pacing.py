"""When the requests of one of several workers may leave, so that all together use a quota and don't exceed it.

Time is divided into slots, about as many a second as the quota has requests, and of N workers each takes every Nth:

    worker 0   │       │       │       │          The slots are those of the wall clock, so workers whose clocks agree
    worker 1     │       │       │                to some milliseconds interleave evenly, and a fixed window gets its
    worker 2       │       │       │              due number just as a bucket does. With clocks that don't agree they
               ────────────────────────► time     are paced all the same, only with chance in place of even phases.

When a worker comes or goes the slots stay where they are: from the instant on which all agree they are dealt out
anew, none twice and none to nobody. Who holds back lets the slots' time go slower, and all others with it.
"""

import math
from typing import Final
from zlib import crc32

from shared.membership import BEAT_S, Company
from shared.restraint import Restraint

HEADROOM: Final = 0.99
"""The part of the quota that is used: at exactly all of it, each late request falls into a window that is full."""
CREDIT_S: Final = 0.1
"""Slots that passed unused are made up for within this time, so that a pause of the process costs nothing."""
GUEST: Final = 50
"""Each so-manyth slot, 2 % of the quota, is for a worker that isn't a member: what comes in ones and twos need not wait
for a beat."""
LOOK_BACK: Final = 4 * GUEST
"""Slots that are looked through for one's own after a pause."""


class Pace:
    """One worker's rights to send. All times in seconds since the epoch, as this worker's clock has them."""

    def __init__(self, quota_per_s: float, *, member: str, now_s: float) -> None:
        self._member = member
        self._slot_s = 1 / (quota_per_s * HEADROOM)
        self._company: Company | None = None
        self._restraint: Restraint | None = None
        self._slot = self._slot_at(now_s)
        self._rights = 0

    def factor(self, now_s: float) -> float:
        """The part of the slots' pace that is kept: below 1 while workers hold back."""
        return self._restraint.factor(now_s) if self._restraint is not None else 1.0

    def rate_per_s(self, now_s: float) -> float:
        return self.factor(now_s) * self._part(now_s) / self._slot_s

    def follow(self, company: Company | None, restraint: Restraint | None, *, now_s: float) -> None:
        """Share the slots in this company from now on; without one, as a guest."""
        self._pass(now_s)
        if self._company is None and company is not None:
            self._rights = 0  # a guest's; its part is to come
        self._company = company
        self._count_by(restraint, now_s)

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
        """When to look again: there will be a right to send, if nothing changes, or at least news."""
        self._pass(now_s)
        if self._rights > 0:
            return now_s
        slot, at_s = self._slot, now_s
        while at_s < now_s + BEAT_S:
            slot += 1
            at_s = self._at_s(slot, now_s)
            if self._is_mine(slot, at_s):
                break
        return at_s

    def _pass(self, now_s: float) -> None:
        """Collect the rights of the slots since the last look."""
        if self._restraint is not None and now_s >= self._restraint.ends_s:
            self._count_by(None, now_s)
        slot = self._slot_at(now_s)
        recent = range(max(self._slot, slot - LOOK_BACK) + 1, slot + 1)
        passed = sum(self._is_mine(one, self._at_s(one, now_s)) for one in recent)
        most = max(1, int(self.rate_per_s(now_s) * CREDIT_S), self._rights)
        self._rights = min(most, self._rights + passed)
        if slot > self._slot or slot < self._slot - 1:  # the clock was put back by more than its usual corrections
            self._slot = slot

    def _count_by(self, restraint: Restraint | None, now_s: float) -> None:
        """Slots have other numbers now; what lies between those and the last ones never was."""
        if restraint != self._restraint:
            self._restraint = restraint
            self._slot = self._slot_at(now_s)

    def _slot_at(self, now_s: float) -> int:
        passed_s = self._restraint.passed_s(now_s) if self._restraint is not None else now_s
        return math.floor((passed_s + 1e-5) / self._slot_s)  # a timer may fire some microseconds early

    def _at_s(self, slot: int, now_s: float) -> float:
        """When a slot near by comes or came."""
        if self._restraint is None:
            return slot * self._slot_s
        return now_s + (slot * self._slot_s - self._restraint.passed_s(now_s)) / self._restraint.factor(now_s)

    def _is_mine(self, slot: int, at_s: float) -> bool:
        if self._company is None:
            return (slot + crc32(self._member.encode())) % GUEST == 0  # two guests seldom come at once
        holders = self._company.holders(at_s)
        return bool(holders) and holders[slot % len(holders)] == self._member

    def _part(self, now_s: float) -> float:
        if self._company is None:
            return 1 / GUEST
        holders = self._company.holders(now_s)
        return 1 / len(holders) if self._member in holders else 0.0
