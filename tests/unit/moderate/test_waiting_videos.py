"""A video whose message is gone is asked for again, and one that waits in its queue is hardly touched."""

from datetime import timedelta

import pytest

from services.moderate.handler import waiting_videos
from services.moderate.handler.waiting_videos import Round
from shared.contracts.words import Lane, MediaKind, Status
from shared.detection import TOKEN_TAKEN
from shared.errors import Permanent, Transient
from shared.ledger.entries import VideoFailed
from tests.fakes.video_jobs import seen
from tests.unit.moderate.world import AT, DAY, FIRST, MEDIA_ID, OTHER_ID, Videos


@pytest.mark.parametrize("lane", Lane)
async def test_a_video_that_sqs_has_deleted_gets_its_job_all_the_same(lane: Lane) -> None:
    videos = Videos()
    await videos.item(lane=lane)
    assert await videos.look_at_waiting() == 1
    sent = videos.backfill if lane is Lane.BACKFILL else videos.requests
    await videos.deliver(sent)
    videos.jobs.end(videos.jobs.started[0], [seen("Smoking", 0, 90)])
    await videos.tell(videos.jobs.started[0])
    assert (len(videos.jobs.started), len(videos.reviews.sent)) == (1, 1)


async def test_a_request_that_waits_after_all_and_the_one_more_are_one_job() -> None:
    videos = Videos()
    item = await videos.item()
    await videos.look_at_waiting()
    await videos.look_at_waiting(after=2 * DAY)
    assert len({event.id for event, _ in videos.requests.sent}) == 1
    await videos.request(item)
    await videos.deliver(videos.requests)
    assert (len(videos.jobs.started), list(videos.slots.account.holders)) == (1, [FIRST])


async def test_what_is_younger_or_no_video_or_somewhere_else_is_left_alone() -> None:
    videos = Videos()
    await videos.item()
    await videos.item(OTHER_ID, kind=MediaKind.IMAGE)
    assert await videos.look_at_waiting(after=DAY - timedelta(minutes=1)) == 0
    await videos.ledger.advance(MEDIA_ID, Status.MODERATED, AT)
    assert await videos.look_at_waiting(after=2 * DAY) == 0
    assert videos.requests.sent == []


async def test_an_attempt_that_has_just_failed_waits_for_its_own_next() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job)
    videos.now = AT + DAY
    await videos.tell(job)
    assert await videos.look_at_waiting(after=DAY + timedelta(minutes=1)) == 0
    assert await videos.look_at_waiting(after=2 * DAY) == 1
    assert len({event.id for event, _ in videos.requests.sent}) == 1, "the second attempt, once more"


async def test_a_job_that_holds_its_slot_is_the_other_sweeps_and_one_without_is_told() -> None:
    videos = Videos()
    job = await videos.start()
    assert await videos.look_at_waiting() == 0
    await videos.slots.release(FIRST)
    videos.jobs.end(job)
    assert await videos.look_at_waiting(after=2 * DAY) == 1
    await videos.deliver(videos.completions)
    assert len(videos.reviews.sent) == 1


async def test_findings_that_never_went_on_go_on() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.end(job)
    videos.ledger.fail_next("advance", Transient("ledger-failed"))
    with pytest.raises(Transient):
        await videos.tell(job)
    assert await videos.look_at_waiting() == 1
    await videos.deliver(videos.requests)
    assert len(videos.reviews.sent) == 1


async def test_a_final_failure_that_nobody_filed_says_its_reason_again() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.fail(job, "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(job)
    assert await videos.look_at_waiting() == 1
    with pytest.raises(Permanent, match="video-job-failed") as caught:
        await videos.deliver(videos.completions)
    assert (caught.value.media_id, videos.requests.sent) == (MEDIA_ID, [])


async def test_a_final_failure_without_a_job_is_asked_for_again() -> None:
    videos = Videos()
    await videos.item()
    for attempt in (1, 2, 3):
        await videos.ledger.add(MEDIA_ID, VideoFailed(at=AT, attempt=attempt, code=TOKEN_TAKEN))
    assert await videos.look_at_waiting() == 1
    assert len(videos.requests.sent) == 1


async def test_a_look_ends_in_time_and_the_next_goes_on_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_videos, "MOST_A_LOOK", 2)
    videos, round_ = Videos(), Round()
    ids = [letter * 26 for letter in "abcde"]
    for number, media_id in enumerate(ids):
        await videos.item(media_id)
        await videos.ledger.advance(media_id, Status.QUARANTINED, AT)
        await videos.ledger.advance(media_id, Status.MODERATING, AT + timedelta(seconds=number))
    looks = [
        await videos.look_at_waiting(after=DAY + timedelta(minutes=minute), round_=round_) for minute in (1, 2, 3, 4)
    ]
    assert looks == [2, 2, 1, 0]
    assert sorted(event.subject or "" for event, _ in videos.requests.sent) == ids
    assert await videos.look_at_waiting(after=2 * DAY + timedelta(minutes=4), round_=round_) == 2, "the next round"


async def test_one_task_looks_at_a_time() -> None:
    videos = Videos()
    await videos.item()
    assert await videos.look_at_waiting() == 1
    assert await videos.look_at_waiting(sweeper="another") == 0


async def test_an_item_that_cannot_be_read_holds_up_no_other() -> None:
    videos = Videos()
    await videos.item()
    await videos.item(OTHER_ID)
    videos.ledger.fail_next("record", Transient("ledger-failed"))
    assert await videos.look_at_waiting() == 1
