"""Rekognition's stored-video jobs in memory. `tests/contract/aws` holds it to the same tests as the emulator's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding, VideoFacts
from shared.detection import (
    NO_ROOM_FOR_JOB,
    PAGE_EXPIRED,
    RESULTS_GONE,
    TOKEN_TAKEN,
    JobPage,
    JobRequest,
    JobStatus,
)
from shared.errors import Deferred, Permanent, Transient

FACTS = VideoFacts(
    duration_ms=2_000, width_px=320, height_px=240, frame_rate=10.0, codec="h264", format="QuickTime / MOV"
)


def seen(label: str, at_ms: int, confidence: float, *types: tuple[str, float], parent: str = "") -> FrameFinding:
    return FrameFinding(
        finding=Finding(
            label=label, parent=parent, level=2 if parent else 1, confidence=confidence, timestamp_ms=at_ms
        ),
        content_types=tuple(ContentType(name=name, confidence=confidence) for name, confidence in types),
    )


@dataclass(frozen=True, kw_only=True)
class Job:
    id: str
    request: JobRequest
    status: JobStatus = JobStatus.RUNNING
    findings: tuple[FrameFinding, ...] = ()
    problem: str = ""


@dataclass
class FakeVideoJobs:
    """`most` jobs run at once. `fail_next` plays what goes wrong with one call: before it does anything, or (`done`)
    behind it. `started` are the jobs that were begun, `asked` the pages that were asked for.
    """

    most: int = 20
    page_labels: int = 1_000
    jobs: dict[str, Job] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    refused: int = 0
    peak: int = 0
    _epoch: int = 0
    _failures: dict[tuple[str, bool], list[Exception]] = field(default_factory=dict)

    def fail_next(self, method: str, error: Exception, *, done: bool = False) -> None:
        self._failures.setdefault((method, done), []).append(error)

    @property
    def running(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.status is JobStatus.RUNNING]

    def end(self, job_id: str, findings: Sequence[FrameFinding] = ()) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], status=JobStatus.SUCCEEDED, findings=tuple(findings))

    def fail(self, job_id: str, problem: str = "Internal server error") -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], status=JobStatus.FAILED, problem=problem)

    def forget(self, job_id: str) -> None:
        del self.jobs[job_id]

    def expire_pages(self) -> None:
        self._epoch += 1

    async def start(self, request: JobRequest) -> str:
        self._maybe_fail("start")
        known = next((job for job in self.jobs.values() if job.request.token == request.token), None)
        if known is None:
            if len(self.running) >= self.most:
                self.refused += 1
                raise Deferred(NO_ROOM_FOR_JOB, delay_s=30)
            known = Job(id=f"job-{len(self.started) + 1}", request=request)
            self.jobs[known.id] = known
            self.started.append(known.id)
            self.peak = max(self.peak, len(self.running))
        elif known.request != request:
            raise Permanent(TOKEN_TAKEN)
        self._maybe_fail("start", done=True)
        return known.id

    async def status(self, job_id: str) -> JobStatus:
        self._maybe_fail("status")
        if job_id not in self.jobs:
            raise Permanent(RESULTS_GONE)
        return self.jobs[job_id].status

    async def page(self, job_id: str, page: str | None = None) -> JobPage:
        self.asked.append(page)
        self._maybe_fail("page")
        job = self.jobs.get(job_id)
        if job is None:
            raise Permanent(RESULTS_GONE)
        first, epoch = (int(part) for part in page.split("@")) if page else (0, self._epoch)
        if epoch != self._epoch:
            raise Transient(PAGE_EXPIRED)
        end = first + self.page_labels
        is_over = job.status is JobStatus.SUCCEEDED
        return JobPage(
            status=job.status,
            raw=_raw(job, first),
            findings=job.findings[first:end],
            problem=job.problem,
            video=FACTS if is_over else None,
            model_version="7.0" if is_over else "",
            media_id=job.request.media_id,
            next_page=f"{end}@{epoch}" if end < len(job.findings) else None,
        )

    def _maybe_fail(self, method: str, *, done: bool = False) -> None:
        if waiting := self._failures.get((method, done)):
            raise waiting.pop(0)


def _raw(job: Job, first: int) -> Mapping[str, Any]:
    return {"JobId": job.id, "JobStatus": job.status.value, "first": first}
