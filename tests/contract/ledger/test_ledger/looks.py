"""What a test sees of a ledger."""

from datetime import datetime

from shared.contracts.words import Status
from shared.ledger.port import Ledger
from shared.ledger.record import Summary


async def summary(ledger: Ledger, media_id: str) -> Summary:
    record = await ledger.record(media_id)
    assert record is not None
    return record.summary


async def status(ledger: Ledger, media_id: str) -> Status:
    return (await summary(ledger, media_id)).status


async def in_status(ledger: Ledger, status: Status, before: datetime | None = None) -> list[str]:
    return [one.media_id async for one in ledger.by_status(status, before=before)]
