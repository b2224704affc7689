"""What a video shows, and when: by metadata, by a labels file, or by a detector that looks at its frames."""

import hashlib
from itertools import pairwise

import pytest
from gavel_emulator.rekognition.detectors.scripted import Scripted
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.images import decode
from gavel_emulator.rekognition.notation import NotationError
from gavel_emulator.rekognition.scene import Picture, Scene, Seen
from gavel_emulator.rekognition.video.script import parse_script

from tests import media, videos
from tests.unit.emulator_video.stage import Stage


def shown(stage: Stage, **metadata: str) -> list[tuple[str, int]]:
    """Of a video of two seconds."""
    stage.put(None, **metadata)
    job = stage.start()
    stage.pass_time(seconds=60)
    return stage.labels_at(job)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_the_model_looks_twice_a_second(stage: Stage) -> None:
    assert shown(stage, labels="Gambling:90") == [("Gambling", at) for at in (0, 500, 1000, 1500)]


def test_a_label_is_seen_from_its_start_to_its_end(stage: Stage) -> None:
    assert shown(stage, labels="Gambling@500-1000:90") == [("Gambling", 500), ("Gambling", 1000)]


@pytest.mark.parametrize("times", ["1100-1400", "1100-1100", "1700-1800", "1700-2500"])
def test_what_is_too_short_to_be_looked_at_is_seen_at_its_start(stage: Stage, times: str) -> None:
    assert shown(stage, labels=f"Gambling@{times}:90") == [("Gambling", int(times[:4]))]


def test_an_end_after_the_videos_end_is_the_videos_end(stage: Stage) -> None:
    assert shown(stage, labels="Gambling@1400-99000:90") == [("Gambling", 1500)]


def test_every_ancestor_is_an_entry_with_the_same_confidence(stage: Stage) -> None:
    stage.put(labels="Smoking@0-0:88.1")
    job = stage.start()
    stage.pass_time(seconds=60)
    assert [found["ModerationLabel"] for found in stage.get(job)["ModerationLabels"]] == [
        {
            "Confidence": 88.1,
            "Name": "Smoking",
            "ParentName": "Drugs & Tobacco Paraphernalia & Use",
            "TaxonomyLevel": 3,
        },
        {
            "Confidence": 88.1,
            "Name": "Drugs & Tobacco Paraphernalia & Use",
            "ParentName": "Drugs & Tobacco",
            "TaxonomyLevel": 2,
        },
        {"Confidence": 88.1, "Name": "Drugs & Tobacco", "ParentName": "", "TaxonomyLevel": 1},
    ]


def test_each_label_carries_the_content_types_of_its_moment(stage: Stage) -> None:
    stage.put(labels="Gambling:90", content_types="Illustrated@0-999:70,Animated:60.5")
    job = stage.start()
    stage.pass_time(seconds=60)
    types = [[seen["Name"] for seen in found["ContentTypes"]] for found in stage.get(job)["ModerationLabels"]]
    assert types == [["Illustrated", "Animated"], ["Illustrated", "Animated"], ["Animated"], ["Animated"]]


def test_labels_under_the_minimum_which_is_50_by_default_are_left_out(stage: Stage) -> None:
    stage.put(labels="Gambling@0-0:49,Gambling@500-500:50")
    default, lower = stage.start(), stage.start(MinConfidence=40)
    stage.pass_time(seconds=60)
    assert stage.labels_at(default) == [("Gambling", 500)]
    assert stage.labels_at(lower) == [("Gambling", 0), ("Gambling", 500)]


