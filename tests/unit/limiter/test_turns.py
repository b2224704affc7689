"""One worker's turns: who is next, what a cancelled turn leaves, when it joins and leaves."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.contracts.words import Lane
from shared.errors import Permanent, Transient
from shared.limiter import RateLimiter
from shared.membership import BEAT_S, LEASE_S, NOTICE_S, Beat
from shared.restraint import Restraint
from tests.fakes.membership import MemoryMembership
from tests.unit.limiter.account import now_s, run_virtual, virtual_now

Test = Callable[[RateLimiter, MemoryMembership], Awaitable[None]]


def with_limiter(test: Test, *, quota_per_s: float = 10.0) -> None:
    async def main() -> None:
        membership = MemoryMembership()
        async with RateLimiter(quota_per_s, member="me", membership=membership, clock=virtual_now) as limiter:
            await test(limiter, membership)

    run_virtual(main())


def present(*, until_s: float = LEASE_S, restraint: Restraint | None = None) -> Beat:
    """What a member said that has been there for a while."""
    now_s = virtual_now().timestamp()
    return Beat(at_s=now_s, begins_s=now_s - 60, ends_s=now_s + until_s, restraint=restraint)


async def take(limiter: RateLimiter, lane: Lane, served: list[Lane]) -> None:
    async with limiter.turn(lane):
        served.append(lane)


def test_live_goes_strictly_before_backfill() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        served: list[Lane] = []
        async with asyncio.TaskGroup() as group:
            for lane in [Lane.BACKFILL] * 5 + [Lane.LIVE] * 5:
                group.create_task(take(limiter, lane, served))
        assert served == [Lane.LIVE] * 5 + [Lane.BACKFILL] * 5

    with_limiter(test)


def test_a_lane_is_served_in_order_of_asking() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        served: list[int] = []

        async def take(number: int) -> None:
            async with limiter.turn(Lane.LIVE):
                served.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(10):
                group.create_task(take(number))
        assert served == list(range(10))

    with_limiter(test)


def test_who_gives_up_waiting_costs_nothing() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        served: list[Lane] = []
        await take(limiter, Lane.LIVE, served)
        at_s = now_s()
        waiting = [asyncio.create_task(take(limiter, Lane.LIVE, served)) for _ in range(20)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await take(limiter, Lane.LIVE, served)
        assert served == [Lane.LIVE] * 2
        assert now_s() - at_s < 0.2

    with_limiter(test)


def test_a_turn_that_is_cancelled_as_it_is_given_goes_to_the_next() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        served: list[Lane] = []
        await take(limiter, Lane.LIVE, served)
        first, second = (asyncio.create_task(take(limiter, Lane.LIVE, served)) for _ in range(2))
        await asyncio.sleep(0)
        limiter._pace.give_back()  # a right to send, as if its slot had come
        limiter._serve()
        first.cancel()  # given, but not awake yet
        at_s = now_s()
        await asyncio.gather(first, return_exceptions=True)
        await second
        assert now_s() == at_s
        assert served == [Lane.LIVE] * 2

    with_limiter(test)


def test_the_first_request_of_a_lone_worker_waits_for_one_beat_only() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        at_s = now_s()
        await take(limiter, Lane.LIVE, [])
        assert now_s() - at_s < 0.2
        assert limiter.state.members == 1

    with_limiter(test)


def test_what_comes_in_ones_joins_nothing() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        for _ in range(20):
            await asyncio.sleep(60)
            at_s = now_s()
            await take(limiter, Lane.LIVE, [])
            assert now_s() == at_s
        assert membership.requests == 0

    with_limiter(test)


def test_a_guest_with_several_requests_joins_before_it_sends_any() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        await asyncio.sleep(60)  # it might have sent one at once
        membership.beats["other"] = present(until_s=60)
        served: list[Lane] = []
        waiting = [asyncio.create_task(take(limiter, Lane.LIVE, served)) for _ in range(5)]
        await asyncio.sleep(NOTICE_S - 0.01)
        assert served == []
        await asyncio.gather(*waiting)

    with_limiter(test)


def test_an_idle_member_leaves_and_costs_nothing() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        await take(limiter, Lane.LIVE, [])
        await asyncio.sleep(30)
        assert limiter.state.members == 0
        assert membership.beats["me"].ends_s < virtual_now().timestamp()
        requests = membership.requests
        await asyncio.sleep(3_600)
        assert membership.requests == requests

    with_limiter(test)


def test_a_worker_that_is_closed_gives_up_its_share_as_soon_as_everybody_has_heard() -> None:
    async def main() -> None:
        membership = MemoryMembership()
        async with RateLimiter(10, member="me", membership=membership, clock=virtual_now) as limiter:
            await take(limiter, Lane.LIVE, [])
        assert membership.beats["me"].ends_s == pytest.approx(virtual_now().timestamp() + NOTICE_S)

    run_virtual(main())


def test_a_store_that_hangs_delays_neither_turns_nor_the_end() -> None:
    class Hanging(MemoryMembership):
        async def beat(self, *_: object, **__: object) -> dict[str, Beat]:
            await asyncio.sleep(3_600)
            return {}

    async def main() -> None:
        async with RateLimiter(10, member="me", membership=Hanging(), clock=virtual_now) as limiter:
            await asyncio.sleep(10)
            async with asyncio.TaskGroup() as group:
                for _ in range(20):
                    group.create_task(take(limiter, Lane.LIVE, []))
        assert now_s() < 20

    run_virtual(main())


async def be_throttled(limiter: RateLimiter) -> None:
    with pytest.raises(Transient):
        async with limiter.turn(Lane.LIVE):
            raise Transient("rekognition-throttled")


def test_only_throttled_requests_slow_the_worker_down() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        for error in (Transient("rekognition-failed"), Permanent("image-too-large"), ValueError()) * 3:
            with pytest.raises(type(error)):
                async with limiter.turn(Lane.LIVE):
                    raise error
        assert limiter.state.factor == 1.0
        for _ in range(4):
            await be_throttled(limiter)
        assert limiter.state.factor < 1.0

    with_limiter(test)


def test_what_one_learns_of_the_quota_others_hear_within_a_beat() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        async with RateLimiter(10, member="other", membership=membership, clock=virtual_now) as other:
            for one in (limiter, other):
                await take(one, Lane.LIVE, [])
            await asyncio.sleep(5)
            for _ in range(4):
                await be_throttled(limiter)
            await asyncio.sleep(BEAT_S)
            assert other.state.factor == pytest.approx(limiter.state.factor)
            assert other.state.factor < 1.0

    with_limiter(test)


def test_a_newcomer_begins_where_the_others_are() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        now_s = virtual_now().timestamp()
        held = Restraint(at_s=now_s - 1, ceiling=0.5, return_s=20)
        membership.beats["other"] = present(restraint=held)
        await take(limiter, Lane.LIVE, [])
        assert limiter.state.factor == pytest.approx(held.factor(virtual_now().timestamp()))

    with_limiter(test)


def test_a_newcomer_waits_until_the_others_have_given_up_its_part() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        membership.beats["other"] = present(until_s=60)
        served: list[Lane] = []
        waiting = [asyncio.create_task(take(limiter, Lane.LIVE, served)) for _ in range(60)]
        await asyncio.sleep(NOTICE_S - 0.01)
        assert served == []
        await asyncio.sleep(2)
        assert len(served) == pytest.approx(50, abs=2)
        await asyncio.gather(*waiting)

    with_limiter(test, quota_per_s=50)


def test_a_member_that_was_out_of_reach_for_too_long_joins_anew() -> None:
    async def test(limiter: RateLimiter, membership: MemoryMembership) -> None:
        membership.beats["other"] = present(until_s=1_000)
        waiting = [asyncio.create_task(take(limiter, Lane.LIVE, [])) for _ in range(500)]
        await asyncio.sleep(5)
        begins_s = membership.beats["me"].begins_s
        membership.is_down = True
        await asyncio.sleep(2)
        assert limiter.state.members == 2
        await asyncio.sleep(5)
        assert limiter.state.members == 2  # as far as it knows, and it goes on with its part
        membership.is_down = False
        await asyncio.sleep(1)
        assert membership.beats["me"].begins_s > begins_s + 10
        assert limiter.state.members == 0
        await asyncio.sleep(1)
        assert limiter.state.members == 2
        for task in waiting:
            task.cancel()

    with_limiter(test)


def test_a_clock_that_is_put_back_costs_a_moment() -> None:
    async def main() -> None:
        skew_s, membership = [0.0], MemoryMembership()
        wrong = RateLimiter(10, member="me", membership=membership, clock=lambda: virtual_now(skew_s=skew_s[0]))
        right = RateLimiter(10, member="other", membership=membership, clock=virtual_now)
        async with wrong, right:
            waiting = [asyncio.create_task(take(one, Lane.LIVE, [])) for one in (wrong, right) for _ in range(500)]
            await asyncio.sleep(5)
            assert wrong.state.members == 2
            skew_s[0] = -3_600
            await asyncio.sleep(3)
            assert wrong.state.members == 2
            for task in waiting:
                task.cancel()

    run_virtual(main())


def test_a_defect_in_the_background_is_raised_to_whoever_asks() -> None:
    class Broken(MemoryMembership):
        async def beat(self, *_: object, **__: object) -> dict[str, Beat]:
            raise ValueError("a defect")

    async def main() -> None:
        async with RateLimiter(10, member="me", membership=Broken(), clock=virtual_now) as limiter:
            await take(limiter, Lane.LIVE, [])
            await take(limiter, Lane.LIVE, [])

    with pytest.raises(ValueError, match="a defect"):
        run_virtual(main())
