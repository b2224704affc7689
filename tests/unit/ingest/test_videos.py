"""A video is known by its header, hashed piece by piece, pinned, and sent to the queue where videos wait."""

import hashlib
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapters.room import FewPlaces
from services.ingest.domain.boxes import Walk, Want
from services.ingest.domain.videos import MAX_VIDEO_BYTES, VideoTraits, check_size, describe
from services.ingest.handler import videos as handler
from shared.contracts.messages import MediaRef
from shared.contracts.words import Lane, MediaKind, Status
from shared.errors import Deferred, Permanent, Transient
from tests import media, videos
from tests.unit.ingest.world import UNVERSIONED, World, cloudevent, id_of, s3_event


def read(body: bytes) -> VideoTraits:
    """What the walk finds in a file. It may want more than there is left, and nothing that begins behind the end: that
    S3 doesn't have."""
    walk = describe(len(body))
    try:
        want = next(walk)
        while True:
            assert want.offset < len(body)
            want = walk.send(body[want.offset : want.offset + want.size])
    except StopIteration as done:
        traits: VideoTraits = done.value
        return traits


def refusal(body: bytes) -> str:
    with pytest.raises(Permanent) as caught:
        read(body)
    assert caught.value.detail
    return caught.value.code


@pytest.mark.parametrize(
    "options", [{}, {"faststart": True}, {"container": "mov"}, {"sound": True}, {"fps": 30}], ids=str
)
def test_what_rekognition_reads_is_described(options: dict[str, Any]) -> None:
    traits = read(videos.make_video(2.0, (320, 240), **options))
    assert (traits.codec, traits.width_px, traits.height_px) == ("h264", 320, 240)
    assert traits.duration_ms == pytest.approx(2000, abs=120)


def test_a_recording_as_it_is_streamed_tells_no_duration() -> None:
    assert read(videos.make_video(fragmented=True)).duration_ms is None


@pytest.mark.parametrize(
    ("codec", "name"), [("libx265", "H.265"), ("mpeg4", "MPEG-4 Visual"), ("libvpx-vp9", "VP9")], ids=str
)
def test_other_codecs_are_refused_by_their_name(codec: str, name: str) -> None:
    with pytest.raises(Permanent, match="video-codec-not-supported") as caught:
        read(videos.make_video(0.5, codec=codec))
    assert name in caught.value.detail


def test_six_hours_are_taken_and_a_minute_more_is_not() -> None:
    assert read(videos.long_video(videos.SIX_HOURS_S)).duration_ms == 6 * 3600 * 1000
    with pytest.raises(Permanent, match="video-too-long") as caught:
        read(videos.long_video())
    assert "6 h 1 min" in caught.value.detail


def test_a_video_is_as_large_as_rekognition_says() -> None:
    check_size(MAX_VIDEO_BYTES)
    with pytest.raises(Permanent, match="video-too-large"):
        check_size(MAX_VIDEO_BYTES + 1)


def test_what_is_cut_off_is_refused_wherever_its_header_stands() -> None:
    assert refusal(videos.truncated()) == "video-truncated"
    whole = videos.make_video(faststart=True)
    assert refusal(whole[:-1]) == "video-truncated"
    assert refusal(whole[: whole.find(b"mdat") - 4]) == "video-truncated"


def test_sound_alone_is_refused() -> None:
    assert refusal(videos.sound_only()) == "video-without-picture"


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I", len(body) + 8) + kind + body


def header(*tracks: bytes, duration: int = 2000, version: int = 0) -> bytes:
    """A file of one header and no frames worth the name."""
    times = (
        bytes(8) + struct.pack(">II", 1000, duration)
        if version == 0
        else bytes(16) + struct.pack(">IQ", 1000, duration)
    )
    return box(b"moov", box(b"mvhd", bytes([version, 0, 0, 0]), times), *tracks) + box(b"mdat", bytes(8))


