"""Takes appeals: opens a round with other reviewers about an item that has its verdict.

    appeal ─► record ─► refused? ─► appeal ─► loop ─► start ─► summary
                                    (write)  (write)           (write)

A crash after any of these finds what was written, by the id of the event or by the verdict that it is against.
"""

from services.review.domain.appeals import appeal_opened
from services.review.handler.cases import case_of, open_round
from services.review.handler.ports import Ports
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, decode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.errors import Permanent, Transient
from shared.ledger.appeals import refusal
from shared.ledger.entries import AppealOpened
from shared.ledger.record import Record
from shared.ledger.views import reviewers, verdict
from shared.telemetry.context import about


async def on_appeal_requested(message: Message, ports: Ports) -> None:
    """Two appeals against the same verdict are one. Raises Permanent for what can't be appealed against, without
    naming the item: a refused appeal says nothing about how the item stands."""
    event = decode(message.body, APPEAL_REQUESTED, AppealRequested)
    record = await ports.ledger.record(event.data.media_id)
    if record is None or (opened := _asked_before(event, record)) is None:
        record, opened = await _open(event, record, ports)
    about(record.summary.media_id)
    if verdict(record, opened.verdict + 1) is not None:
        return
    case = await case_of(record, ports)
    await open_round(case, opened.round, ports, excluded=reviewers(record), appeal_of=opened.verdict)


def _asked_before(event: CloudEvent[AppealRequested], record: Record) -> AppealOpened | None:
    """The appeal that an earlier delivery of this event opened, however the item stands by now."""
    appeals = (entry for entry in record.entries if isinstance(entry, AppealOpened))
    return next((entry for entry in appeals if entry.cause == event.id), None)


async def _open(event: CloudEvent[AppealRequested], record: Record | None, ports: Ports) -> tuple[Record, AppealOpened]:
    refused = refusal(record, event.data.verdict)
    if refused is not None or record is None:
        code, text = (refused.code, refused.text) if refused else ("appeal-of-unknown-item", "there is no such item")
        raise Permanent(code, text)
    wanted = appeal_opened(event, record, ports.clock())
    if await ports.ledger.add(event.data.media_id, wanted):
        return record, wanted
    first = await ports.ledger.entry(event.data.media_id, wanted.key)
    if not isinstance(first, AppealOpened):
        raise Transient("appeal-not-readable", media_id=event.data.media_id)
    return record, first
