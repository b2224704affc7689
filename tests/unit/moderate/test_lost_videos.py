"""Ends that nobody told are found by asking, and slots that nobody gave back are."""

from datetime import timedelta

import pytest

from shared.contracts.words import Lane
from shared.errors import Permanent, Transient
from shared.ledger.record import Record
from tests.fakes.video_jobs import seen
from tests.unit.moderate.world import AT, FIRST, MEDIA_ID, OF_OTHER, OTHER_ID, Videos


async def test_an_end_that_was_never_told_is_found_and_told() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.end(job, [seen("Smoking", 0, 90)])
    assert await videos.sweep() == 1
    assert list(videos.slots.account.holders) == [FIRST], "whoever concludes it gives it back"
    await videos.deliver(videos.completions)
    assert videos.keys() == ["video#01", "evidence#rekognition-video"]
    assert videos.slots.account.holders == {}
    assert len(videos.reviews.sent) == 1


async def test_what_was_forgotten_or_failed_is_told_too() -> None:
    videos = Videos()
    failed = await videos.start()
    forgotten = await videos.start(OTHER_ID)
    videos.jobs.fail(failed)
    videos.jobs.forget(forgotten)
    assert await videos.sweep() == 2
    await videos.deliver(videos.completions)
    assert len(videos.requests.sent) == 2


async def test_what_runs_or_is_young_is_left_alone() -> None:
    videos = Videos()
    job = await videos.start()
    assert await videos.sweep() == 0
    videos.jobs.end(job)
    assert await videos.sweep(after=timedelta(seconds=59)) == 0
    assert (videos.completions.sent, list(videos.slots.account.holders)) == ([], [FIRST])


async def test_asking_goes_behind_live_traffic() -> None:
    videos = Videos()
    await videos.start()
    await videos.sweep()
    assert videos.pages.lanes == [Lane.BACKFILL]


async def test_a_slot_without_a_job_is_given_back_when_nobody_can_be_about_to_start_one() -> None:
    videos = Videos()
    await videos.item()
    await videos.slots.take(FIRST, Lane.LIVE)
    await videos.slots.take(OF_OTHER, Lane.LIVE)
    await videos.slots.take("whatever this is", Lane.LIVE)
    assert await videos.sweep(after=timedelta(minutes=29)) == 0
    assert await videos.sweep(after=timedelta(minutes=31)) == 3
    assert videos.slots.account.holders == {}


async def test_a_slot_of_what_is_concluded_is_given_back_at_once() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.end(job)
    await videos.tell(job)
    await videos.slots.take(FIRST, Lane.LIVE)
    assert await videos.sweep() == 1
    assert videos.slots.account.holders == {}


async def test_a_slot_of_an_attempt_that_is_given_up_is_given_back_and_the_next_ones_is_not() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job)
    await videos.tell(job)
    await videos.deliver(videos.requests)
    await videos.slots.take(FIRST, Lane.LIVE)
    assert await videos.sweep() == 1
    assert list(videos.slots.account.holders) == [f"{MEDIA_ID}-2"]


async def test_one_that_cannot_be_asked_for_holds_up_no_other() -> None:
    videos = Videos()
    for media_id in (MEDIA_ID, OTHER_ID):
        videos.jobs.end(await videos.start(media_id))
    videos.jobs.fail_next("status", Transient("rekognition-throttled"))
    assert await videos.sweep() == 1


async def test_a_defect_over_one_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    videos = Videos()
    for media_id in (MEDIA_ID, OTHER_ID):
        videos.jobs.end(await videos.start(media_id))
    videos.jobs.fail_next("status", KeyError("TaxonomyLevel"))
    assert await videos.sweep() == 1
    assert [entry.message for entry in caplog.records] == ["sweep.defect"]


async def test_how_a_job_stands_is_asked_without_its_findings() -> None:
    videos = Videos()
    videos.jobs.end(await videos.start())
    assert await videos.sweep() == 1
    assert videos.jobs.asked == []


async def test_a_job_that_cannot_be_asked_for_is_told_as_an_end_and_tried_again() -> None:
    videos = Videos()
    await videos.start()
    for method in ("status", "page"):
        videos.jobs.fail_next(method, Permanent("job-refused", "an invalid parameter"))
    assert await videos.sweep() == 1
    await videos.deliver(videos.completions)
    assert videos.slots.account.holders == {}
    assert videos.keys() == ["video#01", "video#01#failed"]
    await videos.deliver(videos.requests)
    assert len(videos.jobs.started) == 2


async def test_a_slot_of_a_job_that_began_just_now_is_not_kept_from_it() -> None:
    videos = Videos()
    item = await videos.item()
    await videos.slots.take(FIRST, Lane.LIVE)
    looked = videos.ledger.record

    async def slow(media_id: str) -> Record | None:
        record = await looked(media_id)
        videos.ledger.record = looked  # type: ignore[method-assign]
        await videos.request(item)
        return record

    videos.ledger.record = slow  # type: ignore[method-assign]
    assert await videos.sweep(after=timedelta(minutes=31)) == 0
    assert list(videos.slots.account.holders) == [FIRST]


async def test_one_task_sweeps_at_a_time() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.end(job)
    assert await videos.ledger.lease("video-sweep", "another", now=AT + timedelta(minutes=10), ttl_s=60)
    assert await videos.sweep() == 0


async def test_a_store_that_is_down_fails_the_sweep_alone() -> None:
    videos = Videos()
    videos.ledger.fail_next("lease", Transient("ledger-failed"))
    with pytest.raises(Transient):
        await videos.sweep()
