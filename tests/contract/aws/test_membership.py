"""The contract of `shared.membership.Membership`, for the one in memory and the one in DynamoDB alike."""

import asyncio

from shared.membership import Beat, Membership
from shared.restraint import Restraint

NOON_S = 1_773_144_000.0


def beat(second: float) -> Beat:
    return Beat(at_s=NOON_S + second, begins_s=NOON_S, ends_s=NOON_S + second + 2)


class TestMembership:
    async def test_a_beat_is_kept_exactly_and_returned(self, membership: Membership) -> None:
        mine = Beat(
            at_s=NOON_S + 0.123456,
            begins_s=NOON_S,
            ends_s=NOON_S + 1e-6,
            throttled=3,
            restraint=Restraint(at_s=NOON_S, ceiling=0.1 + 0.2, return_s=10),
        )
        assert await membership.beat("a", mine) == {"a": mine}

    async def test_everybody_sees_everybodys_last_beat(self, membership: Membership) -> None:
        await membership.beat("a", beat(0))
        await membership.beat("b", beat(1))
        assert await membership.beat("a", beat(2)) == {"a": beat(2), "b": beat(1)}

    async def test_of_members_that_join_at_once_all_but_one_see_another(self, membership: Membership) -> None:
        heard = await asyncio.gather(*(membership.beat(name, beat(0)) for name in "abcd"))
        assert sorted(len(beats) for beats in heard) == [1, 2, 3, 4]

    async def test_the_forgotten_are_cleared_away(self, membership: Membership) -> None:
        for name in ("b.c-d/e#f", "g", "h"):
            await membership.beat(name, beat(0))
        assert await membership.beat("a", beat(1), forget={"b.c-d/e#f", "h", "nobody"}) == {"a": beat(1), "g": beat(0)}

    async def test_a_name_may_be_any_text(self, membership: Membership) -> None:
        for name in ("me", "expires_at", "pk", "#1", "a b✓"):
            assert name in await membership.beat(name, beat(0))
