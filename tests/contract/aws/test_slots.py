"""The contract of `shared.slots.SlotAccount`, for the one in memory and the one in DynamoDB alike."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.slots import SlotAccount

NOON = datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=UTC)


class TestSlotAccount:
    async def test_an_account_that_nobody_has_used_is_empty(self, slot_account: SlotAccount) -> None:
        found = await slot_account.look()
        assert (found.holders, found.closed_until, found.free(20, NOON)) == ({}, None, 20)

    async def test_who_takes_a_slot_holds_it_from_then_on(self, slot_account: SlotAccount) -> None:
        assert (await slot_account.take("a", limit=2, now=NOON)).holders == {"a": NOON}
        later = NOON + timedelta(minutes=1)
        assert (await slot_account.take("a", limit=2, now=later)).holders == {"a": NOON}
        assert (await slot_account.take("b", limit=2, now=later)).holders == {"a": NOON, "b": later}
        assert (await slot_account.look()).free(2, NOON) == 0

    async def test_of_many_who_come_at_once_as_many_get_in_as_may(self, slot_account: SlotAccount) -> None:
        names = [f"item-{number}" for number in range(30)]
        answers = await asyncio.gather(*(slot_account.take(name, limit=20, now=NOON) for name in names))
        held = (await slot_account.look()).holders
        assert len(held) == 20
        assert {name for name, answer in zip(names, answers, strict=True) if name in answer.holders} == set(held)

    async def test_what_is_released_is_free_again_and_once_only(self, slot_account: SlotAccount) -> None:
        await slot_account.take("a", limit=2, now=NOON)
        await slot_account.take("b", limit=2, now=NOON)
        for _ in range(3):
            assert set((await slot_account.release("a")).holders) == {"b"}
        await slot_account.release("never-there")
        for name in ("c", "d"):
            answer = await slot_account.take(name, limit=2, now=NOON)
        assert set(answer.holders) == {"b", "c"}

    async def test_while_it_is_closed_none_is_given_out_and_what_is_held_stays(self, slot_account: SlotAccount) -> None:
        await slot_account.take("a", limit=5, now=NOON)
        until = NOON + timedelta(seconds=20)
        assert (await slot_account.close(until)).closed_until == until
        early, late = NOON + timedelta(seconds=19), NOON + timedelta(seconds=20)
        assert set((await slot_account.take("b", limit=5, now=early)).holders) == {"a"}
        assert set((await slot_account.take("a", limit=5, now=early)).holders) == {"a"}
        assert set((await slot_account.take("b", limit=5, now=late)).holders) == {"a", "b"}

    async def test_with_fewer_slots_than_before_the_surplus_runs_out(self, slot_account: SlotAccount) -> None:
        for name in "abc":
            await slot_account.take(name, limit=3, now=NOON)
        await slot_account.release("a")
        assert set((await slot_account.take("d", limit=2, now=NOON)).holders) == {"b", "c"}

    async def test_a_name_may_be_any_text(self, slot_account: SlotAccount) -> None:
        for name in ("held", "closed_until", "pk", "#1", "a b✓"):
            assert name in (await slot_account.take(name, limit=20, now=NOON)).holders
