"""What is quarantined, taken out again, or given up."""

from uuid import uuid4

import pytest

from shared.contracts.words import Action, Status
from shared.ledger.port import Ledger
from shared.ledger.record import RANK, Summary
from tests.contract.ledger.entries import (
    NOON,
    after,
    discarded,
    quarantined,
    submission,
)
from tests.contract.ledger.test_ledger.looks import in_status, status, summary


class TestQuarantine:
    @pytest.mark.parametrize("left", [one for one in Status if one not in (Status.DONE, Status.QUARANTINED)])
    async def test_a_redriven_item_comes_back_where_it_was_or_later(
        self, ledger: Ledger, media_id: str, left: Status
    ) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(media_id, left, after(1))
        await ledger.quarantine(quarantined("q", media_id, after(2)))
        assert await status(ledger, media_id) is Status.QUARANTINED
        for earlier in [one for one in Status if RANK[one] < RANK[left]]:
            assert not await ledger.advance(media_id, earlier, after(3))
        assert await ledger.advance(media_id, left, after(3))
        assert await status(ledger, media_id) is left

    async def test_work_that_was_under_way_does_not_hide_a_quarantine(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q", media_id, after(2)))
        assert not await ledger.advance(media_id, Status.RECEIVED, after(1))
        assert await status(ledger, media_id) is Status.QUARANTINED
        assert await ledger.advance(media_id, Status.MODERATED, after(1))

    async def test_who_has_sent_an_item_on_does_not_take_it_out_of_the_quarantine_that_it_went_into(
        self, ledger: Ledger, media_id: str
    ) -> None:
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q", media_id, after(2)))
        assert not await ledger.advance(media_id, Status.MODERATING, after(1), is_listed=False, is_sent_on=True)
        found = await summary(ledger, media_id)
        assert (found.status, found.updated_at) == (Status.QUARANTINED, after(2))
        # What is sent on anew, as by a redrive, goes on.
        assert await ledger.advance(media_id, Status.MODERATING, after(2), is_sent_on=True)
        assert await status(ledger, media_id) is Status.MODERATING
        assert await ledger.advance(media_id, Status.DECIDED, after(1), is_sent_on=True)

    async def test_a_quarantine_never_hides_that_an_item_is_done(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(media_id, Status.DONE, after(1), verdict=Action.APPROVE, verdict_number=1)
        await ledger.quarantine(quarantined("q", media_id, after(2)))
        assert not await ledger.advance(media_id, Status.QUARANTINED, after(3))
        assert await status(ledger, media_id) is Status.DONE
        assert await ledger.entry(media_id, "quarantine#q") == quarantined("q", media_id, after(2))

    async def test_a_discarded_item_leaves_the_quarantine_and_says_who_and_why(
        self, ledger: Ledger, media_id: str
    ) -> None:
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q", media_id, after(1)))
        assert await ledger.discard(media_id, discarded("q", after(2)))
        assert await status(ledger, media_id) is Status.DISCARDED
        assert media_id not in await in_status(ledger, Status.QUARANTINED)
        assert media_id in await in_status(ledger, Status.DISCARDED)
        assert await ledger.entry(media_id, "quarantine#q#discarded") == discarded("q", after(2))
        assert await ledger.entry(media_id, "quarantine#q") is not None

    async def test_only_what_stands_in_quarantine_can_be_discarded(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        assert not await ledger.discard(media_id, discarded("q", after(1)))
        assert await ledger.entry(media_id, "quarantine#q#discarded") is None
        assert await status(ledger, media_id) is Status.RECEIVED
        await ledger.quarantine(quarantined("q", media_id, after(2)))
        assert await ledger.discard(media_id, discarded("q", after(3)))
        assert not await ledger.discard(media_id, discarded("q", after(4)))
        assert await ledger.entry(media_id, "quarantine#q#discarded") == discarded("q", after(3))

    async def test_what_is_under_way_still_goes_on_after_a_discard(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q", media_id, after(1)))
        await ledger.discard(media_id, discarded("q", after(2)))
        assert await ledger.advance(media_id, Status.MODERATED, after(3))
        assert await status(ledger, media_id) is Status.MODERATED

    async def test_a_message_without_an_item_is_quarantined_on_its_own(self, ledger: Ledger) -> None:
        entry = quarantined(uuid4().hex)
        await ledger.quarantine(entry)
        record = await ledger.record(entry.key)
        assert record is not None
        assert record.entries == (entry,)
        assert record.summary == Summary(
            media_id=entry.key, status=Status.QUARANTINED, tenant="", received_at=NOON, updated_at=NOON
        )
        assert entry.key in await in_status(ledger, Status.QUARANTINED)

    async def test_a_message_without_an_item_is_released_for_good(self, ledger: Ledger) -> None:
        entry = quarantined(uuid4().hex)
        await ledger.quarantine(entry)
        assert await ledger.release(entry.key, after(1))
        assert await status(ledger, entry.key) is Status.RECEIVED
        for left in Status:
            assert entry.key not in await in_status(ledger, left)
        assert not await ledger.release(entry.key, after(2))
        await ledger.quarantine(entry)
        assert await status(ledger, entry.key) is Status.RECEIVED

    async def test_an_item_is_never_released(self, ledger: Ledger, media_id: str) -> None:
        await ledger.quarantine(quarantined("q1", media_id))
        assert not await ledger.release(media_id, after(1))
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q2", media_id, after(2)))
        assert not await ledger.release(media_id, after(3))
        assert await status(ledger, media_id) is Status.QUARANTINED

    async def test_an_item_quarantined_before_it_was_opened_can_be_opened(self, ledger: Ledger, media_id: str) -> None:
        await ledger.quarantine(quarantined("q", media_id))
        assert await status(ledger, media_id) is Status.QUARANTINED
        assert await ledger.open(media_id, submission(after(60)))
        found = await summary(ledger, media_id)
        assert (found.status, found.tenant, found.received_at) == (Status.RECEIVED, "default", after(60))
        assert await ledger.entry(media_id, "quarantine#q") is not None

    async def test_a_repeated_quarantine_changes_nothing(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q", media_id, after(1)))
        before = await ledger.record(media_id)
        await ledger.quarantine(quarantined("q", media_id, after(9)))
        assert await ledger.record(media_id) == before
        await ledger.advance(media_id, Status.MODERATED, after(2))
        await ledger.quarantine(quarantined("q", media_id, after(9)))
        assert await status(ledger, media_id) is Status.MODERATED

    async def test_a_repeated_quarantine_mends_what_a_crash_left_undone(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.add(media_id, quarantined("q", media_id, after(1)))
        await ledger.quarantine(quarantined("q", media_id, after(2)))
        found = await summary(ledger, media_id)
        assert (found.status, found.updated_at) == (Status.QUARANTINED, after(1))

    async def test_a_second_quarantine_is_filed_and_the_first_shown(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.quarantine(quarantined("q1", media_id, after(1)))
        await ledger.quarantine(quarantined("q2", media_id, after(2)))
        assert (await summary(ledger, media_id)).updated_at == after(1)
        assert await ledger.entry(media_id, "quarantine#q2") is not None
