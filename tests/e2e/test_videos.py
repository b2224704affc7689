"""Videos through the deployed pipeline: from an upload to a verdict, whatever becomes of their jobs on the way."""

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.contracts.frames import unpack
from shared.contracts.words import Action, DecidedBy, Status
from shared.ledger.entries import ContentRead, EvidenceFound, VideoFailed, VideoStarted
from shared.ledger.views import only
from tests import videos
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually

PATIENTLY_S = 240
VIDEOS_AT_ONCE = 60
SLOTS = 20
HANDFUL = 5
AT_ONCE = {"job_share": 0}
"""A video's job takes no longer for being a long one's."""


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _jobs_are_themselves_again(pipeline: Pipeline) -> AsyncIterator[None]:
    await pipeline.control("video-jobs", method="DELETE")
    yield
    await pipeline.control("video-settings", method="DELETE")


def unique_video(duration_s: float = 2.0) -> bytes:
    """Bytes that no other test has sent: nobody's verdict is reused. What stands behind the last part, players pass."""
    filler = uuid.uuid4().bytes
    return videos.make_video(duration_s) + struct.pack(">I", 8 + len(filler)) + b"free" + filler


def unique_long_video(duration_s: int) -> bytes:
    filler = uuid.uuid4().bytes
    return videos.long_video(duration_s) + struct.pack(">I", 8 + len(filler)) + b"free" + filler


async def sent(pipeline: Pipeline, body: bytes | None = None, *, labels: str = "", **more: Any) -> str:
    """The media id of a video that was uploaded; S3 tells of it by itself."""
    place = await pipeline.upload(unique_video() if body is None else body, labels=labels, name="film.mp4", **more)
    return pipeline.id_of(place)


async def jobs(pipeline: Pipeline, item: str) -> list[dict[str, Any]]:
    return [job for job in (await pipeline.control("video-jobs"))["jobs"] if job["tag"] == item]


async def job(pipeline: Pipeline, item: str, *, attempt: int = 1) -> str:
    """The id of the item's job, as soon as it is written down."""
    await eventually(lambda: _started(pipeline, item, attempt), what=f"attempt {attempt} of {item}")
    return str((await jobs(pipeline, item))[attempt - 1]["id"])


async def _started(pipeline: Pipeline, item: str, attempt: int) -> VideoStarted | None:
    entry = await pipeline.connection.ledger.entry(item, f"video#{attempt:02}")
    return entry if isinstance(entry, VideoStarted) else None


@pytest.mark.parametrize(
    ("labels", "action"), [("", Action.APPROVE), ("Weapon Violence:98.4", Action.REJECT)], ids=["nothing", "violence"]
)
async def test_a_video_that_the_policy_settles_gets_its_verdict(
    pipeline: Pipeline, labels: str, action: Action
) -> None:
    item = await sent(pipeline, labels=labels)
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by, event.data.kind) == (action, DecidedBy.MODEL, "video")
    content = await pipeline.entry(item, ContentRead)
    assert (content.format, content.codec, content.readable.key) == ("mp4", "h264", event.data.source.key)


