"""The contract of `shared.ledger.port.Ledger`, for the ledger in memory and the one in DynamoDB alike."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from shared.aws.ledger import DynamoLedger
from shared.contracts.words import Action, MediaKind, Status
from shared.ledger.entries import RANK, Entry, LoopEnded, Summary, content_key
from shared.ledger.port import Ledger
from tests.contract.ledger.conftest import NOW
from tests.contract.ledger.entries import (
    EVERY_KIND,
    FINDINGS,
    NOON,
    OTHER_POLICY,
    POLICY,
    after,
    discarded,
    evidence,
    quarantined,
    submission,
    verdict,
)
from tests.fakes.dynamodb import Table
from tests.fakes.ledger import MemoryLedger

CONTENT = content_key("default", "ab" * 32, POLICY)


@pytest.fixture(params=["memory", "metered", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Besides the two, the real one over the DynamoDB in memory that tests meter its requests with."""
    if request.param == "memory":
        return MemoryLedger()
    if request.param == "metered":
        return DynamoLedger(Table(), "ledger", clock=lambda: NOW)
    ledger: Ledger = request.getfixturevalue("dynamo_ledger")
    return ledger


@pytest.fixture
def media_id() -> str:
    return uuid4().hex[:26]


async def summary(ledger: Ledger, media_id: str) -> Summary:
    record = await ledger.record(media_id)
    assert record is not None
    return record.summary


async def status(ledger: Ledger, media_id: str) -> Status:
    return (await summary(ledger, media_id)).status


async def in_status(ledger: Ledger, status: Status, before: datetime | None = None) -> list[str]:
    return [one.media_id async for one in ledger.by_status(status, before=before)]


