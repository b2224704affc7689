"""A video gets one job: by its token, whatever crashes and however often it is asked for."""

from datetime import timedelta

import pytest

from shared.contracts.words import Lane, MediaKind, Status
from shared.detection import NO_ROOM_FOR_JOB, TOKEN_TAKEN, JobRequest
from shared.errors import Deferred, GavelError, Permanent, Transient
from shared.ledger.entries import VideoFailed
from tests.unit.moderate.world import AT, FIRST, MEDIA_ID, READABLE, Videos


async def test_a_job_is_started_on_what_was_pinned_and_written_down() -> None:
    videos = Videos()
    job = await videos.start()
    assert videos.jobs.jobs[job].request == JobRequest(
        video=READABLE, min_confidence=55.0, token=f"{MEDIA_ID}-1", media_id=MEDIA_ID
    )
    assert videos.keys() == ["video#01"]
    assert list(videos.slots.account.holders) == [FIRST]
    assert videos.record().summary.status is Status.MODERATING
    assert videos.starts.lanes == [Lane.LIVE]


async def test_a_repeat_starts_nothing() -> None:
    videos = Videos()
    item = await videos.item()
    for _ in range(3):
        await videos.request(item)
    assert (len(videos.jobs.started), len(videos.starts.lanes)) == (1, 1)


@pytest.mark.parametrize(
    ("of", "method", "done"),
    [
        ("jobs", "start", False),
        ("jobs", "start", True),
        ("ledger", "add", False),
        ("ledger", "add", True),
        ("ledger", "record", False),
    ],
)
async def test_a_crash_anywhere_ends_in_the_same_job(of: str, method: str, done: bool) -> None:
    videos = Videos()
    item = await videos.item()
    error = Transient("rekognition-unreachable")
    if of == "jobs":
        videos.jobs.fail_next(method, error, done=done)
    else:
        videos.ledger.fail_next(method, error, written=done)
    with pytest.raises(Transient):
        await videos.request(item)
    await videos.request(item)
    assert (len(videos.jobs.started), len(videos.jobs.jobs)) == (1, 1)
    assert videos.keys() == ["video#01"]
    assert list(videos.slots.account.holders) == [FIRST]


async def test_a_job_that_runs_has_its_slot_whoever_took_it_meanwhile() -> None:
    videos = Videos()
    item = await videos.item()
    began = videos.jobs.start

    async def swept(request: JobRequest) -> str:
        await videos.slots.release(FIRST)
        return await began(request)

    videos.jobs.start = swept  # type: ignore[method-assign]
    await videos.request(item)
    assert list(videos.slots.account.holders) == [FIRST]
    await videos.slots.release(FIRST)
    await videos.request(item)
    assert list(videos.slots.account.holders) == [FIRST]


@pytest.mark.parametrize("code", ["rekognition-unreachable", "rekognition-failed"])
async def test_what_may_have_started_keeps_its_slot(code: str) -> None:
    videos = Videos()
    videos.jobs.fail_next("start", Transient(code), done=True)
    with pytest.raises(Transient):
        await videos.request(await videos.item())
    assert list(videos.slots.account.holders) == [FIRST]


@pytest.mark.parametrize(
    "error",
    [
        Transient("rekognition-throttled"),
        Transient("rekognition-access-denied"),
        Permanent("video-not-readable"),
        Deferred(NO_ROOM_FOR_JOB, delay_s=30),
    ],
)
async def test_what_has_not_started_leaves_its_slot_to_others(error: GavelError) -> None:
    videos = Videos()
    videos.jobs.fail_next("start", error)
    with pytest.raises(type(error)):
        await videos.request(await videos.item())
    assert videos.slots.account.holders == {}
    assert videos.keys() == []


async def test_when_others_use_up_the_accounts_jobs_everybody_holds_back() -> None:
    videos = Videos()
    videos.jobs.most = 0
    with pytest.raises(Deferred) as caught:
        await videos.request(await videos.item())
    assert (caught.value.code, videos.slots.closed) == (NO_ROOM_FOR_JOB, 1)


async def test_a_token_that_was_used_otherwise_is_given_up_for_the_next() -> None:
    videos = Videos()
    item = await videos.item()
    videos.jobs.fail_next("start", Permanent(TOKEN_TAKEN))
    with pytest.raises(Transient):
        await videos.request(item)
    assert videos.slots.account.holders == {}
    await videos.request(item)
    assert videos.jobs.jobs[videos.jobs.started[0]].request.token == f"{MEDIA_ID}-2"
    assert videos.keys() == ["video#01#failed", "video#02"]


async def test_a_third_token_that_was_used_otherwise_is_the_last() -> None:
    videos = Videos()
    item = await videos.item()
    for expected in (Transient, Transient, Permanent):
        videos.jobs.fail_next("start", Permanent(TOKEN_TAKEN))
        with pytest.raises(expected):
            await videos.request(item)
    assert videos.jobs.started == []


async def test_what_was_overtaken_while_it_waited_for_its_slot_looks_again() -> None:
    videos = Videos()
    item = await videos.item()
    taken = videos.slots.take

    async def slow(holder: str, lane: Lane) -> None:
        await taken(holder, lane)
        await videos.ledger.add(MEDIA_ID, VideoFailed(at=AT, attempt=1, code="video-job-failed"))

    videos.slots.take = slow  # type: ignore[method-assign]
    with pytest.raises(Transient, match="video-overtaken"):
        await videos.request(item)
    assert (videos.slots.account.holders, videos.jobs.started) == ({}, [])


async def test_an_image_is_refused_with_its_item() -> None:
    videos = Videos()
    with pytest.raises(Permanent, match="not-a-video") as caught:
        await videos.request(await videos.item(kind=MediaKind.IMAGE))
    assert caught.value.media_id == MEDIA_ID


async def test_what_has_its_findings_is_passed_on_and_holds_no_slot() -> None:
    videos = Videos()
    job = await videos.start()
    videos.jobs.end(job)
    await videos.tell(job)
    await videos.slots.take(FIRST, Lane.LIVE)
    await videos.request(await videos.item())
    assert videos.slots.account.holders == {}
    assert len(videos.jobs.started) == 1
    assert len({event.id for event, _ in videos.reviews.sent}) == 1


async def test_a_late_repeat_of_a_request_starts_nothing_for_what_is_given_up() -> None:
    videos = Videos()
    item = await videos.item()
    await videos.request(item)
    videos.jobs.fail(videos.jobs.started[0], "Unsupported codec/format.")
    with pytest.raises(Permanent):
        await videos.tell(videos.jobs.started[0])
    # The crash behind it lost its quarantine entry, at first.
    with pytest.raises(Permanent, match="video-job-failed") as caught:
        await videos.request(item)
    assert caught.value.media_id == MEDIA_ID
    await videos.quarantine("video-job-failed")
    await videos.request(item)
    assert (len(videos.jobs.started), videos.slots.account.holders) == (1, {})


async def test_a_request_that_an_operator_sends_again_is_one_more_attempt() -> None:
    videos = Videos()
    item = await videos.item()
    for expected in (Transient, Transient, Permanent):
        videos.jobs.fail_next("start", Permanent(TOKEN_TAKEN))
        with pytest.raises(expected):
            await videos.request(item)
    await videos.quarantine(TOKEN_TAKEN)
    await videos.request(item)
    assert videos.jobs.started == []
    await videos.request(item, redriven_at=AT + timedelta(hours=1))
    assert len(videos.jobs.started) == 1
