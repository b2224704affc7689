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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, assert_never

import msgspec

from services.moderate.domain import videos
from services.moderate.domain.sending import review_requested
from services.moderate.domain.videos import JOB_FAILED
from services.moderate.handler.ports import VideoPorts
from shared.consumer.ports import Message
from shared.contracts.frames import FrameFinding, pack, strongest
from shared.contracts.messages import ContentType, Evidence, Finding
from shared.contracts.video_ends import Ended, ended
from shared.contracts.words import Lane, Status
from shared.detection import PAGE_EXPIRED, RESULTS_GONE, JobPage, JobStatus
from shared.errors import Permanent, Transient
from shared.ledger.entries import EvidenceFound, VideoFailed, VideoStarted
from shared.ledger.record import Record
from shared.telemetry import metrics, spans
from shared.telemetry.context import about

NOT_PASSED_ON: Final = frozenset({Status.RECEIVED, Status.MODERATING, Status.MODERATED, Status.QUARANTINED})
PAGE_TRIES: Final = 5
FIRST_PAGE_AGAIN: Final = 3
"""A page is good for a day: whoever needs longer than that three times has another problem."""


async def on_video_ended(message: Message, ports: VideoPorts) -> None:
    """Raises Permanent when the video can't be judged, with the item; Transient when its job isn't over after all."""
    end = ended(message.body)
    about(end.media_id)
    record = await ports.ledger.record(end.media_id)
    started = videos.started_as(record, end.job_id) if record is not None else None
    if started is None:
        # Perhaps a stranger's job: what comes of it isn't filed with the item, unless its results turn out to be.
        about(None)
    if record is None:
        raise Permanent("video-job-unknown", "no item has this job; does another stack use the topic?")
    with spans.resumed("conclude video job", started.traceparent if started else None):
        known = videos.found(record)
        failed = videos.failure(record, started.attempt) if started else None
        if started is not None and (known is not None or failed is not None):
            await ports.slots.release(started.token)
        if known is not None:
            await pass_on(record, known, ports, is_redriven=message.redriven_at is not None)
        elif failed is not None:
            await _told_again(message, record, videos.newest_failure(record) or failed, ports)
        else:
            await _conclude(end, record, started, ports)


async def pass_on(record: Record, known: EvidenceFound, ports: VideoPorts, *, is_redriven: bool = False) -> None:
    """Nothing when REVIEW has it already, or has quarantined it: that an operator sends to REVIEW again."""
    status, media_id = record.summary.status, record.summary.media_id
    if status not in NOT_PASSED_ON:
        return
    request, now = videos.request_of(record), ports.clock()
    if status is Status.QUARANTINED and not is_redriven:
        # As of the findings: what was quarantined behind them, having been passed on, stays where it is.
        await ports.ledger.advance(media_id, Status.MODERATED, known.at, is_listed=False)
        current = await ports.ledger.record(media_id)
        if current is None or current.summary.status is Status.QUARANTINED:
            return
    else:
        await ports.ledger.advance(media_id, Status.MODERATED, now, is_listed=False)
    await ports.reviews.send(review_requested(request, known.evidence, now), group=request.submission.tenant)


async def _told_again(message: Message, record: Record, newest: VideoFailed, ports: VideoPorts) -> None:
    """A repeat of what was concluded, or a crash just behind it; or an operator who wants it tried once more."""
    if not videos.may_try(newest, message.redriven_at):
        given_up(record, newest)
    elif videos.running(record) is None:
        await try_again(record, ports)


