"""Keeps to a quota that several tasks share: a request is sent when there is room, not sent and throttled."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from shared.clock import Clock, utc_now
from shared.contracts.words import Lane
from shared.errors import Transient
from shared.membership import AGREEING_S, BEAT_S, LEASE_S, NOTICE_S, Beat, Company, Membership, Roll, Term
from shared.pacing import Pace
from shared.restraint import Brake
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import LANE, OPERATION, QUOTA_SHARE, QUOTA_WAIT, record

log = event_logger(__name__)

IDLE_S: Final = 10.0
"""Without a request for so long a worker leaves, so that an idle system costs nothing."""
STORE_TIMEOUT_S: Final = 1.0
"""Of a beat: a worker must neither lose its share to one request that hangs nor stop late for its sake."""


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

        guest ─── a request has to wait ───► joining ─── 1.25 s later, at once if alone ──► member
        2 % of the quota                     nothing                                       quota / members
          ▲                                                                                  │
          └────────────────────────── idle for 10 s, or closed ──────────────────────────────┘

    A member costs two writes a second, some 3 USD for a month of work without a pause. A dead member's share is taken
    over within 2.5 s.
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
        self._pace = Pace(quota_per_s, member=member, now_s=self._now_s())
        self._brake = Brake(quota_per_s)
        self._company: Company | None = None
        self._throttled = 0
        self._has_news = asyncio.Event()
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
        now_s = self._now_s()
        holders = self._company.holders(now_s) if self._company is not None else ()
        return LimiterState(
            rate_per_s=self._pace.rate_per_s(now_s),
            members=len(holders) if self._member in holders else 0,
            factor=self._pace.factor(now_s),
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
                self._throttle()
            raise

    async def _room(self, lane: Lane) -> None:
        if self._beating is not None and self._beating.done():
            self._beating.result()  # a defect in the background is for the caller to raise
        self._last_wanted_s = _loop_s()
        if self._company is not None and self._next_queue() is None and self._pace.spend(self._now_s()):
            return
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(room)
        asyncio.get_running_loop().call_soon(self._serve)  # when all that come together with this one have asked
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
        while (queue := self._next_queue()) is not None and not self._must_join() and self._pace.spend(now_s):
            queue.popleft().set_result(None)
        if queue is not None:
            self._wanted.set()
            if not self._must_join():  # else its first beat comes back here
                delay_s = max(0.0, self._pace.next_at_s(now_s) - now_s)
                self._timer = asyncio.get_running_loop().call_later(delay_s, self._serve)

    def _must_join(self) -> bool:
        """A guest sends single requests. Who has several joins before it sends any: else a quota that is used already
        gets one too many from each that wakes up."""
        return self._company is None and sum(not room.done() for queue in self._waiting.values() for room in queue) > 1

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
                self._settle(None)

    async def _take_part(self) -> None:
        roll, joined_s, mine = Roll(self._member), self._now_s(), None
        try:
            while self._next_queue() is not None or _loop_s() - self._last_wanted_s < IDLE_S:
                mine = await self._beat(roll, mine)
                if self._company is None and self._now_s() - joined_s >= NOTICE_S:
                    # Who can't find out about the others goes by throttles alone: some in a hundred, but no standstill.
                    alone = Term(begins_s=0.0, ends_s=math.inf)
                    self._settle(Company(member=self._member, terms={self._member: alone}))
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_S):
                        await self._has_news.wait()
        finally:
            if mine is not None:
                now_s = self._now_s()
                await self._say(replace(mine, at_s=now_s, ends_s=min(mine.ends_s, now_s + NOTICE_S)))

    async def _beat(self, roll: Roll, last: Beat | None) -> Beat | None:
        """Returns the last beat that others heard."""
        self._clock_ahead_s = self._clock().timestamp() - _loop_s()
        self._has_news.clear()
        now_s = self._now_s()
        # Who fell silent for too long, or whose clock was put back, has lost its share, and joins as others do.
        begins_s = now_s + NOTICE_S
        if last is not None and last.at_s - AGREEING_S < now_s < last.ends_s:
            begins_s = last.begins_s
        beat = Beat(
            at_s=now_s,
            begins_s=begins_s,
            ends_s=now_s + LEASE_S,
            throttled=self._throttled,
            restraint=self._brake.restraint(now_s),
        )
        beats = await self._say(beat)
        if beats is None:
            return last
        company = roll.call(beats, now_s=self._now_s())
        if company.is_alone(self._now_s()):
            beat = replace(beat, begins_s=min(beat.begins_s, now_s))
            company = replace(company, terms={self._member: Term(begins_s=beat.begins_s, ends_s=beat.ends_s)})
        self._brake.heard(company.restraint, company.throttled, self._now_s())
        self._settle(company)
        return beat

    async def _say(self, beat: Beat) -> Mapping[str, Beat] | None:
        """None where the store is out of reach."""
        forget = self._company.forget if self._company is not None else ()
        try:
            async with asyncio.timeout(STORE_TIMEOUT_S):
                return await self._membership.beat(self._member, beat, forget=forget)
        except (Transient, TimeoutError) as error:
            log.warning("limiter.beat_failed", code=error.code if isinstance(error, Transient) else "timeout")
            return None

    def _throttle(self) -> None:
        now_s = self._now_s()
        before = self._brake.restraint(now_s)
        self._throttled += 1
        self._brake.throttled(now_s)
        # Others count it too while nobody holds back yet, and hold back as soon as they hear that this worker does.
        if before is None or self._brake.restraint(now_s) != before:
            self._has_news.set()
            self._settle(self._company)

    def _settle(self, company: Company | None) -> None:
        """Take one's own part of the slots; a guest's, without a company."""
        now_s = self._now_s()
        self._company = company
        self._pace.follow(company, self._brake.restraint(now_s), now_s=now_s)
        record(QUOTA_SHARE, self._pace.rate_per_s(now_s), {OPERATION: self._operation})
        self._serve()

    def _now_s(self) -> float:
        """The time of day, by which all workers count slots; it jumps at beats only."""
        return _loop_s() + self._clock_ahead_s


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
