"""Keeps to a quota that several tasks share: a request is sent when there is room, not sent and throttled."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from shared.clock import Clock, utc_now
from shared.contracts.words import Lane
from shared.errors import Transient
from shared.membership import BEAT_S, Beat, Company, Membership, Roll
from shared.pacing import Pace, Share
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import LANE, OPERATION, QUOTA_SHARE, QUOTA_WAIT, record

log = event_logger(__name__)

GUEST: Final = Share(every=50)
"""2 % of the quota, for a worker that isn't a member (yet): what comes in ones and twos need not wait for a beat."""
SETTLED_AFTER_S: Final = 1.5 * BEAT_S
"""By then every other member has heard of a new one and given up its part."""
CALM_AFTER_S: Final = 2 * SETTLED_AFTER_S
"""What is throttled sooner after somebody came or went says nothing about the quota."""
IDLE_S: Final = 10.0
"""Without a request for so long a worker leaves, so that an idle system costs nothing."""
STORE_TIMEOUT_S: Final = 2.0
"""Of a beat and of leaving: a worker must neither wait for a store that hangs nor stop late for its sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterState:
    """For metrics: `members` is 0 while this worker is none of them."""

    rate_per_s: float
    members: int
    factor: float
    waiting: Mapping[Lane, int]


class RateLimiter:
    """One operation's quota (`quota_per_s` requests per second for the whole account), as one worker sees it.

    Made where an event loop runs, and open while it is used as an async context. A worker's life:

        guest ─── a request has to wait ───► joining ─── alone, or 0.75 s later ──► member
        2 % of the quota                     2 % still, until the others            quota / members
          ▲                                  have given up its part                    │
          └────────────────────────── idle for 10 s, or closed ────────────────────────┘

    A member costs two writes a second, some 3 USD for a month of work without a pause. A dead member's share is taken
    over within 1.5 s.
    """

    def __init__(
        self,
        quota_per_s: float,
        *,
        member: str,
        membership: Membership,
        clock: Clock = utc_now,
        operation: str = "unnamed",
    ) -> None:
        """`operation` is whose quota it is, for metrics."""
        self._operation = operation
        self._member = member
        self._membership = membership
        self._clock = clock
        self._clock_ahead_s = clock().timestamp() - _loop_s()
        self._pace = Pace(quota_per_s, now_s=self._now_s(), share=GUEST)
        self._present: tuple[str, ...] = ()
        self._throttled = 0
        self._calm_from_s = 0.0
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in (Lane.LIVE, Lane.BACKFILL)}
        self._wanted = asyncio.Event()
        self._last_wanted_s = _loop_s()
        self._timer: asyncio.TimerHandle | None = None
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat_while_wanted())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
        if self._timer is not None:
            self._timer.cancel()

    @property
    def state(self) -> LimiterState:
        return LimiterState(
            rate_per_s=self._pace.rate_per_s(self._now_s()),
            members=len(self._present),
            factor=self._pace.factor(self._now_s()),
            waiting={lane: len(queue) for lane, queue in self._waiting.items()},
        )

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        """Entered when there is room for one request; `live` goes before `backfill`, each in order of asking.

        Send exactly one request inside, with SDK retries off, and let the Transient of a throttled one (its code ends
        in `-throttled`) pass through here.
        """
        asked_s = _loop_s()
        await self._room(lane)
        record(QUOTA_WAIT, _loop_s() - asked_s, {OPERATION: self._operation, LANE: lane})
        try:
            yield
        except Transient as error:
            if error.code.endswith("-throttled"):
                self._slow_down()
            raise

    async def _room(self, lane: Lane) -> None:
        if self._beating is not None and self._beating.done():
            self._beating.result()  # a defect in the background is for the caller to raise
        self._last_wanted_s = _loop_s()
        if self._next_queue() is None and self._pace.spend(self._now_s()):
            return
        self._wanted.set()
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(room)
        self._serve()
        try:
            await room
        except asyncio.CancelledError:
            if not room.cancelled():  # given, and never to be used
                self._pace.give_back()
                self._serve()
            raise

    def _serve(self) -> None:
        """Give room to whoever is next, and come back when there will be more."""
        if self._timer is not None:
            self._timer.cancel()
        now_s = self._now_s()
        while (queue := self._next_queue()) is not None and self._pace.spend(now_s):
            queue.popleft().set_result(None)
        if queue is not None:
            delay_s = max(0.0, self._pace.next_at_s(now_s) - now_s)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._serve)

    def _next_queue(self) -> deque[asyncio.Future[None]] | None:
        for queue in self._waiting.values():
            while queue and queue[0].done():  # whoever asked has given up
                queue.popleft()
            if queue:
                return queue
        return None

    async def _beat_while_wanted(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                await self._take_part()
            finally:
                self._wanted.clear()
                self._settle(())
                with suppress(Transient, TimeoutError):
                    async with asyncio.timeout(STORE_TIMEOUT_S):
                        await self._membership.leave(self._member)

    async def _take_part(self) -> None:
        joined_s, roll, company = _loop_s(), Roll(self._member), None
        while self._next_queue() is not None or _loop_s() - self._last_wanted_s < IDLE_S:
            company = await self._beat(roll, company)
            # Who can't find out about the others goes by throttles alone: some in a hundred, but no standstill.
            present = company.present if company is not None else (self._member,)
            is_alone = company is not None and len(present) == 1
            if self._present or is_alone or _loop_s() - joined_s >= SETTLED_AFTER_S:
                self._settle(present)
            await asyncio.sleep(BEAT_S)

    async def _beat(self, roll: Roll, last: Company | None) -> Company | None:
        beat = Beat(at=self._clock(), throttled=self._throttled, factor=self._pace.factor(self._now_s()))
        try:
            async with asyncio.timeout(STORE_TIMEOUT_S):
                beats = await self._membership.beat(self._member, beat, forget=last.forget if last is not None else ())
        except (Transient, TimeoutError) as error:
            log.warning("limiter.beat_failed", code=error.code if isinstance(error, Transient) else "timeout")
            return last
        company = roll.call(beats, now_s=_loop_s(), at=self._clock())
        self._pace.throttled(company.throttled, now_s=self._now_s())
        if last is None:
            self._pace.hold_back(company.factor, now_s=self._now_s())
        return company

    def _slow_down(self) -> None:
        """The quota seems to be less than was said, unless it is only that somebody came or went."""
        if self._present and _loop_s() >= self._calm_from_s:
            self._throttled += 1
            self._pace.throttled(1, now_s=self._now_s())

    def _settle(self, present: tuple[str, ...]) -> None:
        """Take one's own part of the slots; a guest's, with nobody present."""
        if present != self._present:
            self._calm_from_s = _loop_s() + CALM_AFTER_S
        self._present = present
        self._clock_ahead_s = self._clock().timestamp() - _loop_s()
        share = Share(every=len(present), first=present.index(self._member)) if present else GUEST
        self._pace.take(share, now_s=self._now_s())
        record(QUOTA_SHARE, self._pace.rate_per_s(self._now_s()), {OPERATION: self._operation})
        self._serve()

    def _now_s(self) -> float:
        """The time of day, by which all workers count slots; it jumps at beats only."""
        return _loop_s() + self._clock_ahead_s


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
