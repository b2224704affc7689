"""Media analysis jobs: their statuses, what they leave, what they refuse, and how they are listed."""

from datetime import timedelta
from typing import Any

import pytest
from gavel_emulator.rekognition.analysis import engine
from gavel_emulator.rekognition.analysis.jobs import Failure, FailureCode
from gavel_emulator.rekognition.analysis.manifest import MAX_BYTES, MAX_IMAGES
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.job_book import Place

from tests.unit.emulator_analysis.stage import ADAPTER, HERE, Stage, line

CLEAN = {"ModerationLabels": [], "ModerationModelVersion": "7.0", "ContentTypes": []}
SMOKES = {**CLEAN, "ModerationLabels": [{"Confidence": 88.1, "Name": "Smoking"}]}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def refusal(call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(RekognitionError) as refused:
        call(*arguments, **more)
    return refused.value.code


def test_a_job_is_created_queued_in_progress_and_then_over(stage: Stage) -> None:
    stage.images = {"a.jpg": CLEAN}
    job = stage.start(line("a.jpg"))
    seen = [stage.get(job)["Status"]]
    for _ in range(4):
        stage.after(1.2 if len(seen) < 3 else 4)
        seen.append(stage.get(job)["Status"])
    assert seen == ["CREATED", "QUEUED", "IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"]
    assert stage.get(job)["CompletionTimestamp"] == stage.now


def test_every_line_is_a_result_or_an_error(stage: Stage) -> None:
    stage.images = {"a.jpg": CLEAN, "smoke.png": SMOKES, "notes.txt": None}
    job = stage.start(
        line("a.jpg"), "not json", line("gone.jpg"), line("smoke.png"), {"source": "s3://sets/a.jpg"},
        {"source-ref": "https://sets/a.jpg"}, line("notes.txt"), line("a.jpg"),
    )  # fmt: skip
    stage.after(10)
    assert stage.results(job) == [
        {**line("a.jpg"), "detect-moderation-labels": CLEAN},
        {**line("smoke.png"), "detect-moderation-labels": SMOKES},
        {**line("a.jpg"), "detect-moderation-labels": CLEAN},
    ]
    summary = stage.summary(job)
    assert summary["statistics"] == {"total-json-lines": 8, "valid-json-lines": 3, "invalid-json-lines": 5}
    assert [(error["line-numer"], error.get("source-ref"), error["code"]) for error in summary["errors"]] == [
        (2, None, "INVALID_JSON_LINE"),
        (3, "s3://sets/gone.jpg", "INVALID_S3_OBJECT"),
        (5, None, "INVALID_JSON_LINE"),
        (6, "https://sets/a.jpg", "INVALID_SOURCE_REF"),
        (7, "s3://sets/notes.txt", "INVALID_IMAGE_FORMAT"),
    ]


def test_outputs_are_where_only_the_job_says(stage: Stage) -> None:
    stage.images = {"a.jpg": CLEAN}
    jobs = [stage.start(line("a.jpg")), stage.start()]
    stage.after(10)
    told = [stage.get(job) for job in jobs]
    keys = {each[part]["S3Object"]["Name"] for each in told for part in ("Results", "ManifestSummary")}
    assert {f"out/{key}" for key in keys} == set(stage.written)
    assert len(keys) == 4
    assert all(key.startswith("bulk/") for key in keys)
    assert {each["Results"]["ModelVersions"]["Moderation"] for each in told} == {"7.0"}


def test_confidence_and_adapter_are_asked_for_and_told_of_the_job_alone(stage: Stage) -> None:
    stage.images = {"a.jpg": {**CLEAN, "ProjectVersion": ADAPTER}}
    stage.start(line("a.jpg"))
    config = {"DetectModerationLabels": {"MinConfidence": 20.0, "ProjectVersion": ADAPTER}}
    job = stage.start(OperationsConfig=config)
    stage.after(10)
    assert stage.asked == [("a.jpg", 50.0, None), ("a.jpg", 20.0, ADAPTER)]
    assert stage.get(job)["OperationsConfig"] == config
    assert stage.results(job) == [{**line("a.jpg"), "detect-moderation-labels": CLEAN}]


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}\n" * (MAX_IMAGES + 1), id="10,001 lines"),
        pytest.param(b" " * (MAX_BYTES + 1), id="more than 50 MB"),
    ],
)
def test_a_manifest_of_a_wrong_size_is_refused_at_once(stage: Stage, manifest: bytes) -> None:
    stage.manifests["m.jsonl"] = manifest
    assert refusal(stage.start) == "InvalidManifestException"


