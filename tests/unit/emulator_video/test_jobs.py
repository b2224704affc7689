"""Jobs: how long they take, how they end, who hears of it, and how many there may be."""

from typing import Any

import pytest
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.job_book import JobKey, Place
from gavel_emulator.rekognition.scene import Picture, Scene
from gavel_emulator.rekognition.video import engine
from gavel_emulator.rekognition.video.jobs import Notice

from tests import videos
from tests.unit.emulator_video.stage import HERE, ROLE, TOPIC, Stage

CHANNEL = {"SNSTopicArn": TOPIC, "RoleArn": ROLE}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def refusal(stage: Stage, **request: Any) -> tuple[str, str]:
    with pytest.raises(RekognitionError) as refused:
        stage.start(**request)
    return refused.value.code, refused.value.message


def test_a_job_takes_its_share_of_the_videos_duration(stage: Stage) -> None:
    stage.put(videos.make_video(10))
    job = stage.start()
    stage.pass_time(seconds=4.9)
    assert stage.get(job)["JobStatus"] == "IN_PROGRESS"
    stage.pass_time(seconds=0.2)
    assert stage.get(job)["JobStatus"] == "SUCCEEDED"


def test_a_short_video_takes_the_minimum(stage: Stage) -> None:
    stage.put(videos.make_video(0.5))
    job = stage.start()
    stage.pass_time(seconds=1.9)
    assert stage.get(job)["JobStatus"] == "IN_PROGRESS"
    stage.pass_time(seconds=0.2)
    assert stage.get(job)["JobStatus"] == "SUCCEEDED"


