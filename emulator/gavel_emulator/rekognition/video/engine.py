"""Jobs started, asked for, and ended: by time, or by whoever plays with the control routes."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.errors import RekognitionError, invalid_parameters, video_too_large, video_too_long
from gavel_emulator.rekognition.job_book import JobBook, JobKey, Place
from gavel_emulator.rekognition.notation import NotationError
from gavel_emulator.rekognition.video import answers
from gavel_emulator.rekognition.video.answers import AggregateBy, SortBy
from gavel_emulator.rekognition.video.film import Film, UnreadableFilm, read_film
from gavel_emulator.rekognition.video.jobs import Findings, Job, Notice, Outcome, Status
from gavel_emulator.rekognition.video.knobs import MAX_DURATION_MS, Knobs
from gavel_emulator.rekognition.video.pages import LARGEST, Order, PageTokens
from gavel_emulator.rekognition.video.viewer import GoneVideo, Video, Viewer

FAILURE = "gavel-job-failure"
"""Metadata of a video: its jobs end FAILED with this text as their StatusMessage."""

DEFECT = "Internal server error"
"""The StatusMessage of a job that a defect of the emulator's has ended."""

TOPIC = re.compile(r"arn:aws:sns:(?P<region>[^:]*):\w{12}:(?P<name>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    book: JobBook[Job]
    tokens: PageTokens
    board: Board[Knobs]
    viewer: Viewer
    clock: Callable[[], datetime]
    find: Callable[[Place, Mapping[str, Any]], Video]
    """The video of an S3Object. Raises RekognitionError."""
    publish: Callable[[Place, str, Mapping[str, Any]], None]
    """Puts a message on a topic, as AWS does for this account and region."""
    call_at: Callable[[datetime, Callable[[], None]], None]
    """Has the function called at that time or soon after, in another thread."""


def start(ports: Ports, place: Place, request: Mapping[str, Any]) -> Job:
    """A job for a validated request of StartContentModeration, or the one that its token has started before.

    Raises RekognitionError for whatever can be known at once: the object, its size, its duration, the script, the
    number of jobs. A video that can't be read fails its job instead, as AWS does; it has no other way to say so.
    """
    kept = ports.book.started_with(place, request.get("ClientRequestToken"), request)
    if kept:
        return kept
    _check_topic(place, request)
    video = ports.find(place, request["Video"]["S3Object"])
    knobs = ports.board.knobs
    if video.size_bytes > knobs.max_bytes:
        raise video_too_large(video.size_bytes, knobs.max_bytes)
    film, failure = _read(video)
    if film and film.duration_ms > MAX_DURATION_MS:
        # At once, as the exception's description has it; whether AWS reads the header that early isn't documented.
        raise video_too_long(film.duration_ms, MAX_DURATION_MS)
    ports.viewer.check(video.metadata, film)
    started_at = ports.clock()
    takes_s = max(knobs.job_min_s, knobs.job_share * film.duration_ms / 1000 if film else 0)
    job = Job(
        key=JobKey(place, secrets.token_hex(32)),
        request=request,
        video=video,
        film=film,
        failure=failure,
        started_at=started_at,
        due_at=started_at + timedelta(seconds=takes_s),
    )
    kept = ports.book.add(job, most=knobs.max_jobs)
    if kept is job:
        ports.call_at(job.due_at, lambda: _time_is_up(ports, job.key))
    return kept


def get(ports: Ports, place: Place, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a validated request of GetContentModeration. Raises RekognitionError."""
    job = ports.book.get(JobKey(place, request["JobId"]))
    order = Order(
        job=job.key,
        sort_by=SortBy(request.get("SortBy", SortBy.TIMESTAMP)),
        aggregate_by=AggregateBy(request.get("AggregateBy", AggregateBy.TIMESTAMPS)),
    )
    offset = ports.tokens.offset(order, request["NextToken"]) if "NextToken" in request else 0
    end = offset + min(request.get("MaxResults", LARGEST), LARGEST)
    found = answers.found_in(job, order.sort_by, order.aggregate_by)
    answer = answers.describe(job, found[offset:end], order.sort_by, order.aggregate_by)
    if end < len(found):
        answer["NextToken"] = ports.tokens.issue(order, end)
    return answer


def finish(ports: Ports, key: JobKey) -> None:
    """Ends a job as its video has it. Nothing happens when it has ended before."""
    job = ports.book.get(key)
    if job.status is not Status.IN_PROGRESS:
        return
    try:
        outcome = _outcome(ports, job)
    except Exception:
        # It must not stay in progress for ever, in one of the account's slots.
        fail(ports, key, DEFECT)
        raise
    _end(ports, key, outcome)


def fail(ports: Ports, key: JobKey, message: str, notice: Notice = Notice.FAILED) -> bool:
    """Whether it was this that ended the job."""
    return _end(ports, key, Outcome(notice=notice, at=ports.clock(), message=message))


def release(ports: Ports) -> None:
    """Time goes on for jobs that were held after their time."""
    now = ports.clock()
    for job in ports.book.all():
        if job.status is Status.IN_PROGRESS and job.due_at <= now:
            ports.call_at(now, lambda key=job.key: _time_is_up(ports, key))


def _time_is_up(ports: Ports, key: JobKey) -> None:
    if not ports.board.knobs.held:
        finish(ports, key)


def _check_topic(place: Place, request: Mapping[str, Any]) -> None:
    """A standard topic of the call's region. That the role may publish is not checked: IAM isn't enforced here."""
    if "NotificationChannel" not in request:
        return
    topic = TOPIC.fullmatch(request["NotificationChannel"]["SNSTopicArn"])
    if topic is None or topic["region"] != place.region or topic["name"].endswith(".fifo"):
        raise invalid_parameters()


def _read(video: Video) -> tuple[Film | None, str]:
    """The film, or why the job will fail; both where the metadata says that it will."""
    try:
        with video.opened() as file:
            return read_film(file), video.metadata.get(FAILURE, "")
    except (UnreadableFilm, GoneVideo) as problem:
        return None, str(problem)


def _outcome(ports: Ports, job: Job) -> Outcome:
    message = job.failure
    if not message and job.film:
        try:
            findings = Findings(ports.viewer.look(job.video, job.film), job.min_confidence)
            return Outcome(notice=Notice.SUCCEEDED, at=ports.clock(), findings=findings)
        except (UnreadableFilm, GoneVideo, RekognitionError) as problem:
            message = str(problem)
        except NotationError as problem:
            message = f"The labels file doesn't fit the video: {problem}"
    return Outcome(notice=Notice.FAILED, at=ports.clock(), message=message)


def _end(ports: Ports, key: JobKey, outcome: Outcome) -> bool:
    job = ports.book.end(key, outcome)
    if job is None:
        return False
    if "NotificationChannel" in job.request:
        topic = job.request["NotificationChannel"]["SNSTopicArn"]
        message = answers.notification(job, outcome)
        knobs = ports.board.knobs
        for _ in range(knobs.notification_copies):
            if knobs.notification_delay_s:
                at = ports.clock() + timedelta(seconds=knobs.notification_delay_s)
                ports.call_at(at, lambda: ports.publish(key.place, topic, message))
            else:
                ports.publish(key.place, topic, message)
    return True
