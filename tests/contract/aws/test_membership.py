"""The contract of `shared.membership.Membership`, for the one in memory and the one in DynamoDB alike."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.membership import Beat, Membership

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def beat(second: float, *, throttled: int = 0, factor: float = 1.0) -> Beat:
    return Beat(at=NOON + timedelta(seconds=second), throttled=throttled, factor=factor)


class TestMembership:
    async def test_a_beat_is_kept_exactly_and_returned(self, membership: Membership) -> None:
        mine = beat(0.123456, throttled=3, factor=0.1 + 0.2)
        assert await membership.beat("a", mine) == {"a": mine}

    async def test_everybody_sees_everybodys_last_beat(self, membership: Membership) -> None:
        await membership.beat("a", beat(0))
        await membership.beat("b", beat(1))
        assert await membership.beat("a", beat(2)) == {"a": beat(2), "b": beat(1)}

    async def test_of_members_that_join_at_once_all_but_one_see_another(self, membership: Membership) -> None:
        heard = await asyncio.gather(*(membership.beat(name, beat(0)) for name in "abcd"))
        assert sorted(len(beats) for beats in heard) == [1, 2, 3, 4]

    async def test_who_leaves_is_gone(self, membership: Membership) -> None:
        await membership.beat("a", beat(0))
        await membership.beat("b", beat(0))
        await membership.leave("b")
        assert await membership.beat("a", beat(1)) == {"a": beat(1)}
        await membership.leave("never-there")

    async def test_the_forgotten_are_cleared_away(self, membership: Membership) -> None:
        for name in ("b.c-d/e#f", "g", "h"):
            await membership.beat(name, beat(0))
        assert await membership.beat("a", beat(1), forget={"b.c-d/e#f", "h", "nobody"}) == {"a": beat(1), "g": beat(0)}

    async def test_a_name_may_be_any_text(self, membership: Membership) -> None:
        for name in ("me", "expires_at", "pk", "#1", "a b✓"):
            assert name in await membership.beat(name, beat(0))
