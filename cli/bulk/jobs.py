"""Asks Rekognition's bulk analysis: manifests of what it takes at once, a few jobs at a time, and their files read from
where they say.

    images ─► parts of 10,000 and 50 MB ─► jobs ─► Results and ManifestSummary, by the names that the API gives

A job's token follows from everything that is asked: one that a crash has left is found again, and not paid for twice,
and one of another question isn't, whatever the name of its run.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from cli.bulk.plan import Plan
from cli.bulk.shapes import NO_RESULT, ManifestError, Result, read_errors, read_result
from cli.bulk.state import Image, Part, Stage, State
from cli.runs import RunProblem
from shared.aws.errors import error_code, translated
from shared.contracts.delivered import DeliveredAnswer
from shared.errors import Transient

MAX_IMAGES: Final = 10_000
MAX_BYTES: Final = 50 * 1024 * 1024
"""Of one manifest (Developer Guide, "Guidelines and quotas")."""
AT_A_TIME: Final = 4
"""Jobs of ours. How many an account may have isn't documented; a refusal waits for one of them to end."""
POLL_S: Final = 5.0
ATTEMPTS: Final = 3
TAKEN_AT_ONCE: Final = 500
CHUNK_BYTES: Final = 1 << 18
AGAIN: Final = frozenset({"INTERNAL_ERROR", "THROTTLED"})
"""Failures of a job that another may be spared."""
TRIES: Final = 6
NOT_AGAIN: Final = frozenset({"LimitExceededException", "AccessDeniedException"})
"""Refusals that the next second won't change."""
CLOSED: Final = (
    "Rekognition refuses the job. Either you may not call rekognition:StartMediaAnalysisJob, or bulk analysis is "
    "closed to this account, as it is to all that hadn't used it before 30 April 2026: --mode fan-out gives the same "
    "results"
)