async def test_everything_that_was_found_is_kept_from_every_page(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", AT_ONCE)
    item = await sent(pipeline, unique_long_video(600), labels="Smoking:91.2")
    await pipeline.verdict(item)
    evidence = (await pipeline.entry(item, EvidenceFound)).evidence
    frames = list(unpack(await stored(pipeline, str(evidence.frames_uri))))
    assert len(frames) == 3 * 600 * 2, "three levels, twice a second"
    assert {one.label for one in evidence.findings} == {each.finding.label for each in frames}
    assert evidence.video is not None
    assert evidence.video.duration_ms == pytest.approx(600_000, abs=100)
    assert (await stored(pipeline, evidence.raw_uri))[:2] == b"\x1f\x8b"


async def stored(pipeline: Pipeline, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    answer = await pipeline.connection.s3.get_object(Bucket=bucket, Key=key)
    body: bytes = await answer["Body"].read()
    return body


async def test_the_same_bytes_get_the_same_verdict_without_another_job(pipeline: Pipeline) -> None:
    body = unique_video()
    first = await sent(pipeline, body, labels="Weapon Violence:98.4")
    await pipeline.verdict(first)
    await pipeline.status(first, Status.DONE)
    again = await sent(pipeline, body)
    event = await pipeline.verdict(again)
    assert (event.data.verdict, event.data.decided_by) == (Action.REJECT, DecidedBy.REUSE)
    assert await jobs(pipeline, again) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (videos.text_named_mp4(), "not-media"),
        (videos.long_video(), "video-too-long"),
        (videos.truncated(), "video-truncated"),
        (videos.sound_only(), "video-without-picture"),
        (videos.make_video(0.5, codec="libx265"), "video-codec-not-supported"),
        (videos.make_video(0.5, codec="libvpx-vp9", container="webm"), "video-format-not-supported"),
    ],
    ids=["text", "6 h 1 min", "truncated", "sound", "HEVC", "WebM"],
)
async def test_what_rekognition_cannot_read_is_quarantined_unasked(pipeline: Pipeline, body: bytes, code: str) -> None:
    item = await sent(pipeline, body)
    entry = await pipeline.quarantined(item)
    assert entry.code == code
    assert entry.detail
    assert await jobs(pipeline, item) == []


async def test_the_backfill_lane_ends_in_verdicts_too(pipeline: Pipeline) -> None:
    place = await pipeline.upload(unique_video(), key=f"elsewhere/{uuid.uuid4().hex}.mp4")
    item = await pipeline.submit(place, lane="backfill")
    assert (await pipeline.verdict(item)).data.verdict is Action.APPROVE