def test_a_job_in_progress_tells_what_it_was_asked(stage: Stage) -> None:
    stage.put(labels="Smoking:90")
    job = stage.start(JobTag="tag")
    assert stage.get(job) == {
        "JobId": job,
        "JobStatus": "IN_PROGRESS",
        "Video": {"S3Object": {"Bucket": "films", "Name": "a.mp4"}},
        "ModerationLabels": [],
        "GetRequestMetadata": {"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
        "JobTag": "tag",
    }


def test_the_end_is_notified_once_with_its_time_in_milliseconds(stage: Stage) -> None:
    stage.put()
    job = stage.start(NotificationChannel=CHANNEL, JobTag="tag")
    stage.pass_time(seconds=60)
    message = {
        "JobId": job,
        "Status": "SUCCEEDED",
        "API": "StartContentModeration",
        "JobTag": "tag",
        "Timestamp": 1772366402000,
        "Video": {"S3ObjectName": "a.mp4", "S3Bucket": "films"},
    }
    assert stage.published == [(HERE, TOPIC, message)]


def test_a_notification_without_a_tag_has_none(stage: Stage) -> None:
    stage.put()
    stage.start(NotificationChannel=CHANNEL)
    stage.pass_time(seconds=60)
    assert "JobTag" not in stage.published[0][2]


def test_a_job_without_a_channel_tells_nobody(stage: Stage) -> None:
    stage.put()
    stage.start()
    stage.pass_time(seconds=60)
    assert stage.published == []


@pytest.mark.parametrize("copies", [0, 2])
def test_notifications_are_lost_or_doubled_on_demand(stage: Stage, copies: int) -> None:
    stage.put()
    stage.ports.board.turn(notification_copies=copies)
    stage.start(NotificationChannel=CHANNEL)
    stage.pass_time(seconds=60)
    assert len(stage.published) == copies


def test_notifications_are_delayed_on_demand(stage: Stage) -> None:
    stage.put()
    stage.ports.board.turn(notification_delay_s=30)
    job = stage.start(NotificationChannel=CHANNEL)
    stage.pass_time(seconds=20)
    assert (stage.get(job)["JobStatus"], stage.published) == ("SUCCEEDED", [])
    stage.pass_time(seconds=20)
    assert len(stage.published) == 1


@pytest.mark.parametrize(
    "topic",
    [
        TOPIC.replace("us-east-1", "eu-west-1"),
        TOPIC + ".fifo",
        TOPIC.replace(":sns:", ":sqs:"),
    ],
)
def test_the_topic_must_be_a_standard_one_of_the_region(stage: Stage, topic: str) -> None:
    stage.put()
    channel = {"SNSTopicArn": topic, "RoleArn": ROLE}
    assert refusal(stage, NotificationChannel=channel) == (
        "InvalidParameterException",
        "Request has invalid parameters.",
    )


def test_a_repeated_token_gets_the_same_job_and_no_second_notification(stage: Stage) -> None:
    stage.put()
    job = stage.start(ClientRequestToken="t", NotificationChannel=CHANNEL)
    assert stage.start(ClientRequestToken="t", NotificationChannel=CHANNEL) == job
    stage.pass_time(seconds=60)
    assert stage.start(ClientRequestToken="t", NotificationChannel=CHANNEL) == job
    stage.pass_time(seconds=60)
    assert len(stage.published) == 1
    assert stage.ports.book.counts()[HERE].started == 1


@pytest.mark.parametrize(
    "other", [{"MinConfidence": 60}, {"JobTag": "tag"}, {"NotificationChannel": CHANNEL}, {"name": "b.mp4"}]
)
def test_a_token_with_other_parameters_is_refused(stage: Stage, other: dict[str, Any]) -> None:
    stage.put()
    stage.put(name="b.mp4")
    stage.start(ClientRequestToken="t")
    assert refusal(stage, ClientRequestToken="t", **other) == (
        "IdempotentParameterMismatchException",
        "The ClientRequestToken: t you have supplied is already in use.",
    )


def test_a_token_is_the_accounts_and_regions_own(stage: Stage) -> None:
    stage.put()
    elsewhere = Place("111122223333", "eu-west-1")
    assert stage.start(ClientRequestToken="t") != stage.start(ClientRequestToken="t", place=elsewhere)


def test_a_repeated_token_needs_neither_a_slot_nor_the_object(stage: Stage) -> None:
    stage.put()
    stage.ports.board.turn(max_jobs=1)
    job = stage.start(ClientRequestToken="t")
    del stage.videos["a.mp4"]
    assert stage.start(ClientRequestToken="t") == job


def test_a_refused_start_leaves_its_token_free(stage: Stage) -> None:
    stage.put(labels="Violense:90")
    refusal(stage, ClientRequestToken="t")
    stage.put()
    assert stage.start(ClientRequestToken="t", MinConfidence=70)


def test_a_token_and_a_result_are_kept_for_seven_days(stage: Stage) -> None:
    stage.put()
    job = stage.start(ClientRequestToken="t")
    stage.pass_time(seconds=7 * 86400 - 1)
    assert stage.start(ClientRequestToken="t") == job
    stage.pass_time(seconds=1)
    with pytest.raises(RekognitionError) as unknown:
        stage.get(job)
    assert unknown.value.code == "ResourceNotFoundException"
    assert stage.start(ClientRequestToken="t", MinConfidence=70) != job


def test_the_21st_job_is_one_too_many_until_one_ends(stage: Stage) -> None:
    stage.put()
    stage.put(videos.make_video(40), name="long.mp4")
    stage.start()
    for _ in range(19):
        stage.start(name="long.mp4")
    assert refusal(stage) == (
        "LimitExceededException",
        "20 open Jobs for User arn:aws:iam::111122223333:root Maximum limit: 20",
    )
    assert stage.start(place=Place("111122223333", "eu-west-1"))
    stage.pass_time(seconds=3)
    assert stage.start(name="long.mp4")
    counts = stage.ports.book.counts()[HERE]
    assert (counts.running, counts.peak, counts.started, counts.limit_exceeded) == (20, 20, 21, 1)


def test_the_counts_begin_anew_with_the_jobs_that_run(stage: Stage) -> None:
    stage.put()
    stage.start()
    stage.pass_time(seconds=60)
    stage.start()
    stage.ports.book.reset_counts()
    counts = stage.ports.book.counts()[HERE]
    assert (counts.running, counts.peak, counts.started, counts.limit_exceeded) == (1, 1, 0, 0)


def test_held_jobs_go_on_when_they_are_released(stage: Stage) -> None:
    stage.put()
    stage.ports.board.turn(held=True)
    due, not_due = stage.start(), ""
    stage.pass_time(seconds=100)
    not_due = stage.start()
    assert stage.get(due)["JobStatus"] == "IN_PROGRESS"
    stage.ports.board.turn(held=False)
    engine.release(stage.ports)
    stage.pass_time(seconds=0)
    assert stage.get(due)["JobStatus"] == "SUCCEEDED"
    assert stage.get(not_due)["JobStatus"] == "IN_PROGRESS"
    stage.pass_time(seconds=2)
    assert stage.get(not_due)["JobStatus"] == "SUCCEEDED"


def test_a_job_may_be_finished_before_its_time(stage: Stage) -> None:
    stage.put()
    stage.ports.board.turn(held=True)
    job = stage.start(NotificationChannel=CHANNEL)
    engine.finish(stage.ports, JobKey(HERE, job))
    assert stage.get(job)["JobStatus"] == "SUCCEEDED"
    stage.ports.board.turn(held=False)
    stage.pass_time(seconds=60)
    assert len(stage.published) == 1


@pytest.mark.parametrize("notice", [Notice.FAILED, Notice.ERROR])
def test_a_job_fails_on_demand_and_stays_failed(stage: Stage, notice: Notice) -> None:
    stage.put()
    job = stage.start(NotificationChannel=CHANNEL)
    assert engine.fail(stage.ports, JobKey(HERE, job), "Somebody wanted it", notice)
    stage.pass_time(seconds=60)
    assert not engine.fail(stage.ports, JobKey(HERE, job), "Again")
    answer = stage.get(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Somebody wanted it")
    assert [message["Status"] for _, _, message in stage.published] == [notice]


def test_metadata_makes_a_job_fail_with_its_words(stage: Stage) -> None:
    stage.put(job_failure="Disk full", labels="Smoking:90")
    job = stage.start()
    stage.pass_time(seconds=60)
    answer = stage.get(job)
    assert (answer["JobStatus"], answer["StatusMessage"], answer["ModerationLabels"]) == ("FAILED", "Disk full", [])
    assert answer["VideoMetadata"]["DurationMillis"] == 2000
    assert "ModerationModelVersion" not in answer


class Broken:
    def look(self, picture: Picture) -> Scene | None:
        raise ZeroDivisionError


def test_a_defect_of_the_emulator_fails_the_job_and_is_not_hidden() -> None:
    stage = Stage(Broken())
    stage.put()
    job = stage.start()
    with pytest.raises(ZeroDivisionError):
        stage.pass_time(seconds=60)
    answer = stage.get(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Internal server error")
