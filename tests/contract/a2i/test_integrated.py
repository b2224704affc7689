"""The integrated path: DetectModerationLabels with HumanLoopConfig starts a loop when the conditions say so."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests import media
from tests.contract.a2i.studio import BUILT_IN, Studio

Refused = Callable[..., tuple[str, int, str]]
LABELS = "Weapons:92.6,Smoking:55"


def check(name: str, **bounds: float) -> dict[str, Any]:
    return {
        "ConditionType": "ModerationLabelConfidenceCheck",
        "ConditionParameters": {"ModerationLabelName": name} | bounds,
    }


def sampling(percentage: float) -> dict[str, Any]:
    return {"ConditionType": "Sampling", "ConditionParameters": {"RandomSamplingPercentage": percentage}}


def picture(studio: Studio, labels: str = LABELS) -> dict[str, Any]:
    key = f"{studio.unique('picture')} 大.jpg"
    metadata = {"gavel-labels": labels}
    studio.s3.put_object(Bucket=studio.bucket, Key=key, Body=media.jpeg(), Metadata=metadata)
    return {"S3Object": {"Bucket": studio.bucket, "Name": key}}


def detect(studio: Studio, flow: str, name: str = "loop", **request: Any) -> Any:
    return studio.rekognition.detect_moderation_labels(
        **{"Image": picture(studio)} | request, HumanLoopConfig={"HumanLoopName": name, "FlowDefinitionArn": flow}
    )


def test_a_true_condition_starts_a_loop(studio: Studio) -> None:
    flow = studio.flow(conditions={"Conditions": [check("Weapons", ConfidenceGreaterThan=60)]})
    answer = detect(studio, flow)
    activation = answer["HumanLoopActivationOutput"]
    assert activation["HumanLoopArn"] == studio.arn("human-loop/loop")
    assert activation["HumanLoopActivationReasons"] == ["ConditionsEvaluation"]
    assert json.loads(activation["HumanLoopActivationConditionsEvaluationResults"]) == {
        "Conditions": [check("Weapons", ConfidenceGreaterThan=60) | {"EvaluationResult": True}]
    }
    assert studio.status() == "InProgress"


def test_without_a_true_condition_there_is_no_loop_but_the_evaluation_is_told(studio: Studio, refusal: Refused) -> None:
    flow = studio.flow(conditions={"Conditions": [check("Weapons", ConfidenceLessThan=60)]})
    activation = detect(studio, flow)["HumanLoopActivationOutput"]
    assert activation.keys() == {"HumanLoopActivationConditionsEvaluationResults"}
    assert refusal(studio.describe)[0] == "ResourceNotFoundException"


def test_the_output_has_exactly_the_documented_shape(studio: Studio) -> None:
    condition = {"Or": [check("Weapons", ConfidenceGreaterThan=60), check("Smoking", ConfidenceGreaterThan=90)]}
    flow = studio.flow(conditions={"Conditions": [condition]})
    image = picture(studio)
    config = {
        "HumanLoopName": "loop",
        "FlowDefinitionArn": flow,
        "DataAttributes": {"ContentClassifiers": ["FreeOfPersonallyIdentifiableInformation"]},
    }
    studio.rekognition.detect_moderation_labels(Image=image, MinConfidence=51.5, HumanLoopConfig=config)
    chosen = {BUILT_IN: {"moderationLabels": [{"name": "Weapons", "parentName": "Violence"}]}}
    studio.answer(workerId="ef7294f850a3d9d1", answerContent=chosen)
    output = studio.output()
    (answer,) = output.pop("humanAnswers")
    assert (answer["answerContent"], answer["workerId"]) == (chosen, "ef7294f850a3d9d1")
    weapons = {"confidence": 92.6, "name": "Weapons", "parentName": "Violence", "taxonomyLevel": 2}
    violence = {"confidence": 92.6, "name": "Violence", "parentName": "", "taxonomyLevel": 1}
    smoking = [
        {"confidence": 55, "name": name, "parentName": parent, "taxonomyLevel": level}
        for name, parent, level in (
            ("Smoking", "Drugs & Tobacco Paraphernalia & Use", 3),
            ("Drugs & Tobacco Paraphernalia & Use", "Drugs & Tobacco", 2),
            ("Drugs & Tobacco", "", 1),
        )
    ]
    assert output == {
        "awsManagedHumanLoopRequestSource": BUILT_IN,
        "flowDefinitionArn": flow,
        "humanLoopName": "loop",
        "inputContent": {
            "aiServiceRequest": {
                "humanLoopConfig": {
                    "dataAttributes": {"contentClassifiers": ["FreeOfPersonallyIdentifiableInformation"]},
                    "flowDefinitionArn": flow,
                    "humanLoopName": "loop",
                },
                "image": {"s3Object": {"bucket": studio.bucket, "name": image["S3Object"]["Name"]}},
                "minConfidence": 51.5,
            },
            "aiServiceResponse": {
                "contentTypes": [],
                "moderationLabels": [weapons, violence, *smoking],
                "moderationModelVersion": "7.0",
            },
            "humanTaskActivationConditionResults": {
                "Conditions": [
                    {
                        "EvaluationResult": True,
                        "Or": [
                            condition["Or"][0] | {"EvaluationResult": True},
                            condition["Or"][1] | {"EvaluationResult": False},
                        ],
                    }
                ]
            },
            "selectedAiServiceResponse": {
                "contentTypes": [],
                "moderationLabels": [weapons],
                "moderationModelVersion": "7.0",
            },
        },
    }


def test_none_of_these_is_an_empty_list(studio: Studio) -> None:
    detect(studio, studio.flow(conditions={"Conditions": [sampling(100)]}))
    studio.answer(answerContent={BUILT_IN: {"moderationLabels": []}})
    assert studio.output()["humanAnswers"][0]["answerContent"] == {BUILT_IN: {"moderationLabels": []}}


def test_a_check_sees_only_what_passed_the_minimum_confidence(studio: Studio) -> None:
    flow = studio.flow(conditions={"Conditions": [check("Smoking", ConfidenceLessThan=60)]})
    assert "HumanLoopArn" not in detect(studio, flow, "high", MinConfidence=60)["HumanLoopActivationOutput"]
    assert "HumanLoopArn" in detect(studio, flow, "low", MinConfidence=50)["HumanLoopActivationOutput"]


def test_a_flow_definition_without_conditions_reviews_everything(studio: Studio) -> None:
    flow = studio.flow(HumanLoopRequestSource={"AwsManagedHumanLoopRequestSource": BUILT_IN})
    assert "HumanLoopArn" in detect(studio, flow, Image=picture(studio, ""))["HumanLoopActivationOutput"]


def test_the_same_request_gets_the_same_loop_and_the_same_sample(studio: Studio) -> None:
    flow = studio.flow(conditions={"Conditions": [sampling(50)]})
    image = picture(studio)
    activated = {}
    for number in range(20):
        name = f"loop-{number}"
        first, again = (detect(studio, flow, name, Image=image)["HumanLoopActivationOutput"] for _ in range(2))
        assert first == again
        activated[name] = "HumanLoopArn" in first
    assert set(activated.values()) == {True, False}
    started = studio.a2i.list_human_loops(FlowDefinitionArn=flow)["HumanLoopSummaries"]
    assert {loop["HumanLoopName"] for loop in started} == {name for name, active in activated.items() if active}


@pytest.mark.parametrize(
    ("arn", "complaint"),
    [
        ("arn:aws:sagemaker:us-east-1:{account}:flow-definition/nobody", "does not exist"),
        ("arn:aws:sagemaker:eu-west-1:{account}:flow-definition/fd", "account and region"),
        ("fd", "not the ARN"),
    ],
)
def test_a_flow_definition_elsewhere_is_an_invalid_parameter(
    studio: Studio, refusal: Refused, arn: str, complaint: str
) -> None:
    config = {"HumanLoopName": "loop", "FlowDefinitionArn": arn.format(account=studio.account)}
    refused = refusal(studio.rekognition.detect_moderation_labels, Image=picture(studio), HumanLoopConfig=config)
    assert refused[:2] == ("InvalidParameterException", 400)
    assert complaint in refused[2]


def test_a_custom_flow_definition_is_an_invalid_parameter(studio: Studio, refusal: Refused) -> None:
    config = {"HumanLoopName": "loop", "FlowDefinitionArn": studio.flow()}
    refused = refusal(studio.rekognition.detect_moderation_labels, Image=picture(studio), HumanLoopConfig=config)
    assert refused[0] == "InvalidParameterException"
    assert BUILT_IN in refused[2]


def test_a_picture_sent_as_bytes_cannot_be_reviewed(studio: Studio, refusal: Refused) -> None:
    config = {"HumanLoopName": "loop", "FlowDefinitionArn": studio.flow(conditions={"Conditions": []})}
    detect_bytes = studio.rekognition.detect_moderation_labels
    assert (
        refusal(detect_bytes, Image={"Bytes": media.jpeg()}, HumanLoopConfig=config)[0] == "InvalidParameterException"
    )


def test_a_name_taken_by_another_picture_is_an_invalid_parameter(studio: Studio, refusal: Refused) -> None:
    flow = studio.flow(conditions={"Conditions": [sampling(100)]})
    detect(studio, flow)
    config = {"HumanLoopName": "loop", "FlowDefinitionArn": flow}
    refused = refusal(studio.rekognition.detect_moderation_labels, Image=picture(studio), HumanLoopConfig=config)
    assert refused[0] == "InvalidParameterException"


def test_a_full_flow_definition_is_a_quota_of_its_own_kind(studio: Studio) -> None:
    flow = studio.flow(conditions={"Conditions": [sampling(100)]})
    studio.control("POST", "/_gavel/human-loops-settings", {"flowDefinitionArn": flow, "inFlightQuota": 0})
    with pytest.raises(studio.rekognition.exceptions.HumanLoopQuotaExceededException) as caught:
        detect(studio, flow)
    assert caught.value.response["ServiceCode"] == "sagemaker"
    assert caught.value.response["ResourceType"]
    assert re.search(r"0 human loops in flight", str(caught.value))


def test_results_longer_than_the_model_allows_are_left_out(studio: Studio) -> None:
    many = {"Conditions": [check(f"L{number:02}", ConfidenceLessThan=1) for number in range(70)] + [sampling(100)]}
    assert len(json.dumps(many)) < 10_240 < len(json.dumps(many, separators=(",", ":"))) + 71 * 24
    activation = detect(studio, studio.flow(conditions=many))["HumanLoopActivationOutput"]
    assert activation.keys() == {"HumanLoopArn", "HumanLoopActivationReasons"}
