"""REVIEW and RESULTS with an item that has its verdict, for tests of appeals."""

from dataclasses import dataclass, field

from services.results.handler import Ports as ResultsPorts
from services.results.handler import on_outcome
from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.contracts.words import Action, DecidedBy
from shared.identity import loop_name
from shared.ledger.entries import VerdictGiven
from shared.ledger.record import Record, Summary
from tests.fakes.queues import FakeTopic
from tests.unit.review.cases import AT, MEDIA_ID, POLICY, ROUND_1, Review_, message, weapons

APPROVE, REJECT = {"ruling": "approve"}, {"ruling": "reject"}
ROUND_2, ROUND_3, ROUND_4 = (loop_name(MEDIA_ID, POLICY.version, number) for number in (2, 3, 4))
OTHER_ID = "b" * 26


@dataclass
class World:
    """REVIEW with RESULTS behind it; what REVIEW sends is delivered by `settle`."""

    review: Review_ = field(default_factory=Review_)
    verdicts: FakeTopic = field(default_factory=FakeTopic)
    alerts: FakeTopic = field(default_factory=FakeTopic)

    async def rejected(self) -> None:
        """An item that the first reviewer has rejected."""
        await on_review_requested(await self.review.accept(*weapons(70)), self.review.ports)
        await conclude(self.review.backend.end(ROUND_1, "Completed", answers=[REJECT]), self.review.ports)
        await self.settle()

    async def settle(self) -> None:
        ports = ResultsPorts(
            ledger=self.review.ledger, verdicts=self.verdicts, alerts=self.alerts, clock=lambda: self.review.now
        )
        for event in self.review.sent:
            await on_outcome(message(encode(event)), ports)
        self.review.outcomes.sent.clear()

    async def appeal(self, cause: str = "complaint-1", *, verdict: int | None = None, media_id: str = MEDIA_ID) -> None:
        await on_appeal_requested(appeal(cause, verdict=verdict, media_id=media_id), self.review.ports)

    async def end(self, name: str, *answers: object, first_worker: int = 10, status: str = "Completed") -> None:
        state = self.review.backend.end(name, status, answers=list(answers), first_worker=first_worker)
        await conclude(state, self.review.ports)
        await self.settle()

    async def record(self, media_id: str = MEDIA_ID) -> Record:
        record = await self.review.ledger.record(media_id)
        assert record is not None
        return record

    async def summary(self) -> Summary:
        return (await self.record()).summary

    async def given(self) -> list[tuple[int, Action, DecidedBy]]:
        entries = (await self.record()).entries
        verdicts = [entry for entry in entries if isinstance(entry, VerdictGiven)]
        return [(one.number, one.action, one.decided_by) for one in verdicts]


def appeal(cause: str, *, verdict: int | None = None, media_id: str = MEDIA_ID) -> Message:
    data = AppealRequested(media_id=media_id, reason="It is a toy.", verdict=verdict, by="api/client-1")
    event = CloudEvent(id=cause, source="t", type=APPEAL_REQUESTED, subject="complaint", time=AT, data=data)
    return message(encode(event))
