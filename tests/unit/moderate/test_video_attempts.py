"""A job that failed has others behind it, and says why not: as often as may be, and not for a mere repeat."""

from datetime import timedelta

import pytest

from shared.contracts.words import Lane, Status
from shared.errors import Permanent
from shared.ledger.entries import Discarded
from tests.fakes.video_jobs import seen
from tests.unit.moderate.world import AT, MEDIA_ID, Videos

FOUND = [seen("Smoking", 0, 90)]


async def test_a_job_that_failed_is_tried_again_under_another_token() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job)
    await videos.tell(job)
    assert videos.slots.account.holders == {}
    await videos.tell(job)
    assert len({event.id for event, _ in videos.requests.sent}) == 1
    await videos.deliver(videos.requests)
    assert [videos.jobs.jobs[each].request.token[-2:] for each in videos.jobs.started] == ["-1", "-2"]
    videos.jobs.end(videos.jobs.started[-1], FOUND)
    await videos.tell(videos.jobs.started[-1])
    await videos.tell(job)
    assert videos.keys() == ["video#01", "video#01#failed", "video#02", "evidence#rekognition-video"]
    assert len({event.id for event, _ in videos.reviews.sent}) == 1


async def test_whoever_is_late_to_give_up_an_attempt_leaves_the_next_its_slot() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job)
    await videos.tell(job)
    await videos.deliver(videos.requests)
    await videos.tell(job)
    assert list(videos.slots.account.holders) == [f"{MEDIA_ID}-2"]
    assert len(videos.jobs.started) == 2


async def test_an_attempt_goes_back_to_its_own_lane() -> None:
    videos = Videos()
    job = await videos.start(lane=Lane.BACKFILL)
    videos.jobs.fail(job)
    await videos.tell(job)
    assert (len(videos.backfill.sent), videos.requests.sent) == (1, [])


async def test_the_third_failure_is_the_last_and_says_why() -> None:
    videos = Videos()
    await videos.start()
    for attempt in (1, 2, 3):
        job = videos.jobs.started[-1]
        videos.jobs.fail(job, "Internal server error")
        if attempt < 3:
            await videos.tell(job)
            await videos.deliver(videos.requests)
    with pytest.raises(Permanent) as caught:
        await videos.tell(videos.jobs.started[-1])
    assert (caught.value.code, caught.value.media_id) == ("video-job-failed", MEDIA_ID)
    assert caught.value.detail == "Internal server error"
    assert (len(videos.jobs.started), videos.slots.account.holders, videos.reviews.sent) == (3, {}, [])


@pytest.mark.parametrize(
    "problem",
    [
        "Unsupported codec/format.",
        "The video is corrupt",
        "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
        "Video duration is more than the maximum",
    ],
)
async def test_a_failure_that_would_be_the_next_ones_too_is_not_tried_again(problem: str) -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job, problem)
    with pytest.raises(Permanent) as caught:
        await videos.tell(job)
    assert caught.value.detail == problem
    assert videos.requests.sent == []


async def test_a_final_failure_told_twice_is_one_quarantine_and_no_attempt() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job, "Unsupported codec/format.")
    for _ in range(2):
        # The crash behind the first one lost its quarantine entry.
        with pytest.raises(Permanent):
            await videos.tell(job)
    await videos.quarantine("video-job-failed")
    for sent_at in (AT, AT + timedelta(hours=1)):
        await videos.tell(job, sent_at=sent_at)
    assert (videos.requests.sent, videos.reviews.sent) == ([], [])


async def test_a_late_repeat_brings_nothing_back_that_was_discarded() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job, "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(job)
    await videos.quarantine("video-job-failed")
    assert await videos.ledger.discard(MEDIA_ID, Discarded(at=AT, of="q1", by="operator", reason="a test"))
    await videos.tell(job)
    assert (videos.requests.sent, videos.record().summary.status) == ([], Status.DISCARDED)


async def test_a_late_repeat_of_an_earlier_attempts_end_starts_nothing_for_what_is_given_up() -> None:
    videos = Videos()
    first = await videos.start()
    videos.jobs.fail(first)
    await videos.tell(first)
    await videos.deliver(videos.requests)
    videos.jobs.fail(videos.jobs.started[-1], "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(videos.jobs.started[-1])
    await videos.quarantine("video-job-failed")
    sent = len(videos.requests.sent)
    await videos.tell(first, sent_at=AT + timedelta(hours=1))
    assert len(videos.requests.sent) == sent


async def test_what_an_operator_sends_again_is_tried_again() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job, "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(job)
    await videos.quarantine("video-job-failed")
    await videos.tell(job, sent_at=AT + timedelta(hours=1), redriven=True)
    await videos.deliver(videos.requests)
    assert len(videos.jobs.started) == 2
    videos.jobs.end(videos.jobs.started[-1])
    await videos.tell(videos.jobs.started[-1])
    assert videos.record().summary.status is Status.MODERATED


async def test_sent_again_once_is_one_attempt_however_often_it_comes() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job, "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(job)
    await videos.quarantine("video-job-failed")
    await videos.tell(job, sent_at=AT + timedelta(hours=1), redriven=True)
    await videos.deliver(videos.requests)
    videos.now = AT + timedelta(hours=2)
    videos.jobs.fail(videos.jobs.started[-1], "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(videos.jobs.started[-1])
    sent = len(videos.requests.sent)
    await videos.tell(job, sent_at=AT + timedelta(hours=1), redriven=True)
    assert len(videos.requests.sent) == sent