class TestLedger:
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

    async def test_a_summary_only_moves_forward(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        assert await ledger.advance(media_id, Status.MODERATED, after(1))
        assert not await ledger.advance(media_id, Status.MODERATED, after(2))
        assert not await ledger.advance(media_id, Status.MODERATING, after(2))
        found = await summary(ledger, media_id)
        assert (found.status, found.updated_at) == (Status.MODERATED, after(1))
        assert found.received_at == NOON

    async def test_what_nobody_opened_does_not_move(self, ledger: Ledger, media_id: str) -> None:
        assert not await ledger.advance(media_id, Status.DONE, NOON, verdict=Action.APPROVE, verdict_number=1)
        await ledger.quarantine(quarantined("q", media_id))
        assert not await ledger.advance(media_id, Status.MODERATED, after(1))
        assert await status(ledger, media_id) is Status.QUARANTINED

    async def test_a_verdict_shows_in_the_summary(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        assert await ledger.advance(
            media_id, Status.DONE, after(1), verdict=Action.REJECT, verdict_number=1, content_key=CONTENT
        )
        found = await summary(ledger, media_id)
        assert (found.verdict, found.verdict_number, found.content_key) == (Action.REJECT, 1, CONTENT)

    async def test_a_verdict_outlives_moves_that_do_not_name_it(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(
            media_id, Status.DECIDED, after(1), verdict=Action.REJECT, verdict_number=1, content_key=CONTENT
        )
        assert await ledger.advance(media_id, Status.DONE, after(2))
        found = await summary(ledger, media_id)
        assert (found.verdict, found.verdict_number, found.content_key) == (Action.REJECT, 1, CONTENT)

    async def test_a_higher_verdict_number_is_forward_even_when_done(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(media_id, Status.DONE, after(1), verdict=Action.REJECT, verdict_number=1)
        assert await ledger.advance(media_id, Status.DONE, after(2), verdict=Action.APPROVE, verdict_number=2)
        assert not await ledger.advance(media_id, Status.DONE, after(3), verdict=Action.REJECT, verdict_number=1)
        assert not await ledger.advance(media_id, Status.DONE, after(3), verdict=Action.REJECT, verdict_number=2)
        found = await summary(ledger, media_id)
        assert (found.verdict, found.verdict_number, found.updated_at) == (Action.APPROVE, 2, after(2))

    async def test_an_appeal_goes_back_to_decided_and_on_to_done(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(media_id, Status.DONE, after(1), verdict=Action.REJECT, verdict_number=1)
        assert await ledger.advance(media_id, Status.DECIDED, after(2), verdict=Action.APPROVE, verdict_number=2)
        assert await ledger.advance(media_id, Status.DONE, after(3), verdict=Action.APPROVE, verdict_number=2)

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

    async def test_a_verdict_is_found_by_content(self, ledger: Ledger, media_id: str) -> None:
        assert await ledger.verdict_for(CONTENT) is None
        await ledger.open(media_id, submission())
        await ledger.add(media_id, verdict(1))
        await ledger.advance(
            media_id, Status.DONE, after(1), verdict=Action.APPROVE, verdict_number=1, content_key=CONTENT
        )
        assert await ledger.verdict_for(CONTENT) == (media_id, verdict(1))
        assert await ledger.verdict_for(content_key("default", "cd" * 32, POLICY)) is None
        assert await ledger.verdict_for(content_key("default", "ab" * 32, OTHER_POLICY)) is None

    async def test_the_verdict_found_by_content_is_the_current_one(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.add(media_id, verdict(1))
        await ledger.advance(
            media_id, Status.DONE, after(1), verdict=Action.APPROVE, verdict_number=1, content_key=CONTENT
        )
        await ledger.add(media_id, verdict(2, Action.REJECT))
        assert await ledger.verdict_for(CONTENT) == (media_id, verdict(2, Action.REJECT))

    async def test_a_verdict_under_another_policy_is_not_reused(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(
            media_id, Status.DONE, after(1), verdict=Action.APPROVE, verdict_number=1, content_key=CONTENT
        )
        assert await ledger.verdict_for(CONTENT) is None
        await ledger.add(media_id, verdict(1, policy=OTHER_POLICY))
        assert await ledger.verdict_for(CONTENT) is None

    async def test_items_of_one_status_come_oldest_first_over_days(self, ledger: Ledger) -> None:
        days = {uuid4().hex: NOON - timedelta(days=back) for back in (2, 0, 30, 1)}
        for media_id, at in days.items():
            await ledger.open(media_id, submission(at))
        assert await in_status(ledger, Status.RECEIVED) == sorted(days, key=days.__getitem__)
        assert await in_status(ledger, Status.DONE) == []

    async def test_items_updated_at_or_after_a_time_are_left_out(self, ledger: Ledger) -> None:
        ids = [uuid4().hex for _ in range(4)]
        for media_id, at in zip(ids, (after(-86_400), after(-1), after(0), after(1)), strict=True):
            await ledger.open(media_id, submission(at))
        assert await in_status(ledger, Status.RECEIVED, before=NOON) == ids[:2]

    async def test_items_updated_before_a_time_are_left_out(self, ledger: Ledger) -> None:
        ids = [uuid4().hex for _ in range(4)]
        for media_id, at in zip(ids, (after(-86_400), after(-1), after(0), after(86_400)), strict=True):
            await ledger.open(media_id, submission(at))
        found = [one.media_id async for one in ledger.by_status(Status.RECEIVED, since=NOON, before=after(90_000))]
        assert found == ids[2:]

    async def test_an_item_is_found_under_its_present_status_alone(self, ledger: Ledger, media_id: str) -> None:
        await ledger.open(media_id, submission())
        await ledger.advance(media_id, Status.REVIEWING, after(-1))
        assert await in_status(ledger, Status.RECEIVED) == []
        assert await in_status(ledger, Status.REVIEWING) == [media_id]

    async def test_what_is_not_listed_is_found_by_itself_alone_until_it_is_listed_again(
        self, ledger: Ledger, media_id: str
    ) -> None:
        await ledger.open(media_id, submission())
        assert await ledger.advance(media_id, Status.MODERATING, after(1), is_listed=False)
        assert await in_status(ledger, Status.RECEIVED) == []
        assert await in_status(ledger, Status.MODERATING) == []
        assert await status(ledger, media_id) is Status.MODERATING
        await ledger.quarantine(quarantined("q1", media_id, after(2)))
        assert await in_status(ledger, Status.QUARANTINED) == [media_id]
        assert await ledger.advance(media_id, Status.DONE, after(600), is_listed=False)
        assert await in_status(ledger, Status.QUARANTINED) == []
        assert await ledger.advance(media_id, Status.APPEALED, after(700), verdict_number=1)
        assert await in_status(ledger, Status.APPEALED) == [media_id]

    async def test_a_lease_has_one_holder_until_it_ends(self, ledger: Ledger) -> None:
        assert await ledger.lease("sweep", "a", now=NOON, ttl_s=10)
        assert not await ledger.lease("sweep", "b", now=after(9.999999), ttl_s=10)
        assert await ledger.lease("another", "b", now=NOON, ttl_s=10)
        assert await ledger.lease("sweep", "b", now=after(10), ttl_s=10)
        assert not await ledger.lease("sweep", "a", now=after(11), ttl_s=10)

    async def test_a_holder_extends_its_lease(self, ledger: Ledger) -> None:
        await ledger.lease("sweep", "a", now=NOON, ttl_s=10)
        assert await ledger.lease("sweep", "a", now=after(5), ttl_s=10)
        assert not await ledger.lease("sweep", "b", now=after(12), ttl_s=10)
