"""A job's end is concluded once: everything it found goes on, and what failed is tried again or says why not."""

import gzip
import json
from datetime import timedelta

import msgspec
import pytest

from services.moderate.domain.videos import cost_usd
from shared.contracts.frames import FrameFinding, unpack
from shared.contracts.words import Lane, Status
from shared.errors import Permanent, Transient
from shared.telemetry import metrics
from tests.fakes.telemetry import metrics_in_memory, total
from tests.fakes.video_jobs import FACTS, seen
from tests.unit.moderate.world import AT, FIRST, MEDIA_ID, OTHER_ID, READABLE, Videos

SMOKING = [seen("Smoking", at_ms, 60 + at_ms / 100, ("Animated", 40 + at_ms / 100)) for at_ms in range(0, 2_500, 100)]
FOUND = [*SMOKING, seen("Drinking", 700, 71.2, parent="Alcohol"), seen("Drinking", 900, 70.0, parent="Alcohol")]


async def ended(videos: Videos, *, lane: Lane = Lane.LIVE) -> str:
    job = await videos.start(lane=lane)
    videos.jobs.end(job, FOUND)
    return job


async def test_everything_on_every_page_is_kept_and_its_strongest_passed_on() -> None:
    videos = Videos()
    videos.jobs.page_labels = 10
    await videos.tell(await ended(videos))
    evidence = videos.found()
    assert evidence.frames_uri is not None
    frames: list[FrameFinding] = list(unpack(videos.evidence.kept[evidence.frames_uri]))
    assert sorted(frames, key=str) == sorted(FOUND, key=str)
    raw = gzip.decompress(videos.evidence.kept[evidence.raw_uri]).decode().splitlines()
    assert [json.loads(line)["first"] for line in raw] == [0, 10, 20]
    assert [(one.label, one.confidence, one.timestamp_ms) for one in evidence.findings] == [
        ("Smoking", 84.0, 2_400),
        ("Drinking", 71.2, 700),
    ]
    assert [(kind.name, kind.confidence) for kind in evidence.content_types] == [("Animated", 64.0)]
    assert (evidence.detector, evidence.video, evidence.model_version) == ("rekognition-video", FACTS, "7.0")
    ((event, group),) = videos.reviews.sent
    assert (event.data.evidence, event.data.readable, group) == (evidence, READABLE, "default")
    assert videos.record().summary.status is Status.MODERATED
    assert videos.slots.account.holders == {}


async def test_video_jobs_take_no_adapter_so_none_is_missed() -> None:
    videos = Videos()
    await videos.tell(await ended(videos))
    assert (videos.found().adapter_requested, videos.found().adapter_used) == (None, None)


@pytest.mark.parametrize("lane", Lane)
async def test_each_lane_asks_for_its_own_turns(lane: Lane) -> None:
    videos = Videos()
    await videos.tell(await ended(videos, lane=lane))
    assert (set(videos.starts.lanes), set(videos.pages.lanes)) == ({lane}, {lane})


async def test_an_end_told_twice_is_concluded_once() -> None:
    videos = Videos()
    job = await ended(videos)
    await videos.tell(job)
    pages = len(videos.jobs.asked)
    await videos.tell(job)
    assert len(videos.jobs.asked) == pages
    assert len({event.id for event, _ in videos.reviews.sent}) == 1
    await videos.ledger.advance(MEDIA_ID, Status.DECIDED, AT)
    sent = len(videos.reviews.sent)
    await videos.tell(job)
    assert len(videos.reviews.sent) == sent, "REVIEW has it"


@pytest.mark.parametrize(
    ("method", "written"), [("record", False), ("add", False), ("add", True), ("advance", False), ("advance", True)]
)
async def test_a_crash_at_any_write_is_made_good_by_the_next_delivery(method: str, written: bool) -> None:
    videos = Videos()
    job = await ended(videos)
    videos.ledger.fail_next(method, Transient("ledger-failed"), written=written)
    with pytest.raises(Transient):
        await videos.tell(job)
    await videos.tell(job)
    assert len({event.id for event, _ in videos.reviews.sent}) == 1
    assert videos.slots.account.holders == {}


async def test_a_job_that_runs_on_is_asked_for_later() -> None:
    videos = Videos()
    job = await videos.start()
    with pytest.raises(Transient, match="video-job-running"):
        await videos.tell(job)
    assert list(videos.slots.account.holders) == [FIRST]


async def test_what_review_has_quarantined_is_not_sent_there_again_by_a_late_end() -> None:
    videos = Videos()
    job = await ended(videos)
    await videos.tell(job)
    videos.now = AT + timedelta(hours=1)
    await videos.quarantine("policy-missing", at=videos.now)
    videos.now = AT + timedelta(hours=2)
    await videos.tell(job, sent_at=videos.now)
    assert (len(videos.reviews.sent), videos.record().summary.status) == (1, Status.QUARANTINED)


