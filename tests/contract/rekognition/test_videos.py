"""StartContentModeration and GetContentModeration: a video from its start to its findings."""

import hashlib
from typing import Any

from tests import videos
from tests.contract.rekognition.pictures import plain
from tests.contract.rekognition.studio import Listener, Studio


def found(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["ModerationLabel"]["Name"], one["Timestamp"]) for one in answer["ModerationLabels"]]


def test_a_video_is_analysed_and_its_end_is_told(studio: Studio, listener: Listener) -> None:
    video = studio.put(videos.make_video(3), labels="Gambling@1200-2100:88.1", content_types="Animated:60")
    job = studio.start(video, JobTag="tag", NotificationChannel=listener.channel)
    answer = studio.ended(job)
    del answer["ResponseMetadata"]
    label = {"Confidence": 88.1, "Name": "Gambling", "ParentName": "", "TaxonomyLevel": 1}
    types = [{"Confidence": 60.0, "Name": "Animated"}]
    assert answer == {
        "JobId": job,
        "JobStatus": "SUCCEEDED",
        "JobTag": "tag",
        "Video": video,
        "VideoMetadata": {
            "Codec": "h264",
            "DurationMillis": 3000,
            "Format": "QuickTime / MOV",
            "FrameRate": 10.0,
            "FrameHeight": 120,
            "FrameWidth": 160,
            "ColorRange": "LIMITED",
        },
        "ModerationLabels": [
            {"Timestamp": 1500, "ModerationLabel": label, "ContentTypes": types},
            {"Timestamp": 2000, "ModerationLabel": label, "ContentTypes": types},
        ],
        "ModerationModelVersion": "7.0",
        "GetRequestMetadata": {"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
    }
    (message,) = studio.eventually(listener.listen)
    ended = message.pop("Timestamp")
    assert message == {
        "JobId": job,
        "Status": "SUCCEEDED",
        "API": "StartContentModeration",
        "JobTag": "tag",
        "Video": {"S3ObjectName": video["S3Object"]["Name"], "S3Bucket": video["S3Object"]["Bucket"]},
    }
    assert isinstance(ended, int)
    assert ended > 1_700_000_000_000


def test_a_job_is_in_progress_until_it_has_ended(studio: Studio) -> None:
    studio.turn(held=True)
    job = studio.start()
    assert studio.get(job)["JobStatus"] == "IN_PROGRESS"
    assert len(job) == 64
    studio.turn(held=False)
    assert studio.ended(job)["JobStatus"] == "SUCCEEDED"


def test_segments_carry_their_times(studio: Studio) -> None:
    job = studio.start(studio.put(labels="Gambling@500-1500:80"))
    (segment,) = studio.ended(job, AggregateBy="SEGMENTS", SortBy="NAME")["ModerationLabels"]
    assert (segment["StartTimestampMillis"], segment["EndTimestampMillis"], segment["DurationMillis"]) == (
        500,
        1500,
        1000,
    )


def test_the_version_that_is_asked_for_is_looked_at(studio: Studio) -> None:
    first = studio.put(labels="Gambling@0-0:80")
    key = first["S3Object"]["Name"]
    studio.shelf.put(videos.make_video(seed=1), key=key, labels="Violence@0-0:80")
    assert found(studio.ended(studio.start(first))) == [("Gambling", 0)]
    assert found(studio.ended(studio.start(plain(first)))) == [("Violence", 0)]


def test_a_labels_file_knows_a_video_by_its_content(studio: Studio) -> None:
    content = videos.make_video(seed=71)
    studio.emulator.post("/_gavel/labels", {hashlib.sha256(content).hexdigest(): {"labels": "Gambling@700-1200:80"}})
    assert found(studio.ended(studio.start(studio.put(content)))) == [("Gambling", 1000)]


def test_a_header_behind_a_large_body_is_found(studio: Studio) -> None:
    """More than one request of S3's ranges, with the header in the last one."""
    whole = videos.make_video()
    start = whole.find(b"mdat") - 4
    filler = 3 * 1024 * 1024
    padding = (filler + 8).to_bytes(4, "big") + b"free" + bytes(filler)
    header = whole.find(b"moov") - 4
    padded = whole[:header] + padding + whole[header:]
    assert start < header
    job = studio.start(studio.put(padded, labels="Gambling@0-0:80"))
    assert found(studio.ended(job)) == [("Gambling", 0)]


def test_a_video_that_is_overwritten_meanwhile_is_not_mixed_up(studio: Studio) -> None:
    studio.emulator.post("/_gavel/labels", {"ab" * 32: {"labels": "Gambling:80"}})
    studio.turn(held=True)
    video = studio.put()
    studio.shelf.s3.put_bucket_versioning(Bucket=studio.shelf.bucket, VersioningConfiguration={"Status": "Suspended"})
    job = studio.start(plain(video))
    studio.shelf.put(videos.make_video(seed=2), key=video["S3Object"]["Name"])
    studio.turn(held=False)
    answer = studio.ended(job)
    assert answer["JobStatus"] == "FAILED"
    assert answer["StatusMessage"].startswith("Unable to read the video from S3: ")


def test_every_page_is_got_until_the_tokens_expire(studio: Studio) -> None:
    job = studio.start(studio.put(labels="Gambling:80"))
    first = studio.ended(job, MaxResults=3)
    second = studio.get(job, MaxResults=3, NextToken=first["NextToken"])
    assert [at for _, at in found(first) + found(second)] == [0, 500, 1000, 1500]
    assert "NextToken" not in second
    assert studio.emulator.delete("/_gavel/video-jobs/page-tokens")["expired"] >= 1
    code, message = studio.refusal("get_content_moderation", JobId=job, NextToken=first["NextToken"])
    assert (code, message) == ("InvalidPaginationTokenException", "Invalid Pagination Token")
