"""Finds the ends of video jobs that nobody told, and slots that nobody gave back."""

from datetime import timedelta
from typing import Final

from services.moderate.domain.videos import attempt_of, failure, found, running, video_ended
from services.moderate.handler.ports import VideoPorts
from shared.contracts.words import Lane
from shared.detection import JobStatus
from shared.errors import Permanent
from shared.sweep import only_logged

SWEEP: Final = "video-jobs"
LEFT_AFTER: Final = timedelta(minutes=30)
"""A slot without a job: longer than a message is held, so that nobody is about to start one."""


async def look_after_slots(ports: VideoPorts, *, sweeper: str, grace: timedelta, interval: timedelta) -> int:
    """Ask after every job whose slot is held for longer than `grace`; one task looks at a time. Returns how many ends
    and slots were found.

    What is found is told on the queue where Rekognition tells it, so that there is one way to conclude a job. Every job
    that runs has a slot, so there is nothing else to search.
    """
    now = ports.clock()
    if not await ports.ledger.lease("video-sweep", sweeper, now=now, ttl_s=int(interval.total_seconds())):
        return 0
    number = 0
    for attempt, since in (await ports.slots.held()).items():
        if since >= now - grace:
            continue
        # The others must not wait for this one; the next sweep asks again.
        with only_logged(SWEEP, attempt_of(attempt)[0]):
            number += await _look_after(attempt, is_left=since < now - LEFT_AFTER, ports=ports)
    return number


async def _look_after(attempt: str, *, is_left: bool, ports: VideoPorts) -> bool:
    media_id, number = attempt_of(attempt)
    record = await ports.ledger.record(media_id)
    has_ended = record is not None and (found(record) is not None or failure(record, number) is not None)
    job = running(record) if record is not None and not has_ended else None
    if record is not None and job is not None and job.token == attempt:
        if not await _is_over(job.job_id, ports):
            return False
        await ports.completions.send(video_ended(media_id, job.job_id, ports.clock()), group=record.summary.tenant)
        return True
    if has_ended or is_left:
        await ports.slots.release(attempt)
        again = await ports.ledger.record(media_id) if not has_ended else None
        begun = running(again) if again is not None else None
        if begun is not None and begun.token == attempt:
            # Somebody began after all, between the look and the release, and kept the slot too early for that.
            await ports.slots.keep(attempt)
            return False
        return True
    return False


async def _is_over(job_id: str, ports: VideoPorts) -> bool:
    """What can't be answered for this job is concluded as its end too: as with results that are gone."""
    try:
        async with ports.results_quota.turn(Lane.BACKFILL):
            return await ports.detector.status(job_id) is not JobStatus.RUNNING
    except Permanent:
        return True