async def test_what_was_quarantined_before_its_findings_went_on_goes_on_with_them() -> None:
    videos = Videos()
    job = await ended(videos)
    videos.ledger.fail_next("advance", Transient("ledger-failed"))
    with pytest.raises(Transient):
        await videos.tell(job)
    await videos.quarantine("dead-letter", at=AT + timedelta(hours=1))
    await videos.tell(job)
    assert (len(videos.reviews.sent), videos.record().summary.status) == (1, Status.MODERATED)


async def test_what_was_quarantined_while_it_went_on_goes_on_when_an_operator_says_so() -> None:
    videos = Videos()
    job = await ended(videos)
    videos.reviews.failures.append(Transient("sqs-unreachable"))
    with pytest.raises(Transient):
        await videos.tell(job)
    videos.now = AT + timedelta(hours=1)
    await videos.quarantine("dead-letter", at=videos.now)
    await videos.tell(job, redriven=True)
    assert (len(videos.reviews.sent), videos.record().summary.status) == (1, Status.MODERATED)


@pytest.mark.parametrize("code", ["job-refused", "video-job-of-another"])
async def test_a_recorded_job_that_cannot_be_asked_for_gives_its_slot_back_and_has_three_attempts(code: str) -> None:
    videos = Videos()
    await videos.start()
    for attempt in (1, 2, 3):
        videos.jobs.fail_next("page", Permanent(code, "an invalid parameter"))
        if attempt < 3:
            await videos.tell(videos.jobs.started[-1])
            await videos.deliver(videos.requests)
    with pytest.raises(Permanent, match=code) as caught:
        await videos.tell(videos.jobs.started[-1])
    assert (caught.value.media_id, len(videos.jobs.started)) == (MEDIA_ID, 3)
    assert videos.slots.account.holders == {}


async def test_a_video_costs_its_started_minutes_once() -> None:
    videos, reader = Videos(), metrics_in_memory()
    told = {metrics.OPERATION: "StartContentModeration"}
    before = total(reader, metrics.COST.name, told)
    job = await ended(videos)
    for _ in range(2):
        await videos.tell(job)
    assert total(reader, metrics.COST.name, told) - before == pytest.approx(0.10)


@pytest.mark.parametrize(("duration_ms", "minutes"), [(1, 1), (60_000, 1), (60_001, 2), (21_600_000, 360), (0, 1)])
async def test_every_minute_that_a_video_begins_is_paid(duration_ms: int, minutes: int) -> None:
    videos = Videos()
    await videos.tell(await ended(videos))
    evidence = msgspec.structs.replace(videos.found(), video=msgspec.structs.replace(FACTS, duration_ms=duration_ms))
    assert cost_usd(videos.record(), evidence) == pytest.approx(0.10 * minutes)


async def test_a_job_that_is_over_before_it_is_written_down_is_taken_in_all_the_same() -> None:
    videos = Videos()
    item = await videos.item()
    videos.jobs.fail_next("start", Transient("rekognition-unreachable"), done=True)
    with pytest.raises(Transient):
        await videos.request(item)
    (job,) = videos.jobs.started
    videos.jobs.end(job, FOUND)
    await videos.tell(job)
    await videos.request(item)
    assert videos.keys() == ["evidence#rekognition-video"]
    assert (len(videos.jobs.started), videos.slots.account.holders) == (1, {})


async def test_a_failure_before_it_is_written_down_waits_for_that_and_leaves_the_item_alone() -> None:
    videos = Videos()
    videos.jobs.fail_next("start", Transient("rekognition-unreachable"), done=True)
    item = await videos.item()
    with pytest.raises(Transient):
        await videos.request(item)
    videos.jobs.fail(videos.jobs.started[0])
    with pytest.raises(Transient) as caught:
        await videos.tell(videos.jobs.started[0])
    assert (caught.value.code, caught.value.media_id) == ("video-job-not-recorded", None)
    await videos.request(item)
    await videos.tell(videos.jobs.started[0])
    assert len(videos.requests.sent) == 1


async def test_a_job_of_another_item_is_nobodys() -> None:
    videos = Videos()
    job = await ended(videos)
    await videos.item(OTHER_ID)
    with pytest.raises(Permanent, match="video-job-of-another") as caught:
        await videos.tell(job, OTHER_ID)
    assert caught.value.media_id is None
    assert videos.keys(OTHER_ID) == []


async def test_a_job_of_no_item_is_nobodys() -> None:
    with pytest.raises(Permanent, match="video-job-unknown") as caught:
        await Videos().tell("job-1", OTHER_ID)
    assert caught.value.media_id is None
