"""Bulk analysis over the wire: every answer is held against the service model."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Eventually
from tests.contract.rekognition.pictures import Shelf
from tests.emulator import Emulator

MODERATION: dict[str, Any] = {"DetectModerationLabels": {}}


@pytest.fixture
def analysis(told: Emulator) -> Iterator[Emulator]:
    told.post("/_gavel/quotas", {"tps": 10_000})
    yield told
    told.delete("/_gavel/analysis-settings")


@pytest.fixture
def start(analysis: Emulator, rekognition: Any, shelf: Shelf) -> Callable[..., str]:
    """Starts a job about these lines; returns its id."""

    def start(*lines: str, **more: Any) -> str:
        body = "".join(f"{line}\n" for line in lines).encode()
        shelf.s3.put_object(Bucket=shelf.bucket, Key="in/manifest.jsonl", Body=body)
        request = {
            "OperationsConfig": MODERATION,
            "Input": {"S3Object": {"Bucket": shelf.bucket, "Name": "in/manifest.jsonl"}},
            "OutputConfig": {"S3Bucket": shelf.bucket, "S3KeyPrefix": "out/"},
            **more,
        }
        job_id: str = rekognition.start_media_analysis_job(**request)["JobId"]
        return job_id

    return start


@pytest.fixture
def ended(rekognition: Any, eventually: Eventually) -> Callable[[str], dict[str, Any]]:
    """What is told of a job when it is over."""

    def ended(job_id: str) -> dict[str, Any]:
        def over() -> dict[str, Any] | None:
            answer: dict[str, Any] = rekognition.get_media_analysis_job(JobId=job_id)
            return answer if answer["Status"] in ("SUCCEEDED", "FAILED") else None

        return eventually(over) or {}

    return ended


def ref(shelf: Shelf, key: str) -> str:
    return json.dumps({"source-ref": f"s3://{shelf.bucket}/{key}"})


def content(shelf: Shelf, place: dict[str, Any]) -> str:
    where = place["S3Object"]
    text: str = shelf.s3.get_object(Bucket=where["Bucket"], Key=where["Name"])["Body"].read().decode()
    return text


def refusal(call: Callable[..., Any], *arguments: str, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(*arguments, **parameters)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    code: str = refused.value.response["Error"]["Code"]
    return code


def test_a_job_says_of_each_image_what_one_call_would_say(
    start: Callable[..., str], ended: Callable[[str], dict[str, Any]], rekognition: Any, shelf: Shelf
) -> None:
    image = shelf.put(key="a b+ü.jpg", labels="Weapon Violence:92.6,Drinking:31.2", content_types="Illustrated:93.9")
    shelf.put(b"no image", key="notes.txt")
    job = ended(
        start(
            *(ref(shelf, "a b+ü.jpg"), ref(shelf, "notes.txt"), "{", ref(shelf, "gone.jpg")),
            JobName="catalogue",
            OperationsConfig={"DetectModerationLabels": {"MinConfidence": 20}},
        )
    )
    assert (job["Status"], job["JobName"], job["Results"]["ModelVersions"]) == (
        "SUCCEEDED",
        "catalogue",
        {"Moderation": "7.0"},
    )
    (result,) = content(shelf, job["Results"]).splitlines()
    one = rekognition.detect_moderation_labels(Image=image, MinConfidence=20)
    asked = {name: one[name] for name in ("ModerationLabels", "ModerationModelVersion", "ContentTypes")}
    assert json.loads(result) == {
        "source-ref": f"s3://{shelf.bucket}/a b+ü.jpg",
        "detect-moderation-labels": asked,
    }
    summary = json.loads(content(shelf, job["ManifestSummary"]))
    assert summary["statistics"] == {"total-json-lines": 4, "valid-json-lines": 1, "invalid-json-lines": 3}
    assert [(error["line-numer"], error["code"]) for error in summary["errors"]] == [
        (2, "INVALID_IMAGE_FORMAT"),
        (3, "INVALID_JSON_LINE"),
        (4, "INVALID_S3_OBJECT"),
    ]


def test_what_can_be_refused_at_once_is(
    start: Callable[..., str], analysis: Emulator, rekognition: Any, shelf: Shelf
) -> None:
    image = ref(shelf, "a.jpg")
    adapter = "arn:aws:rekognition:us-east-1:000000000000:project/p/version/v/1700000000000"
    assert refusal(start) == "InvalidManifestException"
    assert refusal(start, *[image] * 10_001) == "InvalidManifestException"
    assert refusal(start, image, Input={"S3Object": {"Bucket": shelf.bucket, "Name": "no"}}) == (
        "InvalidS3ObjectException"
    )
    assert refusal(start, image, Input={"S3Object": {"Bucket": shelf.bucket}}) == "InvalidParameterException"
    assert refusal(start, image, OperationsConfig={}) == "InvalidParameterException"
    assert refusal(start, image, JobName="a name") == "InvalidParameterException"
    unknown = {"DetectModerationLabels": {"ProjectVersion": adapter}}
    assert refusal(start, image, OperationsConfig=unknown) == "ResourceNotFoundException"
    assert refusal(rekognition.get_media_analysis_job, JobId="0" * 64) == "ResourceNotFoundException"
    assert refusal(rekognition.list_media_analysis_jobs, MaxResults=101) == "InvalidParameterException"
    assert refusal(rekognition.list_media_analysis_jobs, NextToken="?") == "InvalidPaginationTokenException"
    start(image, ClientRequestToken=shelf.bucket)
    assert refusal(start, image, ClientRequestToken=shelf.bucket, JobName="b") == "IdempotentParameterMismatchException"
    analysis.post("/_gavel/analysis-settings", {"closed": True})
    assert refusal(start, image) == "AccessDeniedException"


def test_jobs_are_held_limited_listed_and_failed(
    start: Callable[..., str],
    ended: Callable[[str], dict[str, Any]],
    analysis: Emulator,
    rekognition: Any,
    shelf: Shelf,
    eventually: Eventually,
) -> None:
    # Another test's jobs end by themselves.
    eventually(
        lambda: {job["status"] for job in analysis.get("/_gavel/analysis-jobs")["jobs"]} <= {"SUCCEEDED", "FAILED"}
    )
    analysis.post("/_gavel/analysis-settings", {"held": True, "max_jobs": 2, "job_min_ms": 60_000})
    jobs = [start(ref(shelf, "a.jpg")) for _ in range(2)]
    assert rekognition.get_media_analysis_job(JobId=jobs[0])["Status"] == "CREATED"
    assert refusal(start, ref(shelf, "a.jpg")) == "LimitExceededException"
    first = rekognition.list_media_analysis_jobs(MaxResults=1)
    second = rekognition.list_media_analysis_jobs(MaxResults=1, NextToken=first["NextToken"])
    assert [page["MediaAnalysisJobs"][0]["JobId"] for page in (first, second)] == jobs[::-1]
    analysis.post(f"/_gavel/analysis-jobs/{jobs[0]}/fail", {"code": "ACCESS_DENIED", "message": "No."})
    assert ended(jobs[0])["FailureDetails"] == {"Code": "ACCESS_DENIED", "Message": "No."}
    analysis.post(f"/_gavel/analysis-jobs/{jobs[1]}/finish")
    assert ended(jobs[1])["Status"] == "SUCCEEDED"
