"""Begins the job of one video: waits for a slot, starts the job once, writes down which it is.

    take a slot ─► start (token) ─► VideoStarted ─► keep the slot ─► done: Rekognition tells when the job has ended
        (write)                        (write)         (write)

A crash anywhere leaves the slot with the attempt. The next delivery finds it, starts with the same token, and gets the
same job: nothing runs, or is paid for, twice.
"""

from typing import Final

from services.moderate.domain.videos import (
    found,
    id_of_attempt,
    is_final,
    may_try,
    newest_failure,
    next_attempt,
    running,
    token,
)
from services.moderate.handler.ports import VideoPorts
from services.moderate.handler.video_results import given_up, pass_on
from shared.consumer.ports import Message
from shared.contracts.cloudevents import decode
from shared.contracts.messages import MODERATION_REQUESTED, ModerationRequested
from shared.contracts.words import MediaKind
from shared.detection import NO_ROOM_FOR_JOB, TOKEN_TAKEN, JobRequest
from shared.errors import GavelError, Permanent, Transient
from shared.ledger.entries import VideoFailed, VideoStarted
from shared.ledger.record import Record
from shared.telemetry.carrier import TRACEPARENT, inject

MAY_HAVE_STARTED: Final = frozenset({"rekognition-unreachable", "rekognition-failed"})
"""No answer came: a job may be running all the same, in the slot that the attempt keeps until it is asked for again."""


async def on_video_requested(message: Message, ports: VideoPorts) -> None:
    """Raises Deferred when no slot or no job is to be had for long: waiting must not use up the message's receives."""
    event = decode(message.body, MODERATION_REQUESTED, ModerationRequested)
    request, item = event.data, event.data.submission
    if item.kind is not MediaKind.VIDEO:
        raise Permanent("not-a-video", "this queue is for videos", media_id=item.media_id)
    record = await _record(item.media_id, ports)
    attempt = token(item.media_id, next_attempt(record))
    if (evidence := found(record)) is not None:
        await ports.slots.release(attempt)
        await pass_on(record, evidence, ports, is_redriven=message.redriven_at is not None)
    elif (job := running(record)) is not None:
        await ports.slots.keep(job.token)
    elif (
        (newest := newest_failure(record)) is not None
        and not may_try(newest, message.redriven_at)
        and event.id != id_of_attempt(request, next_attempt(record))
    ):
        # A late repeat of what asked for an earlier attempt.
        given_up(record, newest)
    else:
        await ports.slots.take(attempt, item.lane)
        # Others may have been at it while this waited.
        record = await _record(item.media_id, ports)
        if found(record) is not None or token(item.media_id, next_attempt(record)) != attempt:
            await ports.slots.release(attempt)
            raise Transient("video-overtaken", media_id=item.media_id)
        if running(record) is None:
            await _start(request, next_attempt(record), ports)


async def _record(media_id: str, ports: VideoPorts) -> Record:
    record = await ports.ledger.record(media_id)
    if record is None:
        raise Permanent("unknown-item", "nobody has opened this item", media_id=media_id)
    return record


async def _start(request: ModerationRequested, attempt: int, ports: VideoPorts) -> None:
    media_id = request.submission.media_id
    try:
        job_id = await _asked(request, attempt, ports)
    except GavelError as error:
        if error.code == NO_ROOM_FOR_JOB:
            await ports.slots.close()
        if not (isinstance(error, Transient) and error.code in MAY_HAVE_STARTED):
            await ports.slots.release(token(media_id, attempt))
        if error.code != TOKEN_TAKEN:
            raise
        # An earlier version of this service, or of its topic, made this attempt with other parameters. The end of that
        # job is told elsewhere, if anywhere: the next delivery makes another attempt.
        failed = VideoFailed(at=ports.clock(), attempt=attempt, code=TOKEN_TAKEN)
        await ports.ledger.add(media_id, failed)
        if is_final(failed):
            raise
        raise Transient(TOKEN_TAKEN, error.detail, media_id=media_id) from error
    await ports.ledger.add(
        media_id,
        VideoStarted(
            at=ports.clock(),
            attempt=attempt,
            job_id=job_id,
            token=token(media_id, attempt),
            traceparent=inject().get(TRACEPARENT),
        ),
    )
    # Had it waited for long, the sweep may have taken its slot for one that somebody left.
    await ports.slots.keep(token(media_id, attempt))


async def _asked(request: ModerationRequested, attempt: int, ports: VideoPorts) -> str:
    item = request.submission
    policy = await ports.policies.at(item.policy)
    async with ports.start_quota.turn(item.lane):
        return await ports.detector.start(
            JobRequest(
                video=request.readable,
                min_confidence=policy.min_confidence,
                token=token(item.media_id, attempt),
                media_id=item.media_id,
            )
        )
