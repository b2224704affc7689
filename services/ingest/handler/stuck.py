"""Takes up items again that were opened and then left: their message is gone, and no other will name their version.

That happens when INGEST crashes behind the opening of an item whose event named no version, and the object is written
anew before the event is delivered again: the event then means the new version.
"""

from datetime import timedelta

from services.ingest.domain.envelopes import Sighting
from services.ingest.domain.items import media_submitted
from services.ingest.handler.ports import Ports
from shared.contracts.words import Status
from shared.ledger.entries import SubmissionOpened
from shared.ledger.views import only


async def take_up_again(ports: Ports, *, holder: str, age: timedelta, interval: timedelta) -> int:
    """Send an event for every item that has been RECEIVED for longer than `age`, naming its version; returns how many.

    `age` is longer than any message is tried, so what is found is nobody's; a repeat changes nothing all the same.
    """
    now = ports.clock()
    if not await ports.ledger.lease("received-sweep", holder, now=now, ttl_s=int(interval.total_seconds())):
        return 0
    found = 0
    async for summary in ports.ledger.by_status(Status.RECEIVED, before=now - age):
        record = await ports.ledger.record(summary.media_id)
        opened = only(record, SubmissionOpened) if record else None
        if record is None or opened is None or record.summary.status is not Status.RECEIVED:
            continue
        sighting = Sighting(
            media=opened.source,
            envelope=opened.envelope,
            tenant=opened.tenant,
            external_id=opened.external_id,
            lane=opened.lane,
            bulk=opened.bulk,
        )
        await ports.split.send(media_submitted(sighting, now), group=opened.tenant)
        found += 1
    return found
