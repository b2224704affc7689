"""GetContentModeration's listings: sorted, joined to segments, in pages."""

from typing import Any

import pytest
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.job_book import Place

from tests import videos
from tests.unit.emulator_video.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def finished(stage: Stage, labels: str, *, seconds: float = 2, **more: Any) -> str:
    stage.put(videos.make_video(seconds), labels=labels, **more)
    job = stage.start()
    stage.pass_time(seconds=seconds + 5)
    return job


def test_by_name_labels_are_grouped_and_the_surest_come_first(stage: Stage) -> None:
    job = finished(stage, "Violence@0-500:60,Gambling@500-999:70,Gambling@1000-1999:80")
    assert stage.labels_at(job, SortBy="NAME") == [
        ("Gambling", 1000),
        ("Gambling", 1500),
        ("Gambling", 500),
        ("Violence", 0),
        ("Violence", 500),
    ]
    assert stage.labels_at(job) == [
        ("Violence", 0),
        ("Gambling", 500),
        ("Violence", 500),
        ("Gambling", 1000),
        ("Gambling", 1500),
    ]


def test_sightings_in_a_row_are_a_segment(stage: Stage) -> None:
    job = finished(
        stage, "Gambling@0-500:70,Gambling@501-1000:80,Gambling@2000-2400:60,Violence@1000-1000:90", seconds=3
    )
    answer = stage.get(job, AggregateBy="SEGMENTS")
    told = [
        (
            found["ModerationLabel"]["Name"],
            found["ModerationLabel"]["Confidence"],
            found["Timestamp"],
            found["StartTimestampMillis"],
            found["EndTimestampMillis"],
            found["DurationMillis"],
        )
        for found in answer["ModerationLabels"]
    ]
    assert told == [
        ("Gambling", 80.0, 0, 0, 1000, 1000),
        ("Violence", 90.0, 1000, 1000, 1000, 0),
        ("Gambling", 60.0, 2000, 2000, 2000, 0),
    ]
    assert answer["GetRequestMetadata"] == {"SortBy": "TIMESTAMP", "AggregateBy": "SEGMENTS"}


def test_a_segment_has_the_surest_of_its_content_types(stage: Stage) -> None:
    job = finished(stage, "Gambling:70", content_types="Animated@0-500:60,Animated@900-1600:75,Illustrated@0-100:65")
    (segment,) = stage.get(job, AggregateBy="SEGMENTS")["ModerationLabels"]
    assert segment["ContentTypes"] == [
        {"Confidence": 75.0, "Name": "Animated"},
        {"Confidence": 65.0, "Name": "Illustrated"},
    ]


def test_one_by_one_nothing_is_said_of_segments(stage: Stage) -> None:
    found = stage.get(finished(stage, "Gambling:70"))["ModerationLabels"][0]
    assert sorted(found) == ["ContentTypes", "ModerationLabel", "Timestamp"]


@pytest.mark.parametrize("size", [1, 3, 4, 5])
def test_the_pages_together_are_the_whole(stage: Stage, size: int) -> None:
    job = finished(stage, "Gambling:70")
    seen: list[int] = []
    more: dict[str, Any] = {}
    while True:
        answer = stage.get(job, MaxResults=size, **more)
        assert len(answer["ModerationLabels"]) <= size
        assert answer["VideoMetadata"]["Codec"] == "h264"
        seen += [found["Timestamp"] for found in answer["ModerationLabels"]]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
        assert len(answer["NextToken"]) <= 255
    assert seen == [0, 500, 1000, 1500]


def test_a_page_has_1000_findings_at_most(stage: Stage) -> None:
    stage.put(videos.long_video(600), labels="Gambling:70")
    job = stage.start()
    stage.pass_time(seconds=600)
    first = stage.get(job)
    assert len(first["ModerationLabels"]) == 1000
    assert len(stage.get(job, MaxResults=5000)["ModerationLabels"]) == 1000
    assert len(stage.get(job, NextToken=first["NextToken"])["ModerationLabels"]) == 200


def refusal(stage: Stage, job: str, **more: Any) -> tuple[str, str]:
    with pytest.raises(RekognitionError) as refused:
        stage.get(job, **more)
    return refused.value.code, refused.value.message


INVALID = ("InvalidPaginationTokenException", "Invalid Pagination Token")


def test_a_token_is_good_for_a_day(stage: Stage) -> None:
    job = finished(stage, "Gambling:70")
    token = stage.get(job, MaxResults=1)["NextToken"]
    stage.pass_time(seconds=86_399)
    assert stage.get(job, NextToken=token)["ModerationLabels"]
    stage.pass_time(seconds=1)
    assert refusal(stage, job, NextToken=token) == INVALID


def test_all_tokens_expire_on_demand(stage: Stage) -> None:
    job = finished(stage, "Gambling:70")
    token = stage.get(job, MaxResults=1)["NextToken"]
    assert stage.ports.tokens.expire_all() == 1
    assert refusal(stage, job, NextToken=token) == INVALID
    assert stage.get(job, MaxResults=1)["NextToken"]


def test_a_token_is_good_for_its_own_listing(stage: Stage) -> None:
    job, other = finished(stage, "Gambling:70"), finished(stage, "Gambling:70")
    token = stage.get(job, MaxResults=1)["NextToken"]
    assert refusal(stage, other, NextToken=token) == INVALID
    assert refusal(stage, job, NextToken=token, SortBy="NAME") == INVALID
    assert refusal(stage, job, NextToken=token, AggregateBy="SEGMENTS") == INVALID
    assert refusal(stage, job, NextToken="made-up") == INVALID


def test_an_unknown_job_is_not_found(stage: Stage) -> None:
    job = finished(stage, "Gambling:70")
    assert refusal(stage, "0" * 64)[0] == "ResourceNotFoundException"
    assert refusal(stage, job, place=Place("111122223333", "eu-west-1"))[0] == "ResourceNotFoundException"
