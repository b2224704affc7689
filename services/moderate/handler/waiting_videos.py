"""Has videos asked for again that nobody is at any more. Those that wait for a slot do so in their queue, for days
perhaps, and SQS deletes what has waited for too long, unread: no dead-letter queue ever sees it.

The other sweep looks at jobs by their slots; this one looks at items, by what the ledger knows of them.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.moderate.domain.videos import found, is_final, newest_failure, running, started_in, video_ended
from services.moderate.handler.ports import VideoPorts
from services.moderate.handler.video_results import try_again
from shared.contracts.words import MediaKind, Status
from shared.sweep import only_logged

SWEEP: Final = "waiting-videos"
MOST_A_LOOK: Final = 200


@dataclass(slots=True)
class Round:
    """Where one task's round over all that waits stands: a look goes on where the one before stopped, and the next
    round begins when every item may be sent again. A task that begins anew sends some too early, which costs a message
    each and changes nothing."""

    since: datetime | None = None
    next_at: datetime | None = None


async def look_after_waiting(
    ports: VideoPorts, round_: Round, *, sweeper: str, grace: timedelta, interval: timedelta
) -> int:
    """Send again what moves every video on that has been MODERATING, untouched, for longer than `grace`; returns how
    many. One that does wait in its queue gets one message more a round, and that finds its job, or its verdict.
    """
    now = ports.clock()
    # One task keeps it for some looks, so that its round goes on.
    ttl_s = 3 * int(interval.total_seconds())
    if not await ports.ledger.lease("waiting-videos-sweep", sweeper, now=now, ttl_s=ttl_s):
        return 0
    if round_.next_at is not None and now < round_.next_at:
        return 0
    held, looked, number = await ports.slots.held(), 0, 0
    async for summary in ports.ledger.by_status(Status.MODERATING, before=now - grace, since=round_.since):
        if summary.kind is not MediaKind.VIDEO:
            continue
        if looked == MOST_A_LOOK:
            round_.since = summary.updated_at
            return number
        looked += 1
        with only_logged(SWEEP, summary.media_id):
            number += await _moved_on(summary.media_id, held, now - grace, ports)
    round_.since, round_.next_at = None, now + grace
    return number


async def _moved_on(media_id: str, held: Container[str], before: datetime, ports: VideoPorts) -> bool:
    record = await ports.ledger.record(media_id)
    if record is None or record.summary.status is not Status.MODERATING:
        return False
    if any(entry.at >= before for entry in record.entries):
        return False
    job, newest = running(record), newest_failure(record)
    if found(record) is None:
        if job is not None and job.token in held:
            return False
        if job is None and newest is not None and is_final(newest):
            # Given up, and then not quarantined: its end says why once more.
            job = started_in(record, newest.attempt)
        if job is not None:
            await ports.completions.send(video_ended(media_id, job.job_id, ports.clock()), group=record.summary.tenant)
            return True
    await try_again(record, ports)
    return True
