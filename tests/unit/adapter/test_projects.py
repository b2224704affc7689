"""What Rekognition says of projects and adapters, and when deprecated ones end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.aws.adapter_projects import AdapterProjects
from shared.contracts.messages import MediaRef
from shared.custom_moderation.projects import Adapter, VersionStatus, ending
from shared.errors import Permanent, Transient
from tests.fakes.aws import ScriptedClient, refusal

AT = datetime(2026, 3, 10, tzinfo=UTC)
ARN = "arn:aws:rekognition:us-east-1:000000000000:project/smokers/version/v1/1791000000000"
PROJECT = "arn:aws:rekognition:us-east-1:000000000000:project/smokers/1790000000000"
TOLD = {"ProjectVersionArn": ARN, "CreationTimestamp": AT, "Status": "TRAINING_IN_PROGRESS"}
OLD = Adapter(arn=ARN, name="v1", status=VersionStatus.DEPRECATED, created_at=AT, base_model="7.0")


def projects(client: ScriptedClient) -> AdapterProjects:
    return AdapterProjects(client)


async def test_all_pages_are_read() -> None:
    client = ScriptedClient(
        describe_project_versions=[
            {"ProjectVersionDescriptions": [TOLD], "NextToken": "n"},
            {"ProjectVersionDescriptions": [TOLD | {"Status": "A_NEW_WORD"}]},
        ]
    )
    first, second = await projects(client).adapters(PROJECT)
    assert (first.label, first.status, first.evaluation) == ("smokers/v1", VersionStatus.TRAINING_IN_PROGRESS, None)
    assert second.status is VersionStatus.UNKNOWN
    assert client.asked[1][1]["NextToken"] == "n"


async def test_a_trained_adapter_says_where_its_evaluation_is() -> None:
    trained = TOLD | {
        "Status": "TRAINING_COMPLETED",
        "TrainingEndTimestamp": AT,
        "BaseModelVersion": "7.0",
        "BillableTrainingTimeInSeconds": 90,
        "EvaluationResult": {"F1Score": 0.5, "Summary": {"S3Object": {"Bucket": "b", "Name": "k"}}},
        "FeatureConfig": {"ContentModeration": {"ConfidenceThreshold": 60.0}},
    }
    client = ScriptedClient(describe_project_versions=[{"ProjectVersionDescriptions": [trained]}])
    adapter = await projects(client).adapter(PROJECT, "v1")
    assert adapter == Adapter(
        arn=ARN, name="v1", status=VersionStatus.TRAINING_COMPLETED, created_at=AT, trained_at=AT, base_model="7.0",
        threshold=60.0, f1=0.5, evaluation=MediaRef(bucket="b", key="k"), billed_s=90,
    )  # fmt: skip


async def test_a_project_that_is_not_there_is_none_whether_left_out_or_refused() -> None:
    client = ScriptedClient(describe_projects=[{"ProjectDescriptions": []}, refusal("ResourceNotFoundException")])
    assert await projects(client).project("nobody") is None
    assert await projects(client).project("nobody") is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ResourceInUseException", Permanent("adapter-in-use")),
        ("LimitExceededException", Permanent("adapter-quota")),
        ("ThrottlingException", Transient("rekognition-throttled")),
        ("AccessDeniedException", Transient("rekognition-access-denied")),
    ],
)
async def test_refusals_are_told_by_their_remedy(code: str, expected: Permanent | Transient) -> None:
    with pytest.raises(type(expected)) as caught:
        await projects(ScriptedClient(create_project=[refusal(code)])).create("x", auto_update=True)
    assert caught.value.code == expected.code


def test_the_end_of_a_deprecated_adapter_is_counted_from_the_first_training_on_a_newer_model() -> None:
    newer = replace(OLD, name="v2", status=VersionStatus.TRAINING_COMPLETED, base_model="7.10")
    later = [replace(newer, created_at=AT + timedelta(days=days)) for days in (9, 2)]
    found = ending(OLD, [OLD, *later])
    assert found is not None
    assert (found.from_at, found.until_at) == (AT + timedelta(days=62), AT + timedelta(days=92))
    assert ending(OLD, [OLD, replace(newer, base_model="6.1"), replace(newer, base_model=None)]) is None
    assert ending(newer, [OLD, newer]) is None
