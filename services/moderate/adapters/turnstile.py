"""Lets as many videos in as there are slots, in every task of the service together.

One task's view of the account. It asks the account when it takes or releases a slot and hears the state of everything
with the answer; only while none is free does it look by itself, to notice what other tasks release.
"""

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.clock import Clock
from shared.contracts.words import Lane
from shared.errors import Deferred
from shared.slots import Holding, SlotAccount
from shared.telemetry.metrics import LANE, VIDEO_SLOT_WAIT, VIDEO_SLOTS_HELD, record

LOOK_S: Final = 1.0
PATIENCE_S: Final = 600.0
"""How long a message waits in hand, which must end before its handler's own limit (15 minutes)."""
AGAIN_S: Final = 60
CLOSED_FOR: Final = timedelta(seconds=20)


class Turnstile:
    def __init__(self, account: SlotAccount, *, slots: int, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._account = account
        self._slots = slots
        self._clock = clock
        self._patience_s = patience_s
        self._holding = Holding()
        self._coming = 0
        self._live_is_dry = False
        self._waiting = {Lane.LIVE: 0, Lane.BACKFILL: 0}
        self._heard_s = float("-inf")
        self._changed = asyncio.Event()

    async def take(self, holder: str, lane: Lane) -> None:
        """Return when `holder` has a slot. Raises Deferred when it has waited too long for one."""
        began_s = _loop_s()
        give_up_s = began_s + self._patience_s
        self._coming = max(0, self._coming - 1)
        self._waiting[lane] += 1
        try:
            is_first = True
            while True:
                if (is_first or self._free > 0) and self._is_turn_of(lane):
                    self._hear(await self._account.take(holder, limit=self._slots, now=self._clock()))
                    if holder in self._holding.holders:
                        record(VIDEO_SLOT_WAIT, _loop_s() - began_s, {LANE: lane})
                        return
                is_first = False
                if _loop_s() >= give_up_s:
                    raise Deferred("video-slots-full", "every slot has been taken for long", delay_s=AGAIN_S)
                await self._news(give_up_s)
        finally:
            self._waiting[lane] -= 1

    async def keep(self, holder: str) -> None:
        self._hear(await self._account.take(holder, limit=sys.maxsize, now=self._clock()))

    async def release(self, holder: str) -> None:
        self._hear(await self._account.release(holder))

    async def close(self) -> None:
        """Give out none for a while, in no task: others use the account's jobs too."""
        self._hear(await self._account.close(self._clock() + CLOSED_FOR))

    async def held(self) -> Mapping[str, datetime]:
        self._hear(await self._account.look())
        return self._holding.holders

    async def room(self, lane: Lane, *, within_s: float) -> int:
        """How many messages of a lane could get a slot now, as soon as there is one; 0 when that takes longer."""
        give_up_s = _loop_s() + within_s
        while not (room := self._room(lane)):
            if _loop_s() >= give_up_s:
                return 0
            await self._news(give_up_s)
        return room

    def came(self, lane: Lane, *, asked: int, number: int) -> None:
        """So many messages were received of those asked for; they are on their way to take their slots."""
        self._coming += number
        if lane is Lane.LIVE:
            self._live_is_dry = number < asked
        self._tell()

    @property
    def _free(self) -> int:
        return self._holding.free(self._slots, self._clock())

    def _room(self, lane: Lane) -> int:
        """Backfill gets what is left when the live queue has just been found empty."""
        if lane is Lane.BACKFILL and not self._live_is_dry:
            return 0
        return max(0, self._free - self._coming - sum(self._waiting.values()))

    def _is_turn_of(self, lane: Lane) -> bool:
        return lane is Lane.LIVE or not self._waiting[Lane.LIVE]

    def _hear(self, holding: Holding) -> None:
        self._holding, self._heard_s = holding, _loop_s()
        record(VIDEO_SLOTS_HELD, len(holding.holders), {})
        self._tell()

    def _tell(self) -> None:
        """Wake everybody who waits now, and nobody who comes later."""
        self._changed.set()
        self._changed.clear()

    async def _news(self, until_s: float) -> None:
        """Return when something has changed in this task, and look at the account when nobody has for a while."""
        try:
            async with asyncio.timeout_at(min(until_s, _loop_s() + LOOK_S)):
                await self._changed.wait()
        except TimeoutError:
            if _loop_s() - self._heard_s < LOOK_S:
                return
            # What came and took no slot by now, needed none.
            self._coming, self._heard_s = 0, _loop_s()
            self._hear(await self._account.look())


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