async def test_no_image_waits_behind_videos(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", {"held": True})
    waiting = [await sent(pipeline) for _ in range(SLOTS + 5)]
    await eventually(lambda: _running(pipeline, SLOTS), what="all slots taken", within_s=PATIENTLY_S)
    image = await pipeline.submit(await pipeline.upload(unique_jpeg()))
    assert (await pipeline.verdict(image)).data.verdict is Action.APPROVE
    await pipeline.control("video-settings", {"held": False})
    for item in waiting:
        await pipeline.verdict(item)


async def _running(pipeline: Pipeline, number: int) -> int | None:
    running: int = (await pipeline.control("video-jobs"))["running"]
    return running if running >= number else None


async def test_sixty_videos_at_once_keep_to_twenty_slots_and_none_is_lost(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", {"job_min_ms": 2_000})
    items = await asyncio.gather(*(sent(pipeline) for _ in range(VIDEOS_AT_ONCE)))

    async def all_told() -> bool | None:
        return all(item in pipeline.verdicts.by_media for item in items) or None

    await eventually(all_told, what=f"{VIDEOS_AT_ONCE} verdicts", within_s=PATIENTLY_S)
    for item in items:
        assert (await pipeline.verdict(item)).data.verdict is Action.APPROVE
        assert len(await jobs(pipeline, item)) == 1
    told = await pipeline.control("video-jobs")
    assert told["started"] == VIDEOS_AT_ONCE
    assert told["peak"] <= SLOTS
    assert told["limit_exceeded"] <= HANDFUL
    assert await _held(pipeline) == []


async def _held(pipeline: Pipeline) -> list[str]:
    answer = await pipeline.connection.dynamodb.get_item(
        TableName=pipeline.connection.outputs.ledger_table,
        Key={"pk": {"S": "slots#video-jobs"}, "sk": {"S": "slots"}},
        ConsistentRead=True,
    )
    return [name for name in answer["Item"] if name.startswith("holder:")]


async def test_when_others_use_the_accounts_jobs_videos_wait_and_are_not_lost(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", {"max_jobs": 0})
    item = await sent(pipeline)
    await eventually(lambda: _refused(pipeline), what="a refused job")
    await pipeline.control("video-settings", {"max_jobs": SLOTS})
    assert (await pipeline.verdict(item)).data.verdict is Action.APPROVE
    assert (await pipeline.control("video-jobs"))["limit_exceeded"] <= HANDFUL


async def _refused(pipeline: Pipeline) -> int | None:
    return int((await pipeline.control("video-jobs"))["limit_exceeded"]) or None


async def test_an_end_that_is_never_told_is_found(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", {"notification_copies": 0})
    item = await sent(pipeline, labels="Weapon Violence:98.4")
    assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
    assert len(await jobs(pipeline, item)) == 1


async def test_an_end_that_is_told_twice_is_one_verdict(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", {"notification_copies": 2})
    item = await sent(pipeline, labels="Weapon Violence:98.4")
    await pipeline.verdict(item)
    record = await pipeline.status(item, Status.DONE)
    assert record.summary.verdict_number == 1
    assert len([entry for entry in record.entries if isinstance(entry, EvidenceFound)]) == 1


async def test_moderate_killed_between_start_and_end_loses_nothing(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", {"held": True})
    item = await sent(pipeline, labels="Weapon Violence:98.4")
    await job(pipeline, item)
    assert await pipeline.kill("moderate") >= 1
    await pipeline.control("video-settings", {"held": False})
    assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
    assert len(await jobs(pipeline, item)) == 1


@pytest.mark.parametrize("call", ["rekognition.StartContentModeration", "rekognition.GetContentModeration"])
async def test_moderate_killed_in_the_middle_of_a_call_starts_nothing_twice(pipeline: Pipeline, call: str) -> None:
    await pipeline.control("faults", {"operation": call, "kind": "latency", "latency_ms": 2_000, "when": "after"})
    item = await sent(pipeline, labels="Weapon Violence:98.4")
    await eventually(lambda: _held_up(pipeline), what=f"{call} held up")
    assert await pipeline.kill("moderate") >= 1
    await pipeline.control("faults", method="DELETE")
    assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
    assert len(await jobs(pipeline, item)) == 1


async def _held_up(pipeline: Pipeline) -> int | None:
    (rule,) = (await pipeline.control("faults"))["faults"]
    return int(rule["acted"]) or None


async def test_pages_that_expire_halfway_are_read_from_the_first_again(pipeline: Pipeline) -> None:
    await pipeline.control("video-settings", AT_ONCE)
    slowly = {"operation": "rekognition.GetContentModeration", "kind": "latency", "latency_ms": 1_000}
    await pipeline.control("faults", slowly)
    await _expired(pipeline)  # those of the jobs before
    item = await sent(pipeline, unique_long_video(600), labels="Smoking:91.2")
    await eventually(lambda: _expired(pipeline), what="a page that has expired")
    await pipeline.control("faults", method="DELETE")
    await pipeline.verdict(item)
    evidence = (await pipeline.entry(item, EvidenceFound)).evidence
    assert len(list(unpack(await stored(pipeline, str(evidence.frames_uri))))) == 3 * 600 * 2


async def _expired(pipeline: Pipeline) -> int | None:
    return int((await pipeline.control("video-jobs/page-tokens", method="DELETE"))["expired"]) or None


@pytest.mark.parametrize("status", ["FAILED", "ERROR"])
async def test_a_job_that_fails_for_no_reason_of_its_own_is_tried_again(pipeline: Pipeline, status: str) -> None:
    await pipeline.control("video-settings", {"held": True})
    item = await sent(pipeline, labels="Weapon Violence:98.4")
    failing = {"message": "Internal server error", "status": status}
    await pipeline.control(f"video-jobs/{await job(pipeline, item)}/fail", failing)
    await pipeline.control(f"video-jobs/{await job(pipeline, item, attempt=2)}/finish", {})
    assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
    assert [each["token"] for each in await jobs(pipeline, item)] == [f"{item}-1", f"{item}-2"]


async def test_a_job_that_cannot_succeed_is_quarantined_with_what_rekognition_said(pipeline: Pipeline) -> None:
    item = await sent(pipeline, job_failure="Unsupported codec/format.")
    entry = await pipeline.quarantined(item)
    assert (entry.code, entry.detail) == ("video-job-failed", "Unsupported codec/format.")
    record = await pipeline.record(item)
    assert record is not None
    assert only(record, EvidenceFound) is None
    assert only(record, VideoFailed) is not None
    assert item not in pipeline.verdicts.by_media
    assert len(await jobs(pipeline, item)) == 1
