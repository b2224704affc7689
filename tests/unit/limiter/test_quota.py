"""Fleets of workers on one quota, in virtual time. The figures are those promised for the real thing."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from tests.unit.limiter.account import Account, Fleet, Kind, between, now_s, run_virtual

QUOTAS = list(product((50.0, 5.0), Kind))


@pytest.mark.parametrize(("quota_per_s", "kind"), QUOTAS)
@pytest.mark.parametrize("workers", [1, 2, 5, 8])
def test_a_steady_fleet_uses_the_quota_and_is_not_throttled(quota_per_s: float, kind: Kind, workers: int) -> None:
    async def main() -> None:
        account = Account(quota_per_s, kind)
        fleet = Fleet(account, quota_per_s)
        fleet.start(workers)
        await asyncio.sleep(50)
        assert account.served(10, 50) >= 0.98
        assert account.throttled(10, 50) <= 0.005
        await fleet.end()

    run_virtual(main())


@pytest.mark.parametrize(("quota_per_s", "kind"), QUOTAS)
def test_workers_come_and_go_without_waste(quota_per_s: float, kind: Kind) -> None:
    async def main() -> None:
        account = Account(quota_per_s, kind)
        fleet = Fleet(account, quota_per_s)

        async def start(workers: int) -> None:
            fleet.start(workers)

        async def leave(how: Callable[[int], Awaitable[None]], *numbers: int) -> None:
            for number in numbers:
                await how(number)

        for change in (
            start(1),
            start(1),
            start(3),
            start(3),
            leave(fleet.stop, 0, 3, 5),
            leave(fleet.kill, 1, 6),
            start(5),
            leave(fleet.kill, 8, 9, 10, 11),
        ):
            at_s = now_s()
            await change
            await asyncio.sleep(20)
            assert account.throttled(at_s, at_s + 10) <= 0.03
            assert account.throttled(at_s + 10, at_s + 20) <= 0.005
            assert account.served(at_s + 3, at_s + 20) >= 0.98
        await fleet.end()

    run_virtual(main())


@pytest.mark.parametrize("kind", Kind)
def test_a_new_worker_has_its_share_within_three_seconds(kind: Kind) -> None:
    async def main() -> None:
        fleet = Fleet(Account(50, kind), 50)
        fleet.start(3)
        await asyncio.sleep(20)
        fleet.start()
        at_s = now_s()
        await asyncio.sleep(13)
        share = 50 * 0.99 / 4
        for worker in fleet.workers:
            assert between(worker.served_at_s, at_s + 3, at_s + 13) == pytest.approx(10 * share, abs=2)
        await fleet.end()

    run_virtual(main())


@pytest.mark.parametrize(("quota_per_s", "kind"), QUOTAS)
@pytest.mark.parametrize("workers", [1, 8])
def test_half_the_quota_that_was_said_throttles_few_and_starves_nobody(
    quota_per_s: float, kind: Kind, workers: int
) -> None:
    async def main() -> None:
        account = Account(quota_per_s / 2, kind)
        fleet = Fleet(account, quota_per_s)
        fleet.start(workers)
        await asyncio.sleep(60)
        assert account.throttled(0, 60) < 0.10  # what it takes to find out is in it
        # A window of 2.5 a second only ever serves 2.
        assert account.served(10, 60) >= (0.65 if kind is Kind.WINDOW and quota_per_s == 5 else 0.85)
        rates = [between(worker.served_at_s, 10, 60) for worker in fleet.workers]
        assert min(rates) >= 0.8 * max(rates) - 2
        await fleet.end()

    run_virtual(main())


@pytest.mark.parametrize(("quota_per_s", "kind"), QUOTAS)
def test_a_smaller_quota_is_exceeded_seldom_once_it_is_known(quota_per_s: float, kind: Kind) -> None:
    async def main() -> None:
        account = Account(0.8 * quota_per_s, kind)
        fleet = Fleet(account, quota_per_s)
        fleet.start(3)
        await asyncio.sleep(110)
        assert account.throttled(30, 110) < 0.04
        assert account.served(30, 110) >= 0.85
        await fleet.end()

    run_virtual(main())


def test_a_quota_that_grows_back_is_used_again() -> None:
    async def main() -> None:
        account = Account(25, Kind.BUCKET)
        fleet = Fleet(account, 50)
        fleet.start(4)
        await asyncio.sleep(20)
        account.quota_per_s = 50
        await asyncio.sleep(40)
        assert account.served(now_s() - 10, now_s()) >= 0.98
        await fleet.end()

    run_virtual(main())


@pytest.mark.parametrize("kind", Kind)
def test_workers_that_cannot_find_each_other_go_by_throttles(kind: Kind) -> None:
    async def main() -> None:
        account = Account(50, kind)
        fleet = Fleet(account, 50)
        fleet.membership.is_down = True
        fleet.start(3)
        await asyncio.sleep(70)
        assert account.throttled(20, 70) < 0.10
        assert account.served(20, 70) >= 0.85
        await fleet.end()

    run_virtual(main())


def test_clocks_that_disagree_cost_little() -> None:
    async def main() -> None:
        account = Account(50, Kind.WINDOW)
        fleet = Fleet(account, 50, skew_s=3.0)
        fleet.start(8)
        await asyncio.sleep(55)
        assert account.served(15, 55) >= 0.95
        assert account.throttled(15, 55) <= 0.01
        await fleet.end()

    run_virtual(main())


@pytest.mark.parametrize(("quota_per_s", "kind"), QUOTAS)
def test_a_dead_workers_share_is_taken_over_within_three_seconds(quota_per_s: float, kind: Kind) -> None:
    async def main() -> None:
        account = Account(quota_per_s, kind)
        fleet = Fleet(account, quota_per_s)
        fleet.start(4)
        await asyncio.sleep(15)
        at_s = now_s()
        for number in (1, 2):
            await fleet.kill(number)
        await asyncio.sleep(13)
        assert account.served(at_s + 3, at_s + 13) >= 0.98
        assert account.throttled(at_s, at_s + 13) == 0
        await fleet.end()

    run_virtual(main())


def test_a_member_costs_two_requests_a_second() -> None:
    async def main() -> None:
        fleet = Fleet(Account(50, Kind.BUCKET), 50)
        fleet.start(4)
        await asyncio.sleep(30)
        assert fleet.membership.requests <= 4 * 30 * 2 + 4
        await fleet.end()

    run_virtual(main())
