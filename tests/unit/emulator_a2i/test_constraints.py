"""Requests checked against botocore's model, in the words of AWS's front door."""

from typing import Any

import botocore.session
import pytest
from gavel_emulator.a2i.constraints import check
from gavel_emulator.a2i.refusals import Refused

MODELS = {api: botocore.session.get_session().get_service_model(api) for api in ("sagemaker", "sagemaker-a2i-runtime")}
UI: dict[str, Any] = {"HumanTaskUiName": "ui", "UiTemplate": {"Content": "<p>"}}


def refusal(operation: str, request: dict[str, Any], api: str = "sagemaker") -> Refused:
    with pytest.raises(Refused) as caught:
        check(MODELS[api].operation_model(operation), request)
    return caught.value


def test_a_request_within_the_constraints_passes() -> None:
    check(MODELS["sagemaker"].operation_model("CreateHumanTaskUi"), UI)


def test_a_pattern_is_quoted_with_the_path_and_the_value() -> None:
    error = refusal("CreateHumanTaskUi", UI | {"HumanTaskUiName": "Capital"})
    assert (error.code, error.status) == ("ValidationException", 400)
    assert error.message == (
        "1 validation error detected: Value 'Capital' at 'humanTaskUiName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-z0-9](-*[a-z0-9])*"
    )


def test_all_violations_are_told_at_once() -> None:
    error = refusal("CreateHumanTaskUi", {"HumanTaskUiName": "-" * 64})
    assert error.message.startswith("3 validation errors detected: ")
    assert "Member must have length less than or equal to 63" in error.message
    assert "Value null at 'uiTemplate' failed to satisfy constraint: Member must not be null" in error.message


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        ({"MaxResults": 0}, "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater"),
        ({"MaxResults": 101}, "Member must have value less than or equal to 100"),
        ({"SortOrder": "Up"}, "Member must satisfy enum value set: [Ascending, Descending]"),
    ],
)
def test_numbers_and_enumerations_are_checked(request_: dict[str, Any], complaint: str) -> None:
    assert complaint in refusal("ListFlowDefinitions", request_).message


def test_items_of_a_list_are_counted_from_one() -> None:
    tags = [{"Key": "fine", "Value": "fine"}, {"Key": "fine", "Value": "not!"}]
    error = refusal("CreateHumanTaskUi", UI | {"Tags": tags})
    assert "Value 'not!' at 'tags.2.member.value'" in error.message


def test_unicode_categories_in_patterns_are_javas() -> None:
    operation = MODELS["sagemaker"].operation_model("AddTags")
    arn = "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/ui"
    check(operation, {"ResourceArn": arn, "Tags": [{"Key": "Größe 大", "Value": "٣"}]})
    error = refusal("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "smile 😀", "Value": ""}]})
    assert "tags.1.member.key" in error.message


def test_digits_in_patterns_are_ascii() -> None:
    role = "arn:aws:iam::٣٣٣٣٣٣٣٣٣٣٣٣:role/flow"
    assert "'roleArn'" in refusal("CreateFlowDefinition", {"RoleArn": role}).message


def test_a_pattern_holds_for_the_whole_value() -> None:
    error = refusal("DescribeHumanLoop", {"HumanLoopName": "loop\n"}, api="sagemaker-a2i-runtime")
    assert "regular expression" in error.message


@pytest.mark.parametrize("value", [5, True, ["loop"], {"a": 1}])
def test_a_wrong_type_cannot_be_read_at_all(value: object) -> None:
    error = refusal("StopHumanLoop", {"HumanLoopName": value}, api="sagemaker-a2i-runtime")
    assert error.code == "SerializationException"


def test_true_is_no_number() -> None:
    assert refusal("ListFlowDefinitions", {"MaxResults": True}).code == "SerializationException"


def test_a_long_value_is_quoted_only_in_part() -> None:
    request = {
        "HumanLoopName": "loop",
        "FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd",
        "HumanLoopInput": {"InputContent": "x" * (3 * 1024 * 1024 + 1)},
    }
    error = refusal("StartHumanLoop", request, api="sagemaker-a2i-runtime")
    assert "Member must have length less than or equal to 3145728" in error.message
    assert len(error.message) < 2_000


def test_input_of_exactly_three_mebibytes_passes() -> None:
    request = {
        "HumanLoopName": "loop",
        "FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd",
        "HumanLoopInput": {"InputContent": "x" * 3 * 1024 * 1024},
    }
    check(MODELS["sagemaker-a2i-runtime"].operation_model("StartHumanLoop"), request)