def test_a_video_that_nobody_scripted_shows_nothing(stage: Stage) -> None:
    assert shown(stage) == []
    assert shown(stage, labels="") == []


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ("Violense:90", "did you mean 'Violence'?"),
        ("Gambling", "'Gambling' is not of the form <name>[@<from>-<to>]:<confidence>"),
        ("Gambling@1-:90", "is not of the form"),
        ("Gambling@1.5-2:90", "is not of the form"),
        ("Gambling@-5-2:90", "is not of the form"),
        ("Gambling@900-800:90", "'Gambling@900-800:90' ends before it begins"),
        ("Gambling@0-500:101", "more than 100"),
        ("Gambling@0-500:90,Gambling@500-900:80", "'Gambling' is named twice for the same time"),
        ("Gambling:90,Gambling@500-900:80", "'Gambling' is named twice for the same time"),
        ("Gambling@2000-2500:90", "2000-2500 begins after the video's end, which is at 2000"),
    ],
)
def test_metadata_that_makes_no_sense_is_refused_and_never_an_innocent_video(
    stage: Stage, labels: str, problem: str
) -> None:
    stage.put(labels=labels)
    with pytest.raises(RekognitionError) as refused:
        stage.start()
    assert refused.value.code == "InvalidParameterException"
    assert problem in refused.value.message


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(NotationError) as refused:
        parse_script(labels="Violense:90,Alcohol", content_types="Painted@0-1:80")
    for problem in ("did you mean 'Violence'?", "'Alcohol' is not of the form", "'Painted' is not a content type"):
        assert problem in str(refused.value)


def test_a_labels_file_knows_a_video_by_its_content(stage: Stage) -> None:
    sha256 = hashlib.sha256(videos.make_video()).hexdigest()
    stage.labels.add({sha256: {"labels": "Gambling@500-500:90", "content_types": "Animated:70"}})
    assert shown(stage) == [("Gambling", 500)]
    assert shown(stage, labels="Violence@0-0:80") == [("Violence", 0)]
    assert shown(stage, source_sha256=sha256) == [("Gambling", 500)]


def test_a_labels_file_that_does_not_fit_the_video_fails_the_job(stage: Stage) -> None:
    video = stage.put()
    stage.labels.add({video.sha256(): {"labels": "Gambling@5000-6000:90"}})
    job = stage.start()
    stage.pass_time(seconds=60)
    answer = stage.get(job)
    assert answer["JobStatus"] == "FAILED"
    assert "5000-6000 begins after the video's end" in answer["StatusMessage"]


def test_a_labels_files_times_are_not_for_pictures(stage: Stage) -> None:
    sha256 = hashlib.sha256(media.png()).hexdigest()
    stage.labels.add({sha256: {"labels": "Gambling@500-500:90"}})
    with pytest.raises(RekognitionError) as refused:
        Scripted(stage.labels).look(decode(media.png(), {}))
    assert "names times, and this is a picture" in refused.value.message


def test_an_entry_of_a_labels_file_without_times_is_good_for_both(stage: Stage) -> None:
    entry = {"labels": "Gambling:90"}
    stage.labels.add({hashlib.sha256(media.png()).hexdigest(): entry, stage.put().sha256(): entry})
    assert Scripted(stage.labels).look(decode(media.png(), {})) == Scene(moderation=(Seen("Gambling", 90.0),))
    assert len(shown(stage)) == 4


class Watcher:
    """Sees gambling in the right half of a video's time, where the white bar is."""

    def __init__(self) -> None:
        self.looks: list[Picture] = []

    def look(self, picture: Picture) -> Scene | None:
        self.looks.append(picture)
        return Scene(moderation=(Seen("Gambling", 90.0),)) if len(self.looks) > 2 else None


def test_a_detector_looks_at_two_frames_a_second() -> None:
    watcher = Watcher()
    stage = Stage(watcher)
    assert shown(stage) == [("Gambling", 1000), ("Gambling", 1500)]
    assert [look.pixels.size for look in watcher.looks] == [media.SIZE] * 4
    assert all(one.pixels.tobytes() != other.pixels.tobytes() for one, other in pairwise(watcher.looks))


def test_a_detector_is_not_asked_about_a_scripted_video() -> None:
    watcher = Watcher()
    assert shown(Stage(watcher), labels="Violence@0-0:80") == [("Violence", 0)]
    assert watcher.looks == []


def test_frames_further_apart_than_the_looks_are_seen_once_each() -> None:
    watcher = Watcher()
    stage = Stage(watcher)
    stage.put(videos.make_video(6, fps=1))
    job = stage.start()
    stage.pass_time(seconds=60)
    assert [at for _, at in stage.labels_at(job)] == [2000, 3000, 4000, 5000]