def track(codec: bytes = b"avc1", handler_type: bytes = b"vide") -> bytes:
    entry = struct.pack(">I", 36) + codec + bytes(24) + struct.pack(">HH", 320, 240)
    described = box(b"stsd", bytes(4), struct.pack(">I", 1), entry)
    handler_box = box(b"hdlr", bytes(8), handler_type, bytes(12))
    return box(b"trak", box(b"mdia", handler_box, box(b"minf", box(b"stbl", described))))


FAR = struct.pack(">I", 0x7FFFFFFF) + b"mdia"
"""A part that says it is larger than any of these files."""


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (header(track(b"encv")), "video-encrypted"),
        (header(track(), track()), "video-ambiguous"),
        (header(track(b"zzzz")), "video-codec-not-supported"),
        (header(track(), duration=0), "video-unreadable"),
        (header(), "video-without-picture"),
        (header(track(b"jpeg")), "video-without-picture"),
        (box(b"ftyp", b"isom") + struct.pack(">I", 7) + b"moov" + bytes(50), "video-unreadable"),
        (box(b"free") * 1_001 + header(track()), "video-truncated"),
        (header(*[box(b"free")] * 1_001), "video-unreadable"),
        (header(FAR), "video-unreadable"),
        (header(box(b"trak", FAR)), "video-unreadable"),
    ],
    ids=[
        *("encrypted", "two films", "unknown codec", "no duration", "no tracks", "a cover", "too small", "scattered"),
        *("in pieces", "a track beyond the end", "a part beyond its track"),
    ],
)
def test_what_cannot_be_judged_has_its_reason(file: bytes, code: str) -> None:
    assert refusal(file) == code


def test_chapter_pictures_and_sound_beside_the_film_are_no_second_film() -> None:
    assert read(header(track(), track(b"jpeg"), track(b"mp4a", b"soun"))).width_px == 320


def test_long_forms_of_sizes_and_times_are_read() -> None:
    file = header(track(), duration=3_000, version=1)
    long = struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", 24) + bytes(8)
    assert read(long + file[: file.find(b"mdat") - 4]).duration_ms == 3_000
    assert read(file[: file.find(b"mdat") - 4] + struct.pack(">I", 0) + b"mdat" + bytes(9)).duration_ms == 3_000


@given(st.data())
def test_no_bytes_whatever_break_the_walk(data: st.DataObject) -> None:
    whole = bytearray(videos.make_video(0.5, sound=True))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(0, len(whole))) :]
    # Refused or read, but nothing else.
    with suppress(Permanent):
        assert read(bytes(whole)).codec == "h264"


def test_the_walk_wants_little_whatever_the_size() -> None:
    file = videos.make_video(5.0, (640, 480), sound=True)
    walk, wanted = describe(len(file)), 0
    try:
        want: Want = next(walk)
        while True:
            wanted += want.size
            want = walk.send(file[want.offset : want.offset + want.size])
    except StopIteration:
        assert wanted < 1_500 < len(file)


@pytest.mark.parametrize(("lane", "backfill"), [(Lane.LIVE, False), (Lane.BACKFILL, True)])
async def test_a_video_goes_to_the_queue_of_its_lane_and_never_among_images(lane: Lane, backfill: bool) -> None:
    world = World()
    body = videos.make_video()
    ref = world.upload(body, "holiday.jpg")
    await world.deliver(cloudevent(ref, lane=lane))
    (event, group), *more = (world.video_backfill if backfill else world.videos).sent
    assert (more, group, world.moderation.sent, world.backfill.sent) == ([], "default", [], [])
    assert (event.data.submission.kind, event.data.readable) == (MediaKind.VIDEO, ref)
    content = world.content(ref)
    assert content.sha256 == event.data.submission.sha256 == hashlib.sha256(body).hexdigest()
    assert (content.format, content.codec, content.width_px) == ("mp4", "h264", media.SIZE[0])
    assert content.duration_ms == pytest.approx(2000, abs=120)
    assert world.status(ref) is Status.MODERATING


async def test_the_same_video_again_gets_the_same_id_and_another_is_not_asked_for() -> None:
    world = World()
    ref = world.upload(videos.make_video())
    await world.deliver(s3_event(ref))
    await world.deliver(cloudevent(ref), receive_count=2)
    assert len({event.id for event, _ in world.videos.sent}) == 1


