"""Video jobs as tests steer them: slots, held jobs, scripted failures, lost and doubled notifications."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests import videos
from tests.conftest import REGION
from tests.contract.rekognition.studio import Listener, Studio
from tests.emulator import ENDED_WITHIN_S, running_emulator


def test_20_jobs_run_at_once_and_no_more(studio: Studio) -> None:
    studio.turn(held=True)
    video = studio.put()

    def start(_: int) -> str:
        try:
            studio.start(video)
        except ClientError as refused:
            return f"{refused.response['Error']['Code']}: {refused.response['Error']['Message']}"
        return "started"

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(threads.map(start, range(23)))
    assert outcomes == {
        "started": 20,
        "LimitExceededException: 20 open Jobs for User arn:aws:iam::000000000000:root Maximum limit: 20": 3,
    }
    told = studio.jobs()
    assert [told[name] for name in ("running", "peak", "started", "limit_exceeded")] == [20, 20, 20, 3]
    studio.turn(held=False)
    studio.eventually(lambda: studio.jobs()["running"] == 0)
    assert {job["status"] for job in studio.jobs()["jobs"][-20:]} == {"SUCCEEDED"}
    assert studio.start(video)


def test_the_number_of_slots_can_be_set(studio: Studio) -> None:
    studio.turn(held=True, max_jobs=1)
    studio.start()
    code, message = studio.refusal("start_content_moderation", Video=studio.put())
    assert (code, message) == (
        "LimitExceededException",
        "1 open Jobs for User arn:aws:iam::000000000000:root Maximum limit: 1",
    )


def test_a_repeated_token_is_not_told_twice(studio: Studio, listener: Listener) -> None:
    video = studio.put()
    request: dict[str, Any] = {"ClientRequestToken": "once", "NotificationChannel": listener.channel}
    job = studio.start(video, **request)
    studio.ended(job)
    assert studio.start(video, **request) == job
    another = studio.start(video, NotificationChannel=listener.channel)
    studio.eventually(lambda: another in [message["JobId"] for message in listener.listen()])
    assert Counter(message["JobId"] for message in listener.heard) == {job: 1, another: 1}


def test_a_start_that_took_effect_and_failed_is_repeated_by_its_token(studio: Studio) -> None:
    video = studio.put()
    studio.emulator.post(
        "/_gavel/faults",
        {
            "operation": "rekognition.StartContentModeration",
            "code": "InternalServerError",
            "status": 500,
            "when": "after",
            "next": 1,
        },
    )
    code, _ = studio.refusal("start_content_moderation", Video=video, ClientRequestToken="lost-answer")
    assert code == "InternalServerError"
    job = studio.start(video, ClientRequestToken="lost-answer")
    assert studio.ended(job)["JobStatus"] == "SUCCEEDED"
    assert studio.jobs()["started"] == 1


def test_a_doubled_notification_comes_twice(studio: Studio, listener: Listener) -> None:
    studio.turn(notification_copies=2)
    job = studio.start(NotificationChannel=listener.channel)
    studio.eventually(lambda: len(listener.listen()) == 2)
    assert listener.heard[0] == listener.heard[1]
    assert listener.heard[0]["JobId"] == job


def test_a_lost_notification_never_comes(studio: Studio, listener: Listener) -> None:
    studio.turn(notification_copies=0)
    lost = studio.start(NotificationChannel=listener.channel)
    assert studio.ended(lost)["JobStatus"] == "SUCCEEDED"
    studio.turn(notification_copies=1)
    job = studio.start(NotificationChannel=listener.channel)
    studio.eventually(listener.listen)
    assert [message["JobId"] for message in listener.heard] == [job]


def test_a_delayed_notification_comes_after_the_result(studio: Studio, listener: Listener) -> None:
    studio.turn(notification_delay_ms=1)
    job = studio.start(NotificationChannel=listener.channel)
    (message,) = studio.eventually(listener.listen)
    assert message["JobId"] == job
    assert studio.get(job)["JobStatus"] == "SUCCEEDED"


def test_a_job_fails_as_its_test_wants(studio: Studio, listener: Listener) -> None:
    studio.turn(held=True)
    job = studio.start(NotificationChannel=listener.channel)
    path = f"/_gavel/video-jobs/{job}/fail"
    assert studio.emulator.post(path, {"message": "Disk full", "status": "ERROR"})["status"] == "FAILED"
    answer = studio.get(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Disk full")
    (message,) = studio.eventually(listener.listen)
    assert message["Status"] == "ERROR"
    with pytest.raises(AssertionError, match="409"):
        studio.emulator.post(path)


def test_metadata_makes_a_job_fail(studio: Studio) -> None:
    answer = studio.ended(studio.start(studio.put(job_failure="Disk full")))
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Disk full")


def test_a_held_job_is_finished_alone(studio: Studio) -> None:
    studio.turn(held=True)
    one, other = studio.start(), studio.start()
    assert studio.emulator.post(f"/_gavel/video-jobs/{one}/finish")["status"] == "SUCCEEDED"
    assert studio.get(other)["JobStatus"] == "IN_PROGRESS"


def test_settings_are_told_and_return_to_their_defaults(studio: Studio) -> None:
    before = studio.emulator.get("/_gavel/video-settings")
    assert before == {
        "job_share": 0.05,
        "job_min_ms": 250,
        "held": False,
        "max_jobs": 20,
        "max_bytes": 10 * 1024**3,
        "notification_copies": 1,
        "notification_delay_ms": 0,
    }
    changed = {"job_share": 1.5, "job_min_ms": 0, "max_jobs": 3, "notification_delay_ms": 70}
    assert studio.emulator.post("/_gavel/video-settings", changed) == {**before, **changed}
    studio.emulator.delete("/_gavel/video-settings")
    assert studio.emulator.get("/_gavel/video-settings") == before


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"speed": 2}, "unknown setting speed; known are job_share, job_min_ms"),
        ({"held": 1}, "held must be true or false"),
        ({"max_jobs": -1}, "max_jobs must be a whole number, 0 or more"),
        ({"max_jobs": 1.5}, "max_jobs must be a whole number"),
        ({"job_share": "fast"}, "job_share must be a number, 0 or more"),
        ({"job_min_ms": True}, "job_min_ms must be a number"),
    ],
    ids=str,
)
def test_bad_settings_are_refused(studio: Studio, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(AssertionError, match="400") as refused:
        studio.emulator.post("/_gavel/video-settings", {"notification_copies": 7, **settings})
    assert problem in str(refused.value)
    assert studio.emulator.get("/_gavel/video-settings")["notification_copies"] == 1


def test_there_is_no_such_job(studio: Studio) -> None:
    with pytest.raises(AssertionError, match="404"):
        studio.emulator.post("/_gavel/video-jobs/nobodys/finish")


def test_the_emulator_ends_in_order_with_jobs_under_way(tmp_path: Path, unique: Callable[[str], str]) -> None:
    """Some are due in a moment, some in an hour: none of them says a word about the end."""
    with running_emulator(tmp_path, environment={"GAVEL_VIDEO_JOB_SHARE": "0.01"}) as emulator:

        def client(service: str) -> Any:
            return boto3.session.Session().client(
                service,
                endpoint_url=emulator.endpoint,
                region_name=REGION,
                aws_access_key_id="000000000000",
                aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
            )

        s3, rekognition, bucket = client("s3"), client("rekognition"), unique("films")
        s3.create_bucket(Bucket=bucket)
        for name, seconds in (("short.mp4", 2), ("long.mp4", videos.SIX_HOURS_S)):
            s3.put_object(Bucket=bucket, Key=name, Body=videos.long_video(seconds))
        topic = client("sns").create_topic(Name="AmazonRekognition-ends")["TopicArn"]
        channel = {"SNSTopicArn": topic, "RoleArn": "arn:aws:iam::000000000000:role/rekognition"}
        for name in ("long.mp4", "short.mp4", "long.mp4", "short.mp4"):
            rekognition.start_content_moderation(
                Video={"S3Object": {"Bucket": bucket, "Name": name}}, NotificationChannel=channel
            )
        emulator.process.terminate()
        emulator.process.wait(timeout=ENDED_WITHIN_S)
    assert emulator.process.returncode == 0
    assert emulator.errors() == ""
