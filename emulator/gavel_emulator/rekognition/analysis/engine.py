"""Media analysis jobs started, asked for, listed, and ended: by time, or by whoever plays with the control routes."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gavel_emulator.rekognition.analysis.jobs import Failure, FailureCode, Job, Outcome, Outputs
from gavel_emulator.rekognition.analysis.knobs import Knobs
from gavel_emulator.rekognition.analysis.manifest import (
    MAX_BYTES,
    MAX_IMAGES,
    Entry,
    Problem,
    Result,
    count_lines,
    image_problem,
    read_lines,
    results_file,
    summary_file,
)
from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.errors import (
    RekognitionError,
    closed_to_new_accounts,
    invalid_manifest,
    invalid_page_token,
)
from gavel_emulator.rekognition.job_book import JobBook, JobKey, Place
from gavel_emulator.rekognition.taxonomy import taxonomy

LARGEST = 100
"""Jobs in a page, and how many there are when nothing is said (API reference)."""

DEFECT = Failure(code=FailureCode.INTERNAL_ERROR, message="Internal server error")
"""Of a job that a defect of the emulator's has ended."""
MANIFEST_GONE = Failure(code=FailureCode.INVALID_S3_OBJECT, message="The manifest can't be read any more.")
NOTHING_VALID = Failure(code=FailureCode.INVALID_MANIFEST, message="No line of the manifest names an object.")


class OutputRefused(Exception):
    """The output bucket takes nothing; the text is the job's failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    book: JobBook[Job]
    board: Board[Knobs]
    clock: Callable[[], datetime]
    read: Callable[[Place, Mapping[str, Any], int], bytes]
    """The content of an S3Object, or its first bytes up to one more than this limit. Raises RekognitionError."""
    check_adapter: Callable[[Place, str], None]
    """Raises RekognitionError for a ProjectVersion that can't be used."""
    moderate: Callable[[Place, Mapping[str, Any], float, str | None], Mapping[str, Any]]
    """DetectModerationLabels's answer about an image in S3, with MinConfidence and ProjectVersion. Raises
    RekognitionError."""
    write: Callable[[Place, str, str, bytes], None]
    """Puts an object. Raises OutputRefused."""
    call_at: Callable[[datetime, Callable[[], None]], None]
    """Has the function called at that time or soon after, in another thread."""


def start(ports: Ports, place: Place, request: Mapping[str, Any]) -> Job:
    """A job for a validated request of StartMediaAnalysisJob, or the one that its token has started before.

    Raises RekognitionError for what can be known at once: the account, the manifest's size, the adapter, the number of
    jobs.
    """
    knobs = ports.board.knobs
    if knobs.closed:
        raise closed_to_new_accounts()
    kept = ports.book.started_with(place, request.get("ClientRequestToken"), request)
    if kept:
        return kept
    manifest = ports.read(place, request["Input"]["S3Object"], MAX_BYTES)
    lines = count_lines(manifest)
    if not lines or lines > MAX_IMAGES or len(manifest) > MAX_BYTES:
        raise invalid_manifest()
    started_at = ports.clock()
    job = Job(
        key=JobKey(place, secrets.token_hex(32)),
        request=request,
        manifest=manifest,
        started_at=started_at,
        due_at=started_at + timedelta(seconds=max(knobs.job_min_s, knobs.image_s * lines)),
    )
    if job.project_version:
        ports.check_adapter(place, job.project_version)
    kept = ports.book.add(job, most=knobs.max_jobs)
    if kept is job:
        ports.call_at(job.due_at, lambda: _time_is_up(ports, job.key))
    return kept


