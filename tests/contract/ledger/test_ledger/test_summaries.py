"""Where an item stands, which only moves forward."""

from shared.contracts.words import Action, Status
from shared.ledger.port import Ledger
from shared.ledger.record import content_key
from tests.contract.ledger.entries import (
    NOON,
    POLICY,
    after,
    quarantined,
    submission,
)
from tests.contract.ledger.test_ledger.looks import status, summary

CONTENT = content_key("default", "ab" * 32, POLICY)


class TestSummaries:
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