def large(world: World) -> MediaRef:
    world.max_image_bytes = 4_096
    return world.upload(videos.make_video(10.0, (640, 480)))


async def test_a_large_video_is_never_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "WINDOW_BYTES", 1_024)
    monkeypatch.setattr(handler, "PIECE_BYTES", 2_000)
    world = World()
    ref = large(world)
    await world.deliver(s3_event(ref))
    body = world.objects.stored(ref).body or b""
    assert len(body) > 10_000
    assert world.content(ref).sha256 == hashlib.sha256(body).hexdigest()
    assert world.objects.largest_get == 4_096


async def test_a_header_that_points_behind_the_end_asks_s3_for_nothing_there() -> None:
    world = World()
    world.max_image_bytes = 64
    ref = world.upload(box(b"ftyp", b"isom", bytes(4)) + header(box(b"trak", FAR)))
    with pytest.raises(Permanent, match="video-unreadable"):
        await world.deliver(s3_event(ref))


async def test_whatever_a_walk_wants_behind_the_end_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(size_bytes: int) -> Walk[VideoTraits]:
        assert (yield Want(size_bytes + 200_000_000, 16)) == b""
        raise Permanent("video-truncated", "it ends")

    monkeypatch.setattr(handler, "describe", lost)
    world = World()
    with pytest.raises(Permanent, match="video-truncated"):
        await world.deliver(s3_event(large(world)))


async def test_a_checksum_that_s3_has_spares_the_reading() -> None:
    world = World()
    ref = large(world)
    world.objects.with_checksum.add(ref.key)
    await world.deliver(s3_event(ref))
    assert world.content(ref).sha256 == hashlib.sha256(world.objects.stored(ref).body or b"").hexdigest()
    assert len(world.objects.gets) == 2, "its beginning, and its header at the end"


async def test_what_is_over_ten_gigabytes_is_refused_by_its_beginning() -> None:
    world = World()
    ref = world.objects.upload("photos", "a.mp4", videos.make_video(), size_bytes=MAX_VIDEO_BYTES + 1)
    with pytest.raises(Permanent, match="video-too-large") as caught:
        await world.deliver(s3_event(ref))
    assert (caught.value.media_id, len(world.objects.gets)) == (id_of(ref), 1)


async def test_of_a_bucket_without_versions_a_copy_is_judged() -> None:
    world = World()
    body = videos.make_video()
    ref = world.objects.upload(UNVERSIONED, "a.mp4", body, {"gavel-labels": "Smoking:90", "camera": "x"})
    await world.deliver(cloudevent(ref))
    ((event, _),) = world.videos.sent
    copy = world.objects.stored(event.data.readable)
    assert event.data.readable.bucket == "gavel-test-work"
    assert event.data.readable.version_id is not None
    assert (copy.body, copy.content_type, copy.metadata) == (body, "video/mp4", {"gavel-labels": "Smoking:90"})
    assert world.objects.puts == [], "the bytes never pass through here"


async def test_a_video_that_changes_while_it_is_read_is_tried_again() -> None:
    world = World()
    ref = world.objects.upload(UNVERSIONED, "a.mp4", videos.make_video())
    world.objects.fail_next("copy", Transient("object-changed"))
    with pytest.raises(Transient):
        await world.deliver(cloudevent(ref))
    assert world.videos.sent == []


async def test_large_videos_leave_places_for_everything_else() -> None:
    world = World()
    ref = large(world)
    with world.large_videos.one(), pytest.raises(Deferred) as caught:
        await world.deliver(s3_event(ref))
    assert caught.value.delay_s == 20
    await world.deliver(s3_event(ref), receive_count=2)
    assert world.status(ref) is Status.MODERATING


def test_a_place_is_free_again_whatever_happened_on_it() -> None:
    places = FewPlaces(1, code="full", again_s=1)
    with pytest.raises(ZeroDivisionError), places.one():
        raise ZeroDivisionError
    with places.one(), pytest.raises(Deferred), places.one():
        pass
