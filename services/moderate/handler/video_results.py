"""Concludes the job of one video: takes in everything it has found, keeps it, and passes it on to REVIEW; or has it
tried again, or quarantined, when it has failed.

    job over? ─► release the slot ─► every page ─► evidence ─► advance ─► REVIEW
                                                   (write)     (write)    (send)

Whoever tells of the end (Rekognition, twice perhaps, or the sweep), the message is what brings an end back until it is
concluded: so the slot goes first, and the next video doesn't wait for the pages of this one.
"""

import asyncio
import gzip
import json
from dataclasses import dataclass
from io import BytesIO
from typing import Final, assert_never

import msgspec

from services.moderate.domain import videos
from services.moderate.domain.sending import review_requested
from services.moderate.domain.videos import JOB_FAILED, Ended
from services.moderate.handler.ports import VideoPorts
from shared.consumer.ports import Message
from shared.contracts.frames import FrameFinding, pack, strongest
from shared.contracts.messages import Evidence
from shared.contracts.words import Lane, Status
from shared.detection import PAGE_EXPIRED, RESULTS_GONE, JobPage, JobStatus
from shared.errors import Permanent, Transient
from shared.ledger.entries import EvidenceFound, Record, VideoFailed, VideoStarted
from shared.telemetry import spans
from shared.telemetry.context import about

NOT_PASSED_ON: Final = frozenset({Status.RECEIVED, Status.MODERATING, Status.MODERATED, Status.QUARANTINED})
PAGE_TRIES: Final = 5
FIRST_PAGE_AGAIN: Final = 3
"""A page is good for a day: whoever needs longer than that three times has another problem."""


async def on_video_ended(message: Message, ports: VideoPorts) -> None:
    """Raises Permanent when the video can't be judged, with the item; Transient when its job isn't over after all."""
    end = videos.ended(message.body)
    record = await ports.ledger.record(end.media_id)
    if record is None:
        raise Permanent("video-job-unknown", "no item has this job; does another stack use the topic?")
    started = videos.started_as(record, end.job_id)
    if started is not None:
        about(end.media_id)
    with spans.resumed("conclude video job", started.traceparent if started else None):
        known = videos.found(record)
        failed = videos.failure(record, started.attempt) if started else None
        if started is not None and (known is not None or failed is not None):
            await ports.slots.release(started.token)
        if known is not None:
            await pass_on(record, known.evidence, ports)
        elif failed is not None:
            await _told_again(message, record, failed, ports)
        else:
            await _conclude(end, record, started, ports)


async def pass_on(record: Record, evidence: Evidence, ports: VideoPorts) -> None:
    """Nothing when REVIEW has it already."""
    if record.summary.status not in NOT_PASSED_ON:
        return
    request, now = videos.request_of(record), ports.clock()
    await ports.ledger.advance(record.summary.media_id, Status.MODERATED, now)
    await ports.reviews.send(review_requested(request, evidence, now), group=request.submission.tenant)


async def _conclude(end: Ended, record: Record, started: VideoStarted | None, ports: VideoPorts) -> None:
    try:
        first = await _page(end.job_id, None, videos.request_of(record).submission.lane, ports)
    except Permanent as error:
        if error.code != RESULTS_GONE:
            raise
        await _give_up(record, started, RESULTS_GONE, "", ports)
        return
    match first.status:
        case JobStatus.RUNNING:
            raise Transient("video-job-running", "it is told to be over", retry_after_s=10)
        case JobStatus.FAILED:
            await _give_up(record, started, JOB_FAILED, first.problem, ports)
        case JobStatus.SUCCEEDED:
            await _take_in(end, first, record, started, ports)
        case _:
            assert_never(first.status)


async def _told_again(message: Message, record: Record, failed: VideoFailed, ports: VideoPorts) -> None:
    """A repeat of what was concluded, or a crash just behind it; or an operator who wants it tried once more."""
    if not videos.is_final(failed) or videos.was_redriven(record, message.sent_at):
        if videos.running(record) is None:
            await _try_again(record, ports)
    elif record.summary.status is not Status.QUARANTINED:
        raise Permanent(failed.code, failed.detail, media_id=record.summary.media_id)