def test_10000_lines_are_taken(stage: Stage) -> None:
    stage.manifests["m.jsonl"] = b"{}\n" * MAX_IMAGES
    assert stage.get(stage.start())["Status"] == "CREATED"


def test_a_manifest_or_adapter_that_is_not_there_is_refused_at_once(stage: Stage) -> None:
    assert refusal(engine.start, stage.ports, HERE, {"Input": {"S3Object": {"Name": "no"}}}) == (
        "InvalidS3ObjectException"
    )
    unknown = {"DetectModerationLabels": {"ProjectVersion": ADAPTER.replace("/v/", "/w/")}}
    assert refusal(stage.start, line("a.jpg"), OperationsConfig=unknown) == "ResourceNotFoundException"


def test_the_same_token_is_the_same_job_and_another_request_a_mistake(stage: Stage) -> None:
    first = stage.start(line("a.jpg"), ClientRequestToken="once")
    stage.after(10)
    assert stage.start(ClientRequestToken="once") == first
    assert refusal(stage.start, ClientRequestToken="once", JobName="other") == "IdempotentParameterMismatchException"


def test_jobs_beyond_the_limit_are_refused_until_one_is_over(stage: Stage) -> None:
    stage.ports.board.turn(max_jobs=2)
    stage.start(line("a.jpg"))
    stage.start()
    assert refusal(stage.start) == "LimitExceededException"
    stage.after(10)
    assert stage.start()


def test_jobs_fail_with_the_code_of_what_went_wrong(stage: Stage) -> None:
    changed = stage.start(line("a.jpg"), name="changed.jsonl")
    hopeless = stage.start("{}", name="hopeless.jsonl")
    unwritable = stage.start(line("a.jpg"), OutputConfig={"S3Bucket": "closed"})
    told = stage.start(line("a.jpg"))
    stage.manifests["changed.jsonl"] += b"\n"
    engine.fail(stage.ports, stage.key(told), Failure(code=FailureCode.THROTTLED, message="Too much."))
    stage.after(10)
    assert [stage.get(job)["Status"] for job in (changed, hopeless, unwritable, told)] == ["FAILED"] * 4
    assert [stage.get(job)["FailureDetails"]["Code"] for job in (changed, hopeless, unwritable, told)] == [
        "INVALID_S3_OBJECT",
        "INVALID_MANIFEST",
        "INVALID_OUTPUT_CONFIG",
        "THROTTLED",
    ]
    assert not any("Results" in stage.get(job) for job in (changed, hopeless, unwritable, told))


def test_a_closed_account_starts_nothing_and_still_sees_its_jobs(stage: Stage) -> None:
    job = stage.start(line("a.jpg"))
    stage.ports.board.turn(closed=True)
    assert refusal(stage.start) == "AccessDeniedException"
    assert stage.get(job)["Status"] == "CREATED"


def test_jobs_are_listed_newest_first_in_pages_and_nobody_elses(stage: Stage) -> None:
    jobs = [stage.start(line("a.jpg")) for _ in range(3)]
    stage.start(place=Place("999999999999", "us-east-1"))
    first = engine.list_(stage.ports, HERE, {"MaxResults": 2})
    later = stage.start()
    second = engine.list_(stage.ports, HERE, {"MaxResults": 2, "NextToken": first["NextToken"]})
    assert [job["JobId"] for job in first["MediaAnalysisJobs"]] == [jobs[2], jobs[1]]
    assert [job["JobId"] for job in second["MediaAnalysisJobs"]] == [jobs[0]]
    assert "NextToken" not in second
    assert engine.list_(stage.ports, HERE, {})["MediaAnalysisJobs"][0]["JobId"] == later
    assert refusal(engine.list_, stage.ports, HERE, {"NextToken": "?"}) == "InvalidPaginationTokenException"


def test_a_held_job_goes_on_when_it_is_released(stage: Stage) -> None:
    stage.images = {"a.jpg": CLEAN}
    stage.ports.board.turn(held=True)
    job = stage.start(line("a.jpg"))
    stage.after(60)
    assert stage.get(job)["Status"] == "IN_PROGRESS"
    stage.ports.board.turn(held=False)
    engine.release(stage.ports)
    stage.after(0)
    assert stage.get(job)["Status"] == "SUCCEEDED"


def test_a_job_is_known_for_a_year(stage: Stage) -> None:
    job = stage.start(line("a.jpg"))
    stage.after(10)
    stage.now += timedelta(days=364)
    assert stage.get(job)["JobId"] == job
    stage.now += timedelta(days=1)
    assert refusal(stage.get, job) == "ResourceNotFoundException"