def get(ports: Ports, place: Place, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a validated request of GetMediaAnalysisJob. Raises RekognitionError."""
    return describe(ports.book.get(JobKey(place, request["JobId"])), ports.clock())


def list_(ports: Ports, place: Place, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a validated request of ListMediaAnalysisJobs, newest first. A page begins behind the job that its
    token names, so jobs that are started between two requests neither repeat nor hide others."""
    jobs = [job for job in reversed(ports.book.all()) if job.key.place == place]
    if token := request.get("NextToken"):
        behind = [number for number, job in enumerate(jobs, start=1) if job.key.id == token]
        if not behind:
            raise invalid_page_token()
        jobs = jobs[behind[0] :]
    size = request.get("MaxResults", LARGEST)
    answer: dict[str, Any] = {"MediaAnalysisJobs": [describe(job, ports.clock()) for job in jobs[:size]]}
    if len(jobs) > size:
        answer["NextToken"] = jobs[size - 1].key.id
    return answer


def describe(job: Job, now: datetime) -> dict[str, Any]:
    asked = ("JobName", "OperationsConfig", "Input", "OutputConfig", "KmsKeyId")
    answer: dict[str, Any] = {
        "JobId": job.key.id,
        "Status": job.status(now),
        "CreationTimestamp": job.started_at,
        **{name: job.request[name] for name in asked if job.request.get(name) is not None},
    }
    if job.outcome is None:
        return answer
    answer["CompletionTimestamp"] = job.outcome.at
    if failure := job.outcome.failure:
        answer["FailureDetails"] = {"Code": failure.code, "Message": failure.message}
    if outputs := job.outcome.outputs:
        bucket = job.request["OutputConfig"]["S3Bucket"]
        answer["Results"] = {
            "S3Object": {"Bucket": bucket, "Name": outputs.results},
            "ModelVersions": {"Moderation": taxonomy().version},
        }
        answer["ManifestSummary"] = {"S3Object": {"Bucket": bucket, "Name": outputs.summary}}
    return answer


def finish(ports: Ports, key: JobKey) -> None:
    """Analyses the images and ends the job. Nothing happens when it has ended before."""
    job = ports.book.get(key)
    if job.has_ended:
        return
    try:
        outcome = _outcome(ports, job)
    except Exception:
        # It must not stay in progress for ever, in one of the account's places.
        fail(ports, key, DEFECT)
        raise
    ports.book.end(key, outcome)


def fail(ports: Ports, key: JobKey, failure: Failure) -> bool:
    """Whether it was this that ended the job."""
    return ports.book.end(key, Outcome(at=ports.clock(), failure=failure)) is not None


def release(ports: Ports) -> None:
    """Time goes on for jobs that were held after their time."""
    now = ports.clock()
    for job in ports.book.all():
        if not job.has_ended and job.due_at <= now:
            ports.call_at(now, lambda key=job.key: _time_is_up(ports, key))


def _time_is_up(ports: Ports, key: JobKey) -> None:
    if not ports.board.knobs.held:
        finish(ports, key)


def _outcome(ports: Ports, job: Job) -> Outcome:
    place, lines = job.key.place, list(read_lines(job.manifest))
    try:
        now = ports.read(place, job.request["Input"]["S3Object"], MAX_BYTES)
    except RekognitionError:
        now = b""
    if now != job.manifest:
        return Outcome(at=ports.clock(), failure=MANIFEST_GONE)
    if not any(isinstance(line, Entry) for line in lines):
        return Outcome(at=ports.clock(), failure=NOTHING_VALID)
    results, problems = _analyse(ports, job, lines)
    to = job.request["OutputConfig"]
    # Nobody may guess these keys: AWS documents none, so a client has to read them from the job.
    folder = f"{to.get('S3KeyPrefix', '')}{job.key.id[:16]}"
    outputs = Outputs(
        results=f"{folder}/{secrets.token_hex(4)}.jsonl",
        summary=f"{folder}/{secrets.token_hex(4)}.json",
    )
    try:
        ports.write(place, to["S3Bucket"], outputs.results, results_file(results))
        ports.write(place, to["S3Bucket"], outputs.summary, summary_file(len(lines), problems))
    except OutputRefused as refusal:
        failure = Failure(code=FailureCode.INVALID_OUTPUT_CONFIG, message=str(refusal))
        return Outcome(at=ports.clock(), failure=failure)
    return Outcome(at=ports.clock(), outputs=outputs)


def _analyse(ports: Ports, job: Job, lines: list[Entry | Problem]) -> tuple[list[Result], list[Problem]]:
    """Every line, repeats too."""
    results: list[Result] = []
    problems: list[Problem] = []
    for line in lines:
        if isinstance(line, Problem):
            problems.append(line)
            continue
        image = {"S3Object": {"Bucket": line.bucket, "Name": line.key}}
        try:
            answer = ports.moderate(job.key.place, image, job.min_confidence, job.project_version)
        except RekognitionError as refusal:
            problems.append(image_problem(line, refusal))
        else:
            results.append(Result(entry=line, answer=answer))
    return results, problems
