"""Stored-video jobs: the fake of unit tests and `shared.aws.rekognition_videos` on the emulator, held to the same."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

import pytest

from shared.aws.rekognition_videos import RekognitionVideos
from shared.contracts.frames import strongest
from shared.contracts.messages import MediaRef
from shared.detection import (
    NO_ROOM_FOR_JOB,
    PAGE_EXPIRED,
    RESULTS_GONE,
    TOKEN_TAKEN,
    JobPage,
    JobRequest,
    JobStatus,
    VideoDetector,
)
from shared.errors import Deferred, Permanent, Transient
from tests import videos
from tests.conftest import REGION
from tests.contract.a2i.studio import Studio
from tests.contract.clients import Clients
from tests.emulator import Emulator
from tests.fakes.video_jobs import FakeVideoJobs, seen


class Stage(Protocol):
    """What a test does to the jobs, told to whoever plays them. Jobs end only when they are told to."""

    @property
    def detector(self) -> VideoDetector: ...

    def video(self, seconds: int = 2) -> MediaRef:
        """One in which smoking is seen twice a second, three labels each time."""
        ...

    async def end(self, job_id: str) -> None: ...

    async def fail(self, job_id: str, problem: str) -> None: ...

    async def expire_pages(self) -> None: ...

    async def let_run(self, most: int) -> None: ...


@dataclass
class FakeStage:
    detector: FakeVideoJobs

    def video(self, seconds: int = 2) -> MediaRef:
        return MediaRef(bucket="b", key=f"{uuid4()}-{seconds}", version_id="v1")

    async def end(self, job_id: str) -> None:
        seconds = int(self.detector.jobs[job_id].request.video.key.rpartition("-")[2])
        levels = ("Drugs & Tobacco", "Drugs & Tobacco Paraphernalia & Use", "Smoking")
        times = range(0, seconds * 1000, 500)
        self.detector.end(job_id, [seen(label, at_ms, 91.2) for at_ms in times for label in levels])

    async def fail(self, job_id: str, problem: str) -> None:
        self.detector.fail(job_id, problem)

    async def expire_pages(self) -> None:
        self.detector.expire_pages()

    async def let_run(self, most: int) -> None:
        self.detector.most = most


@dataclass
class EmulatorStage:
    detector: RekognitionVideos
    emulator: Emulator
    s3: Any
    bucket: str

    def video(self, seconds: int = 2) -> MediaRef:
        key = f"{uuid4()}.mp4"
        body = videos.make_video(2.0) if seconds <= 2 else videos.long_video(seconds)
        answer = self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, Metadata={"gavel-labels": "Smoking:91.2"})
        return MediaRef(bucket=self.bucket, key=key, version_id=answer["VersionId"])

    async def end(self, job_id: str) -> None:
        await asyncio.to_thread(self.emulator.post, f"/_gavel/video-jobs/{job_id}/finish", {})

    async def fail(self, job_id: str, problem: str) -> None:
        await asyncio.to_thread(self.emulator.post, f"/_gavel/video-jobs/{job_id}/fail", {"message": problem})

    async def expire_pages(self) -> None:
        await asyncio.to_thread(self.emulator.delete, "/_gavel/video-jobs/page-tokens")

    async def let_run(self, most: int) -> None:
        await asyncio.to_thread(self.emulator.post, "/_gavel/video-settings", {"max_jobs": most})


@pytest.fixture
async def emulator_stage(
    clients: Clients, emulator: Emulator, studio: Studio, unique: Callable[[str], str]
) -> AsyncIterator[EmulatorStage]:
    bucket = unique("films")
    studio.s3.create_bucket(Bucket=bucket)
    studio.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    emulator.post("/_gavel/video-settings", {"held": True})
    async with clients("rekognition", account=studio.account, retries=0) as opened:
        detector = RekognitionVideos(
            opened["rekognition"],
            topic_arn=f"arn:aws:sns:{REGION}:{studio.account}:AmazonRekognition-tests",
            role_arn=f"arn:aws:iam::{studio.account}:role/tests",
        )
        yield EmulatorStage(detector, emulator, studio.s3, bucket)
    emulator.delete("/_gavel/video-settings")


@pytest.fixture(params=["fake", "emulator"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "fake":
        return FakeStage(FakeVideoJobs())
    found: Stage = request.getfixturevalue("emulator_stage")
    return found


TOKENS = count(1)


def asked(video: MediaRef, **change: Any) -> JobRequest:
    media_id = uuid4().hex[:26]
    request = JobRequest(video=video, min_confidence=50.0, token=f"{media_id}-{next(TOKENS)}", media_id=media_id)
    return replace(request, **change)


async def test_a_job_runs_and_ends_with_what_it_found(stage: Stage) -> None:
    request = asked(stage.video())
    job_id = await stage.detector.start(request)
    assert (await stage.detector.page(job_id)).status is JobStatus.RUNNING
    assert await stage.detector.status(job_id) is JobStatus.RUNNING
    await stage.end(job_id)
    assert await stage.detector.status(job_id) is JobStatus.SUCCEEDED
    page = await stage.detector.page(job_id)
    assert (page.status, page.media_id, page.next_page) == (JobStatus.SUCCEEDED, request.media_id, None)
    assert page.model_version[:1] == "7"
    assert page.video is not None
    assert page.video.codec == "h264"
    assert page.video.duration_ms == pytest.approx(2_000, abs=100)
    assert {each.finding.label for each in page.findings} == {
        *("Smoking", "Drugs & Tobacco Paraphernalia & Use", "Drugs & Tobacco")
    }
    assert sorted({each.finding.timestamp_ms for each in page.findings}, key=str) == [0, 1000, 1500, 500]
    assert strongest(page.findings)[0].confidence == pytest.approx(91.2, abs=1e-3)
    assert page.raw["JobId"] == job_id


async def test_the_same_token_is_the_same_job_running_or_over(stage: Stage) -> None:
    request = asked(stage.video())
    job_id = await stage.detector.start(request)
    assert await stage.detector.start(request) == job_id
    await stage.end(job_id)
    assert await stage.detector.start(request) == job_id


async def test_a_token_that_was_another_requests_is_refused(stage: Stage) -> None:
    request = asked(stage.video())
    await stage.detector.start(request)
    with pytest.raises(Permanent, match=TOKEN_TAKEN):
        await stage.detector.start(replace(request, min_confidence=60.0))


async def test_when_as_many_run_as_may_the_next_waits(stage: Stage) -> None:
    await stage.let_run(1)
    first = await stage.detector.start(asked(stage.video()))
    with pytest.raises(Deferred, match=NO_ROOM_FOR_JOB):
        await stage.detector.start(asked(stage.video()))
    await stage.end(first)
    await stage.detector.start(asked(stage.video()))


async def test_a_job_that_failed_says_why_and_has_no_findings(stage: Stage) -> None:
    job_id = await stage.detector.start(asked(stage.video()))
    await stage.fail(job_id, "Disk full")
    page = await stage.detector.page(job_id)
    assert (page.status, page.problem, page.findings) == (JobStatus.FAILED, "Disk full", ())


async def all_pages(stage: Stage, job_id: str, *, expire_after: int | None = None) -> list[JobPage]:
    pages = [await stage.detector.page(job_id)]
    while (name := pages[-1].next_page) is not None:
        if len(pages) == expire_after:
            await stage.expire_pages()
        pages.append(await stage.detector.page(job_id, name))
    return pages


async def test_many_findings_come_in_pages_in_order_of_time(stage: Stage) -> None:
    job_id = await stage.detector.start(asked(stage.video(600)))
    await stage.end(job_id)
    pages = await all_pages(stage, job_id)
    assert [len(page.findings) for page in pages] == [1000, 1000, 1000, 600]
    times = [each.finding.timestamp_ms or 0 for page in pages for each in page.findings]
    assert times == sorted(times)


async def test_a_page_that_has_expired_must_be_asked_for_from_the_first(stage: Stage) -> None:
    job_id = await stage.detector.start(asked(stage.video(600)))
    await stage.end(job_id)
    with pytest.raises(Transient, match=PAGE_EXPIRED):
        await all_pages(stage, job_id, expire_after=2)
    assert len(await all_pages(stage, job_id)) == 4


async def test_a_job_that_is_not_there_has_no_results(stage: Stage) -> None:
    for ask in (stage.detector.page, stage.detector.status):
        with pytest.raises(Permanent, match=RESULTS_GONE):
            await ask("0" * 64)


async def test_a_video_that_is_not_there_is_permanent(emulator_stage: EmulatorStage) -> None:
    with pytest.raises(Permanent, match="video-not-readable"):
        await emulator_stage.detector.start(asked(MediaRef(bucket=emulator_stage.bucket, key="nothing.mp4")))


async def test_a_video_that_is_too_large_is_permanent(emulator_stage: EmulatorStage) -> None:
    emulator_stage.emulator.post("/_gavel/video-settings", {"max_bytes": 100})
    with pytest.raises(Permanent, match="video-too-large"):
        await emulator_stage.detector.start(asked(emulator_stage.video()))


@pytest.fixture
def small_quota(emulator: Emulator, studio: Studio) -> Iterator[None]:
    for operation in ("StartContentModeration", "GetContentModeration"):
        emulator.post("/_gavel/quotas", {"account": studio.account, "operation": operation, "tps": 0})
    yield
    emulator.delete("/_gavel/quotas")


@pytest.mark.usefixtures("small_quota")
async def test_a_throttled_request_tells_the_limiter_and_is_not_repeated(emulator_stage: EmulatorStage) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: emulator_stage.detector.start(asked(emulator_stage.video())),
        lambda: emulator_stage.detector.page("0" * 64),
    ]
    for call in calls:
        with pytest.raises(Transient, match="rekognition-throttled"):
            await call()
