"""Items found by their content and by their status."""

from datetime import timedelta
from uuid import uuid4

from shared.contracts.words import Action, Status
from shared.ledger.port import Ledger
from shared.ledger.record import content_key
from tests.contract.ledger.entries import (
    NOON,
    OTHER_POLICY,
    POLICY,
    after,
    quarantined,
    submission,
    verdict,
)
from tests.contract.ledger.test_ledger.looks import in_status, status

CONTENT = content_key("default", "ab" * 32, POLICY)


class TestFinding:
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