@dataclass(slots=True, kw_only=True)
class Jobs:
    """`bucket` takes manifests and results. `may_begin` is asked before each job, `goes_on` before each look; `poll_s`
    is between looks."""

    rekognition: Any
    s3: Any
    bucket: str
    plan: Plan
    state: State
    may_begin: Callable[[], bool]
    goes_on: Callable[[], bool]
    watch: Callable[[], None]
    poll_s: float = POLL_S

    async def run(self) -> None:
        """Until every part has its results, or nothing may begin and nothing runs. Raises RunProblem for a job that
        fails for good, GavelError when AWS can't be asked."""
        self._divide()
        while self.goes_on():
            parts = [part for part in self.state.parts() if not part.is_done]
            running = [part for part in parts if part.job_id is not None]
            for part in [part for part in parts if part.job_id is None][: max(0, AT_A_TIME - len(running))]:
                if not self.may_begin() or not await self._start(part):
                    break
            running = [part for part in self.state.parts() if part.job_id is not None and not part.is_done]
            if not running and (not parts or not self.may_begin()):
                return
            for part in running:
                await self._look(part)
            self.watch()
            if any(not part.is_done for part in self.state.parts()):
                await asyncio.sleep(self.poll_s)

    def _divide(self) -> None:
        """What a crash has left undivided makes parts of its own."""
        images: list[Image] = []
        size, number, last = 0, len(self.state.parts()), 0
        while page := self.state.undivided(after=last):
            for image in page:
                line = len(_line(image.ref))
                if images and (len(images) == MAX_IMAGES or size + line > MAX_BYTES):
                    number += 1
                    self.state.keep_part(number, images)
                    images, size = [], 0
                images.append(image)
                size += line
            last = page[-1].number
        if images:
            self.state.keep_part(number + 1, images)

    async def _start(self, part: Part) -> bool:
        """Whether there was room for the job."""
        body = b"".join(_line(ref) for ref in self.state.part_refs(part.number))
        # Runs of the same name on other machines may list otherwise: nobody's manifest is written over.
        key = f"{self.plan.folder}manifest-{part.number:05}-{hashlib.sha256(body).hexdigest()[:16]}.jsonl"
        with translated("evidence"):
            await self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/jsonlines")
        asked: dict[str, Any] = {"MinConfidence": self.plan.min_confidence}
        if self.plan.adapter is not None:
            asked["ProjectVersion"] = self.plan.adapter
        request: dict[str, Any] = {
            "JobName": self.plan.run,
            "OperationsConfig": {"DetectModerationLabels": asked},
            "Input": {"S3Object": {"Bucket": self.bucket, "Name": key}},
            "OutputConfig": {"S3Bucket": self.bucket, "S3KeyPrefix": f"{self.plan.folder}out/"},
        }
        request["ClientRequestToken"] = _token(self.plan, part, request)
        try:
            answer = await _patiently(lambda: self.rekognition.start_media_analysis_job(**request))
        except ClientError as error:
            raise RunProblem(f"Rekognition refuses the job of part {part.number}: {error_code(error)}") from error
        except Transient as error:
            match error_code(error):
                case "LimitExceededException":
                    return False
                case "AccessDeniedException":
                    raise RunProblem(CLOSED) from error
            raise
        self.state.part_started(part.number, answer["JobId"])
        return True

    async def _look(self, part: Part) -> None:
        answer = await _patiently(lambda: self.rekognition.get_media_analysis_job(JobId=part.job_id))
        match answer["Status"]:
            case "SUCCEEDED":
                await self._take(part, answer)
            case "FAILED":
                failure = answer.get("FailureDetails", {})
                code = str(failure.get("Code", "UNKNOWN"))
                # A failed job is never looked at again: going on starts another, under another token.
                self.state.part_failed(part.number)
                if code not in AGAIN or part.attempt >= ATTEMPTS:
                    raise RunProblem(
                        f"job {part.job_id} (part {part.number}) failed with {code}: {failure.get('Message', '')} "
                        "`gavel bulk resume` starts another for the same images"
                    )
            case _:
                return

    async def _take(self, part: Part, answer: dict[str, Any]) -> None:
        """Results and errors of a job that has succeeded, from wherever it says that they are."""
        # Judged images go on to the pipeline with their answers; the others are done.
        stage = Stage.NEW if self.plan.policy else Stage.DONE
        found: list[tuple[Result, DeliveredAnswer]] = []
        unreadable: list[ManifestError] = []
        async for line, delivered in self._lines(answer["Results"]["S3Object"]):
            match read_result(line):
                case Result() as result:
                    found.append((result, delivered))
                case ManifestError() as error:
                    unreadable.append(error)
            if len(found) == TAKEN_AT_ONCE:
                self.state.take_results(part.number, found, stage=stage)
                found.clear()
        self.state.take_results(part.number, found, stage=stage)
        place = answer["ManifestSummary"]["S3Object"]
        with translated("evidence"):
            summary = await self.s3.get_object(Bucket=place["Bucket"], Key=place["Name"])
            async with summary["Body"] as body:
                content = await body.read()
        for error in (*unreadable, *read_errors(content)):
            self.state.take_error(part.number, error)
        told = "The job told neither a result nor an error of it that can be read."
        self.state.close_part(part.number, answer["CreationTimestamp"], NO_RESULT, told)

    async def _lines(self, place: dict[str, Any]) -> AsyncIterator[tuple[bytes, DeliveredAnswer]]:
        uri = f"s3://{place['Bucket']}/{place['Name']}"
        with translated("evidence"):
            answer = await self.s3.get_object(Bucket=place["Bucket"], Key=place["Name"])
            async with answer["Body"] as body:
                offset, rest = 0, b""
                async for chunk in body.iter_chunks(CHUNK_BYTES):
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        if line:
                            yield line, _place(line, uri, offset)
                        offset += len(line) + 1
                if rest:
                    yield rest, _place(rest, uri, offset)


def _place(line: bytes, uri: str, offset: int) -> DeliveredAnswer:
    return DeliveredAnswer(uri=uri, offset=offset, size_bytes=len(line))


def _line(ref: str) -> bytes:
    return msgspec.json.encode({"source-ref": ref}) + b"\n"


def _token(plan: Plan, part: Part, request: dict[str, Any]) -> str:
    told = (plan.stack, part.number, part.attempt, request)
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


async def _patiently(call: Callable[[], Any]) -> Any:
    """The answer, after a few tries where AWS can't be reached or is throttling. Raises Transient, and ClientError for
    what `translated` leaves."""
    pause_s = 1.0
    for attempt in range(1, TRIES + 1):
        try:
            with translated("rekognition"):
                return await call()
        except Transient as error:
            if error_code(error) in NOT_AGAIN or attempt == TRIES:
                raise
        await asyncio.sleep(pause_s)
        pause_s *= 2
    raise AssertionError
