"""What is added to an item's record, and comes back."""

import pytest

from shared.contracts.words import Action, MediaKind, Status
from shared.ledger.entries import Entry, LoopEnded
from shared.ledger.port import Ledger
from shared.ledger.record import Summary
from tests.contract.ledger.entries import (
    EVERY_KIND,
    FINDINGS,
    NOON,
    POLICY,
    after,
    evidence,
    submission,
)
from tests.contract.ledger.test_ledger.looks import status, summary


class TestEntries:
    async def test_an_item_is_opened_once_and_stands_at_received(self, ledger: Ledger, media_id: str) -> None:
        assert await ledger.open(media_id, submission())
        assert not await ledger.open(media_id, submission(after(60)))
        assert await summary(ledger, media_id) == Summary(
            media_id=media_id,
            status=Status.RECEIVED,
            tenant="default",
            received_at=NOON,
            updated_at=NOON,
            kind=MediaKind.IMAGE,
            policy=POLICY,
        )

    async def test_opening_again_does_not_set_an_item_back(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(media_id, Status.DECIDED, after(1))
        assert not await ledger.open(media_id, submission())
        assert await status(ledger, media_id) is Status.DECIDED

    @pytest.mark.parametrize("entry", EVERY_KIND, ids=lambda entry: entry.key)
    async def test_every_kind_of_entry_comes_back_exactly(self, ledger: Ledger, media_id: str, entry: Entry) -> None:
        assert await ledger.add(media_id, entry)
        assert await ledger.entry(media_id, entry.key) == entry

    async def test_a_taken_key_keeps_its_first_entry(self, ledger: Ledger, media_id: str) -> None:
        first = LoopEnded(at=NOON, round=1, outcome="ruled", action=Action.REJECT)
        assert await ledger.add(media_id, first)
        assert not await ledger.add(media_id, first)
        assert not await ledger.add(media_id, LoopEnded(at=after(1), round=1, outcome="expired"))
        assert await ledger.entry(media_id, first.key) == first

    async def test_an_entry_that_is_not_there_is_none(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        assert await ledger.entry(media_id, "verdict#0001") is None
        assert await ledger.entry("nobody", "submission") is None

    async def test_thousands_of_findings_fit(self, ledger: Ledger, media_id: str) -> None:
        many = evidence(*(FINDINGS * 1_000))
        assert await ledger.add(media_id, many)
        assert await ledger.entry(media_id, many.key) == many

    async def test_a_record_has_the_entries_in_order_of_time(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, EVERY_KIND[0])  # type: ignore[arg-type]
        for entry in reversed(EVERY_KIND):
            await ledger.add(media_id, entry)
        record = await ledger.record(media_id)
        assert record is not None
        at = [entry.at for entry in record.entries]
        assert at == sorted(at)
        assert {entry.key for entry in record.entries} == {entry.key for entry in EVERY_KIND}

    async def test_there_is_no_record_of_what_was_never_opened(self, ledger: Ledger, media_id: str) -> None:
        assert await ledger.record(media_id) is None
        await ledger.add(media_id, evidence())
        assert await ledger.record(media_id) is None
