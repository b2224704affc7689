"""What can't be analysed: refused at the start where it can be known then, else the job fails."""

from collections.abc import Callable
from typing import Any

import pytest
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.scene import Picture, Scene

from tests import media, videos
from tests.unit.emulator_video.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(videos.text_named_mp4, id="a text"),
        pytest.param(lambda: b"", id="nothing"),
        pytest.param(media.jpeg, id="a picture"),
        pytest.param(media.mp4, id="the beginning of an mp4"),
        pytest.param(videos.truncated, id="half a video"),
        pytest.param(videos.corrupt, id="frames that can't be decoded"),
        pytest.param(videos.sound_only, id="sound only"),
        pytest.param(lambda: videos.make_video(codec="libx265"), id="hevc"),
        pytest.param(lambda: videos.make_video(codec="mpeg4"), id="mpeg-4 part 2"),
        pytest.param(lambda: videos.make_video(codec="libvpx-vp9", container="webm"), id="webm"),
        pytest.param(lambda: videos.make_video(container="matroska"), id="h264 in matroska"),
        pytest.param(lambda: videos.make_video(container="avi"), id="h264 in avi"),
        pytest.param(lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", id="a playlist"),
    ],
)
def test_what_is_not_h264_in_mp4_or_mov_fails_its_job(stage: Stage, make: Callable[[], bytes]) -> None:
    stage.put(make(), labels="Smoking:90")
    job = stage.start()
    assert stage.get(job)["JobStatus"] == "IN_PROGRESS"
    stage.pass_time(seconds=60)
    answer = stage.get(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Unsupported codec/format.")
    assert "VideoMetadata" not in answer


@pytest.mark.parametrize(
    "options",
    [
        {"faststart": True},
        {"fragmented": True},
        {"container": "mov"},
        {"sound": True},
        {"size": (96, 200)},
    ],
    ids=str,
)
def test_every_form_of_h264_in_mp4_or_mov_is_read(stage: Stage, options: dict[str, Any]) -> None:
    stage.put(videos.make_video(**options), labels="Gambling:90")
    job = stage.start()
    stage.pass_time(seconds=60)
    assert stage.labels_at(job) == [("Gambling", 0), ("Gambling", 500), ("Gambling", 1000), ("Gambling", 1500)]


def test_the_metadata_is_the_files_own(stage: Stage) -> None:
    stage.put(videos.make_video(1.5, (96, 200), fps=20, full_range=True))
    job = stage.start()
    stage.pass_time(seconds=60)
    assert stage.get(job)["VideoMetadata"] == {
        "Codec": "h264",
        "DurationMillis": 1500,
        "Format": "QuickTime / MOV",
        "FrameRate": 20.0,
        "FrameHeight": 200,
        "FrameWidth": 96,
        "ColorRange": "FULL",
    }


def test_h264_that_says_nothing_else_is_of_limited_range(stage: Stage) -> None:
    stage.put()
    job = stage.start()
    stage.pass_time(seconds=60)
    assert stage.get(job)["VideoMetadata"]["ColorRange"] == "LIMITED"


def refusal(stage: Stage) -> tuple[str, str]:
    with pytest.raises(RekognitionError) as refused:
        stage.start()
    return refused.value.code, refused.value.message


def test_a_larger_file_than_10_gb_is_refused(stage: Stage) -> None:
    video = stage.put()
    stage.ports.board.turn(max_bytes=video.size_bytes)
    assert stage.start()
    stage.ports.board.turn(max_bytes=video.size_bytes - 1)
    assert refusal(stage) == (
        "VideoTooLargeException",
        f"Video size in bytes: {video.size_bytes} is more than the maximum limit of: {video.size_bytes - 1} bytes.",
    )


def test_a_longer_video_than_6_hours_is_refused(stage: Stage) -> None:
    stage.put(videos.long_video(videos.SIX_HOURS_S))
    assert stage.start()
    stage.put(videos.long_video(videos.SIX_HOURS_S + 60))
    assert refusal(stage) == (
        "VideoTooLargeException",
        "Video duration in milliseconds: 21660000 is more than the maximum limit of: 21600000 milliseconds.",
    )


class Blind:
    def look(self, picture: Picture) -> Scene | None:
        raise AssertionError("there is no frame to look at")


@pytest.mark.parametrize("labels", [{}, {"ab" * 32: {"labels": "Smoking:90"}}], ids=["its frames", "its hash"])
def test_a_video_that_goes_away_before_it_is_looked_at_fails_its_job(labels: dict[str, Any]) -> None:
    stage = Stage(Blind())
    stage.labels.add(labels)
    video = stage.put()
    job = stage.start()
    video.is_gone = True
    stage.pass_time(seconds=60)
    answer = stage.get(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "it is gone")