def given_up(record: Record, newest: VideoFailed) -> None:
    """Raise Permanent unless the item is in quarantine already, or was taken off that."""
    if record.summary.status not in {Status.QUARANTINED, Status.DISCARDED}:
        raise Permanent(newest.code, newest.detail, media_id=record.summary.media_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    code: str
    detail: str


async def _conclude(end: Ended, record: Record, started: VideoStarted | None, ports: VideoPorts) -> None:
    lane = videos.request_of(record).submission.lane
    match await _outcome(end, lane, started, ports):
        case _Failure(code=code, detail=detail):
            await _give_up(record, started, code, detail, ports)
        case Evidence() as evidence:
            await _keep(record, evidence, ports)


async def _outcome(end: Ended, lane: Lane, started: VideoStarted | None, ports: VideoPorts) -> Evidence | _Failure:
    """What a job has come to. Of one that was started here, whatever can't be answered is a failure too, on its first
    page or a later one: asking again would give the same answer for ever, and the job its slot never."""
    try:
        first = await _page(end.job_id, None, lane, ports)
        if first.media_id not in (None, end.media_id):
            raise Permanent("video-job-of-another", "the job was started for another item")
        match first.status:
            case JobStatus.RUNNING:
                raise Transient("video-job-running", "it is told to be over", retry_after_s=10)
            case JobStatus.FAILED:
                return _Failure(code=JOB_FAILED, detail=first.problem)
            case JobStatus.SUCCEEDED:
                about(end.media_id)
                if started is not None:
                    await ports.slots.release(started.token)
                async with ports.reading:
                    return await _evidence(end, first, lane, ports)
            case _:
                assert_never(first.status)
    except Permanent as error:
        if started is None and error.code != RESULTS_GONE:
            raise
        return _Failure(code=error.code, detail=error.detail)


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
    await try_again(msgspec.structs.replace(record, entries=(*record.entries, failed)), ports)


async def try_again(record: Record, ports: VideoPorts) -> None:
    """By the queue where videos wait: the next attempt needs a slot like everybody's. Changes nothing for an item that
    has its findings, or whose job runs: what is missing then is all that follows."""
    request = videos.request_of(record)
    outbox = ports.backfill if request.submission.lane is Lane.BACKFILL else ports.requests
    event = videos.requested_again(request, videos.next_attempt(record), ports.clock())
    await outbox.send(event, group=request.submission.tenant)


async def _keep(record: Record, evidence: Evidence, ports: VideoPorts) -> None:
    media_id = record.summary.media_id
    known = EvidenceFound(at=ports.clock(), evidence=evidence)
    if await ports.ledger.add(media_id, known):
        metrics.record(metrics.COST, videos.cost_usd(record, evidence), {metrics.OPERATION: "StartContentModeration"})
    else:
        # Told twice at the same time: what was written first counts, so that REVIEW sees one truth.
        written = await ports.ledger.entry(media_id, known.key)
        known = written if isinstance(written, EvidenceFound) else known
    await pass_on(record, known, ports)


async def _evidence(end: Ended, first: JobPage, lane: Lane, ports: VideoPorts) -> Evidence:
    results = await _all_pages(end.job_id, first, lane, ports)
    digest = await asyncio.to_thread(_digest, results.findings)
    return Evidence(
        detector=videos.DETECTOR,
        model_version=first.model_version,
        findings=digest.strongest,
        content_types=digest.content_types,
        raw_uri=await ports.evidence.put_packed(end.media_id, videos.RAW_NAME, results.raw),
        video=first.video,
        frames_uri=await ports.evidence.put_packed(end.media_id, videos.FRAMES_NAME, digest.frames),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Digest:
    strongest: tuple[Finding, ...]
    content_types: tuple[ContentType, ...]
    frames: bytes


def _digest(findings: Sequence[FrameFinding]) -> _Digest:
    """Seconds of computing for a long video, so nothing of it runs on the event loop."""
    return _Digest(strongest=strongest(findings), content_types=videos.strongest_types(findings), frames=pack(findings))


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
            await asyncio.to_thread(_write_line, raw, page.raw)
            if page.next_page is None:
                break
            page = await _page(job_id, page.next_page, lane, ports)
    return _Results(findings, buffer.getvalue())


def _write_line(raw: gzip.GzipFile, answer: Mapping[str, Any]) -> None:
    raw.write(json.dumps(answer, ensure_ascii=False, sort_keys=True).encode() + b"\n")


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
