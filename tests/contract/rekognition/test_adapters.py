"""Projects and adapters: what is trained, what it is worth, and who judges by it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Aws, Eventually
from tests.contract.model import validating
from tests.contract.rekognition.pictures import Shelf
from tests.contract.rekognition.school import LABEL, PARENTS, School, painted
from tests.emulator import Emulator

TRAINED, TESTED = range(160), range(1000, 1040)


@pytest.fixture
def school(
    rekognition: Any, told: Emulator, shelf: Shelf, eventually: Eventually, unique: Callable[[str], str]
) -> School:
    told.post("/_gavel/quotas", {"tps": 10_000})
    told.post("/_gavel/adapter-settings", {"training_min_ms": 0})
    project = rekognition.create_project(
        ProjectName=unique("learns"), Feature="CONTENT_MODERATION", AutoUpdate="DISABLED"
    )["ProjectArn"]
    return School(rekognition=rekognition, emulator=told, shelf=shelf, eventually=eventually, project=project)


def refusal(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value.response["Error"]["Code"])


def test_an_adapter_learns_from_pixels_what_the_base_model_never_saw(
    school: School, aws: Aws, account: str, unique: Callable[[str], str]
) -> None:
    training = school.manifest("train.jsonl", school.examples(TRAINED))
    testing = school.manifest("test.jsonl", school.examples(TESTED))
    arn = school.begin("v1", training, testing, VersionDescription="discs", Tags={"team": "trust"})
    description = school.trained("v1")
    assert description["Status"] == "TRAINING_COMPLETED", description
    assert description["ProjectVersionArn"] == arn
    assert description["BaseModelVersion"] == "7.0"
    assert description["BillableTrainingTimeInSeconds"] >= 1
    assert description["VersionDescription"] == "discs"
    assert description["TestingDataResult"]["Input"] == {"Assets": [testing]}

    evaluation = json.loads(school.read(description["EvaluationResult"]["Summary"]["S3Object"]))
    details = evaluation["EvaluationDetails"]
    assert (details["NumberOfTrainingImages"], details["NumberOfTestingImages"]) == (160, 40)
    assert set(details["Labels"]) == {LABEL, *PARENTS}
    assert description["EvaluationResult"]["F1Score"] == pytest.approx(
        evaluation["AggregatedEvaluationResults"]["F1Score"]
    )
    moderation = evaluation["ContentModeration"]
    curve = moderation["AllConfidenceThresholdsEvalResults"]
    assert [point["ConfidenceThreshold"] for point in curve] == [*range(5, 101, 5)]

    # The figures are those of the predictions told image by image.
    lines = school.read_lines(description["TestingDataResult"]["Output"])
    assert len(lines) == 40
    (result,) = [
        each
        for each in moderation["InputConfidenceThresholdEvalResults"]["LabelEvaluationResults"]
        if each["Label"] == LABEL
    ]
    assert result["BaseModel"] == {"TruePositive": 0, "TrueNegative": 20, "FalsePositive": 0, "FalseNegative": 20}
    assert result["Adapter"] == counted(lines, "detect-moderation-labels")
    assert result["BaseModel"] == counted(lines, "detect-moderation-labels-base-model")
    assert result["Adapter"]["FalseNegative"] <= 5
    assert result["Adapter"]["FalsePositive"] <= 5

    # It judges as it was evaluated, whatever the picture's key; and nobody else's account may use it.
    shown = {line["source-ref"].rpartition("/")[2]: line for line in lines}
    key, line = next(iter(shown.items()))
    image = {"S3Object": {"Bucket": school.shelf.bucket, "Name": key}}
    answer = school.rekognition.detect_moderation_labels(Image=image, ProjectVersion=arn, MinConfidence=5)
    assert answer["ProjectVersion"] == arn
    assert answer["ModerationLabels"] == line["detect-moderation-labels"]["ModerationLabels"]
    stranger = aws("rekognition", account=account)
    assert refusal(stranger.detect_moderation_labels, Image={"Bytes": painted(7, disc=True)}, ProjectVersion=arn) == (
        "ResourceNotFoundException"
    )

    # Grown old it is used, then ignored without a word, then gone.
    school.grow_old(arn, "DEPRECATED")
    assert school.describe("v1")["Status"] == "DEPRECATED"
    again = school.rekognition.detect_moderation_labels(Image=image, ProjectVersion=arn, MinConfidence=5)
    assert again["ProjectVersion"] == arn
    school.grow_old(arn, "EXPIRED")
    ignored = school.rekognition.detect_moderation_labels(Image=image, ProjectVersion=arn, MinConfidence=5)
    assert "ProjectVersion" not in ignored
    assert ignored["ModerationLabels"] == []
    assert refusal(school.rekognition.delete_project, ProjectArn=school.project) == "ResourceInUseException"
    school.rekognition.delete_project_version(ProjectVersionArn=arn)
    assert refusal(school.rekognition.detect_moderation_labels, Image=image, ProjectVersion=arn) == (
        "ResourceNotFoundException"
    )
    school.rekognition.delete_project(ProjectArn=school.project)


def counted(lines: list[dict[str, Any]], model: str) -> dict[str, int]:
    """True and false ones of the label, of 50 % and more, as the output manifest has them."""
    told = [
        (
            any(label["Name"] == LABEL for label in line["content-moderation-groundtruth"]["ModerationLabels"]),
            any(label["Name"] == LABEL and label["Confidence"] >= 50 for label in line[model]["ModerationLabels"]),
        )
        for line in lines
    ]
    return {
        "TruePositive": told.count((True, True)),
        "TrueNegative": told.count((False, False)),
        "FalsePositive": told.count((False, True)),
        "FalseNegative": told.count((True, False)),
    }


def test_false_positives_are_unlearned_and_the_service_makes_its_own_test_set(school: School) -> None:
    """The base model sees smoking everywhere, and half of it is false."""
    examples = school.examples(range(2000, 2160), base=f"{LABEL}:90,Gambling:70")
    arn = school.begin("v1", school.manifest("all.jsonl", ["{not JSON", *examples]))
    description = school.trained("v1")
    assert description["Status"] == "TRAINING_COMPLETED", description
    assert description["TestingDataResult"]["Input"] == {"AutoCreate": True}
    evaluation = json.loads(school.read(description["EvaluationResult"]["Summary"]["S3Object"]))
    details = evaluation["EvaluationDetails"]
    assert details["NumberOfTrainingImages"] + details["NumberOfTestingImages"] == 160
    assert details["NumberOfTestingImages"] >= 20
    aggregated = evaluation["ContentModeration"]["InputConfidenceThresholdEvalResults"]["AggregatedEvaluationResults"]
    assert aggregated["Adapter"]["FalsePositive"] < aggregated["BaseModel"]["FalsePositive"]

    tested = {line["source-ref"] for line in school.read_lines(description["TestingDataResult"]["Output"])}
    trained = {line["source-ref"] for line in school.read_lines(description["TrainingDataResult"]["Output"])}
    assert tested.isdisjoint(trained)
    assert tested | trained == {example["source-ref"] for example in examples}

    # What was wrong with the first line is in the validation manifest, and where it is in the summary.
    summary = json.loads(school.read(description["ManifestSummary"]["S3Object"]))
    assert sum(each["invalid_json_lines"] for each in summary["statistics"].values()) == 1
    assert sorted(index for each in summary["errors"].values() for index in each["error_line_indices"]) == [1]
    validated = [
        line
        for result in ("TrainingDataResult", "TestingDataResult")
        for line in school.read_lines(description[result]["Validation"])
    ]
    assert [line["cl-metadata"]["errors"][0]["code"] for line in validated if "cl-metadata" in line] == [
        "ERROR_INVALID_JSON_LINE"
    ]

    # A label that it has always seen in vain goes too.
    answer = school.rekognition.detect_moderation_labels(
        Image=school.shelf.put(painted(5001, disc=False), labels="Gambling:70"), ProjectVersion=arn
    )
    assert "Gambling" not in {label["Name"] for label in answer["ModerationLabels"]}


def test_what_cannot_be_learned_from_fails_the_training_and_says_why(school: School) -> None:
    lines = school.examples(range(3000, 3030))
    elsewhere = {**lines[0], "source-ref": "s3://another-bucket/a.jpg"}
    few = school.manifest("few.jsonl", lines[:19])
    enough = school.manifest("enough.jsonl", lines)
    missing = {"GroundTruthManifest": {"S3Object": {"Bucket": school.shelf.bucket, "Name": "nowhere.jsonl"}}}
    failures = {
        "few-tested": (enough, few, "The test dataset has 19 valid images; at least 20 are needed."),
        "nothing-wrong": (enough, enough, "No label has 20 false positives or 50 false negatives"),
        "two-buckets": (school.manifest("two.jsonl", [*lines, elsewhere]), enough, "the same Amazon S3 bucket"),
        "no-lines": (school.manifest("none.jsonl", ["[]", ""]), enough, "no valid JSON lines"),
        "no-manifest": (missing, enough, "is not accessible"),
        "too-many": (school.manifest("many.jsonl", lines[:1] * 10_001), enough, "at most 10000 are allowed"),
    }
    for name, (training, testing, message) in failures.items():
        arn = school.begin(name, training, testing)
        description = school.trained(name)
        assert description["Status"] == "TRAINING_FAILED"
        assert message in description["StatusMessage"]
        assert "EvaluationResult" not in description
        assert "BillableTrainingTimeInSeconds" not in description
        assert refusal(school.rekognition.detect_moderation_labels, Image=school.shelf.put(), ProjectVersion=arn) == (
            "ResourceNotReadyException"
        )
    newest_first = school.rekognition.describe_project_versions(ProjectArn=school.project)
    assert [each["ProjectVersionArn"].split("/")[-2] for each in newest_first["ProjectVersionDescriptions"]] == list(
        reversed(failures)
    )


def test_a_training_under_way(school: School) -> None:
    school.emulator.post("/_gavel/adapter-settings", {"held": True})
    manifest = school.manifest("some.jsonl", school.examples(range(4000, 4030)))
    first, _ = school.begin("v1", manifest, manifest), school.begin("v2", manifest, manifest)
    description = school.describe("v1")
    assert description["Status"] == "TRAINING_IN_PROGRESS"
    assert "TrainingEndTimestamp" not in description
    with pytest.raises(ClientError, match="LimitExceededException"):
        school.begin("v3", manifest, manifest)
    assert refusal(school.rekognition.delete_project_version, ProjectVersionArn=first) == "ResourceInUseException"
    assert refusal(school.rekognition.detect_moderation_labels, Image=school.shelf.put(), ProjectVersion=first) == (
        "ResourceNotReadyException"
    )
    school.emulator.delete("/_gavel/adapter-settings")
    assert {school.trained(name)["Status"] for name in ("v1", "v2")} == {"TRAINING_FAILED"}
    assert refusal(school.begin, name="v1", training=manifest, testing=manifest) == "ResourceInUseException"


def test_projects_are_listed_by_feature_and_in_pages(
    aws: Aws, told: Emulator, account: str, unique: Callable[[str], str]
) -> None:
    told.post("/_gavel/quotas", {"tps": 10_000})
    rekognition = validating(aws("rekognition", account=account))
    names = [unique("project") for _ in range(5)]
    for name in names:
        rekognition.create_project(ProjectName=name, Feature="CONTENT_MODERATION", AutoUpdate="ENABLED")
    labels = rekognition.create_project(ProjectName=unique("labels"))["ProjectArn"]
    assert refusal(
        rekognition.create_project, ProjectName=names[0], Feature="CONTENT_MODERATION", AutoUpdate="ENABLED"
    ) == ("ResourceInUseException")

    # Without Features it is Custom Labels' projects that are told (API reference).
    assert [each["ProjectArn"] for each in rekognition.describe_projects()["ProjectDescriptions"]] == [labels]
    listed: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = rekognition.describe_projects(Features=["CONTENT_MODERATION"], MaxResults=2, **more)
        assert len(page["ProjectDescriptions"]) <= 2
        listed += [each["ProjectArn"].split("/")[-2] for each in page["ProjectDescriptions"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert listed == names[::-1]
    named = rekognition.describe_projects(Features=["CONTENT_MODERATION"], ProjectNames=names[:1])
    (described,) = named["ProjectDescriptions"]
    assert (described["Status"], described["AutoUpdate"]) == ("CREATED", "ENABLED")
    assert refusal(rekognition.describe_projects, NextToken="!") == "InvalidPaginationTokenException"

    rekognition.delete_project(ProjectArn=described["ProjectArn"])
    assert refusal(rekognition.delete_project, ProjectArn=described["ProjectArn"]) == "ResourceNotFoundException"
    assert refusal(rekognition.describe_project_versions, ProjectArn=described["ProjectArn"]) == (
        "ResourceNotFoundException"
    )


def test_tags_come_and_go(school: School) -> None:
    tagged = {"ResourceArn": school.project}
    school.rekognition.tag_resource(**tagged, Tags={"team": "trust", "cost centre": "7"})
    school.rekognition.untag_resource(**tagged, TagKeys=["team"])
    assert school.rekognition.list_tags_for_resource(**tagged)["Tags"] == {"cost centre": "7"}
    assert refusal(school.rekognition.tag_resource, **tagged, Tags={"aws:mine": "1"}) == "InvalidParameterException"
    assert refusal(school.rekognition.tag_resource, **tagged, Tags={str(number): "" for number in range(50)}) == (
        "ServiceQuotaExceededException"
    )
    assert refusal(school.rekognition.list_tags_for_resource, ResourceArn=f"{school.project}0") == (
        "ResourceNotFoundException"
    )


def test_requests_that_make_no_sense_are_refused(school: School) -> None:
    manifest = school.manifest("some.jsonl", [])
    given: dict[str, Any] = {
        "ProjectArn": school.project,
        "VersionName": "v1",
        "OutputConfig": {"S3Bucket": school.shelf.bucket, "S3KeyPrefix": ""},
        "TrainingData": {"Assets": [manifest]},
        "TestingData": {"AutoCreate": True},
    }
    refused: list[dict[str, Any]] = [
        {"TrainingData": {}},
        {"TestingData": {}},
        {"TestingData": {"AutoCreate": True, "Assets": [manifest]}},
        {"TestingData": {"Assets": [{}]}},
        {"OutputConfig": {"S3Bucket": "no-such-bucket-of-anybody"}},
        {"VersionName": "a b"},
        {"FeatureConfig": {"ContentModeration": {"ConfidenceThreshold": 101}}},
    ]
    for changes in refused:
        assert refusal(school.rekognition.create_project_version, **{**given, **changes}) == (
            "InvalidParameterException"
        ), changes
    for project in ({"Feature": "CONTENT_MODERATION"}, {"AutoUpdate": "ENABLED"}):
        assert refusal(school.rekognition.create_project, ProjectName="p", **project) == "InvalidParameterException"