async def _give_up(record: Record, started: VideoStarted | None, code: str, detail: str, ports: VideoPorts) -> None:
    """This attempt, and with the last one, or for a reason that stays, the item."""
    if started is None:
        # Whoever started it has crashed, and will write it down. Not told with the item: the job may be a stranger's.
        raise Transient("video-job-not-recorded", retry_after_s=30)
    media_id = record.summary.media_id
    await ports.slots.release(started.token)
    failed = VideoFailed(at=ports.clock(), attempt=started.attempt, code=code, detail=detail)
    await ports.ledger.add(media_id, failed)
    if videos.is_final(failed):
        raise Permanent(code, detail, media_id=media_id)
    await _try_again(msgspec.structs.replace(record, entries=(*record.entries, failed)), ports)


async def _try_again(record: Record, ports: VideoPorts) -> None:
    """By the queue where videos wait: the next attempt needs a slot like everybody's."""
    request = videos.request_of(record)
    outbox = ports.backfill if request.submission.lane is Lane.BACKFILL else ports.requests
    event = videos.requested_again(request, videos.next_attempt(record), ports.clock())
    await outbox.send(event, group=request.submission.tenant)


async def _take_in(end: Ended, first: JobPage, record: Record, started: VideoStarted | None, ports: VideoPorts) -> None:
    if first.media_id not in (None, end.media_id):
        raise Permanent("video-job-of-another", "the job was started for another item")
    about(end.media_id)
    if started is not None:
        await ports.slots.release(started.token)
    async with ports.reading:
        evidence = await _evidence(end, first, videos.request_of(record).submission.lane, ports)
    if not await ports.ledger.add(end.media_id, EvidenceFound(at=ports.clock(), evidence=evidence)):
        # Told twice at the same time: what was written first counts, so that REVIEW sees one truth.
        written = await ports.ledger.entry(end.media_id, f"evidence#{videos.DETECTOR}")
        evidence = written.evidence if isinstance(written, EvidenceFound) else evidence
    await pass_on(record, evidence, ports)


async def _evidence(end: Ended, first: JobPage, lane: Lane, ports: VideoPorts) -> Evidence:
    results = await _all_pages(end.job_id, first, lane, ports)
    frames = await asyncio.to_thread(pack, results.findings)
    return Evidence(
        detector=videos.DETECTOR,
        model_version=first.model_version,
        findings=strongest(results.findings),
        content_types=videos.strongest_types(results.findings),
        raw_uri=await ports.evidence.put_packed(end.media_id, videos.RAW_NAME, results.raw),
        video=first.video,
        frames_uri=await ports.evidence.put_packed(end.media_id, videos.FRAMES_NAME, frames),
    )


@dataclass(frozen=True, slots=True)
class _Results:
    """`raw` is every page's unchanged answer, a line of JSON each, gzipped."""

    findings: list[FrameFinding]
    raw: bytes


async def _all_pages(job_id: str, first: JobPage, lane: Lane, ports: VideoPorts) -> _Results:
    for _ in range(FIRST_PAGE_AGAIN):
        try:
            return await _pages_from(job_id, first, lane, ports)
        except Transient as error:
            if error.code != PAGE_EXPIRED:
                raise
            first = await _page(job_id, None, lane, ports)
    raise Transient(PAGE_EXPIRED)


async def _pages_from(job_id: str, page: JobPage, lane: Lane, ports: VideoPorts) -> _Results:
    findings: list[FrameFinding] = []
    buffer = BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as raw:
        while True:
            findings += page.findings
            raw.write(json.dumps(page.raw, ensure_ascii=False, sort_keys=True).encode() + b"\n")
            if page.next_page is None:
                break
            page = await _page(job_id, page.next_page, lane, ports)
    return _Results(findings, buffer.getvalue())


async def _page(job_id: str, name: str | None, lane: Lane, ports: VideoPorts) -> JobPage:
    """A page that is throttled is asked for again when the limiter has made room, and not all of them."""
    for left in reversed(range(PAGE_TRIES)):
        try:
            async with ports.results_quota.turn(lane):
                return await ports.detector.page(job_id, name)
        except Transient as error:
            if not left or not error.code.endswith("-throttled"):
                raise
    raise AssertionError("the last try returns or raises")
