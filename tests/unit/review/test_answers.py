"""Reviewers' answers are read from every shape that A2I is known to write, and a doubtful one is no answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.review.domain.tasks import answers, loop_state
from shared.contracts.words import Action
from shared.errors import ContractError
from tests.unit.review.cases import POLICY

AT = datetime(2026, 11, 21, tzinfo=UTC)
INTEGRATED = "AWS/Rekognition/DetectModerationLabels/Image/V3"


def _read(content: Any, **more: Any) -> list[tuple[Action, tuple[str, ...]]]:
    output = {"humanAnswers": [{"workerId": "ef7294f850a3d9d1", "answerContent": content, **more}]}
    return [(answer.action, answer.labels) for answer in answers(output, POLICY, 1, AT)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"ruling": {"approve": False, "restrict": False, "reject": True}}, Action.REJECT),
        ({"ruling": {"label": "restrict"}}, Action.RESTRICT),
        ({"ruling": "approve"}, Action.APPROVE),
    ],
)
def test_a_custom_answer_may_be_a_radio_group_a_classifier_or_text(content: Any, expected: Action) -> None:
    assert _read(content) == [(expected, ())]


def test_ticked_labels_are_kept_with_a_custom_answer() -> None:
    content = {"ruling": "reject", "labels": {"Weapons": True, "Smoking": False}}
    assert _read(content) == [(Action.REJECT, ("Weapons",))]


@pytest.mark.parametrize("key", ["moderationLabels", "ModerationLabels"])
def test_an_integrated_answer_is_what_the_policy_makes_of_the_chosen_labels(key: str) -> None:
    name = "name" if key[0] == "m" else "Name"
    chosen = {key: [{name: "Explicit Nudity", "parentName": "Explicit"}]}
    assert _read({INTEGRATED: chosen}) == [(Action.REJECT, ("Explicit Nudity",))]


def test_none_of_these_approves() -> None:
    assert _read({INTEGRATED: {"moderationLabels": []}}) == [(Action.APPROVE, ())]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "approve",
        {},
        {"ruling": None},
        {"ruling": "yes"},
        {"ruling": {}},
        {"ruling": {"approve": False}},
        {"ruling": {"approve": True, "reject": True}},
        {"ruling": {"approve": "true"}},
        {"ruling": 1},
        {INTEGRATED: None},
        {INTEGRATED: {}},
        {INTEGRATED: {"moderationLabels": "none"}},
        {INTEGRATED: {"moderationLabels": [{}]}},
        {INTEGRATED: {"moderationLabels": [7]}},
    ],
)
def test_an_answer_that_cannot_be_read_is_no_answer(content: Any) -> None:
    assert _read(content) == []


@pytest.mark.parametrize("output", [None, [], "x", {}, {"humanAnswers": None}, {"humanAnswers": [None, 3, {}]}])
def test_an_output_without_answers_has_none(output: Any) -> None:
    assert answers(output, POLICY, 1, AT) == ()


def test_an_answer_without_a_worker_does_not_count() -> None:
    assert answers({"humanAnswers": [{"answerContent": {"ruling": "approve"}}]}, POLICY, 1, AT) == ()


def test_times_are_kept_where_they_can_be_read() -> None:
    entry = {
        "workerId": "ef7294f850a3d9d1",
        "answerContent": {"ruling": "approve"},
        "acceptanceTime": "2020-09-28T19:21:54.955Z",
        "timeSpentInSeconds": 40.543,
    }
    (answer,) = answers({"humanAnswers": [entry]}, POLICY, 1, AT)
    assert (answer.accepted_at, answer.spent_s) == (datetime(2020, 9, 28, 19, 21, 54, 955000, tzinfo=UTC), 40.543)
    (answer,) = answers(
        {"humanAnswers": [{**entry, "acceptanceTime": "soon", "timeSpentInSeconds": "x"}]}, POLICY, 1, AT
    )
    assert (answer.accepted_at, answer.spent_s) == (None, None)


def test_the_status_change_event_of_the_aws_guide_is_read() -> None:
    body = """{"version":"0","id":"1","detail-type":"SageMaker A2I HumanLoop Status Change","source":"aws.sagemaker",
    "account":"111122223333","time":"2019-11-14T17:49:25Z","region":"us-east-1","resources":[],
    "detail":{"creationTime":"2019-11-14T17:37:36.740Z","failureCode":null,"failureReason":null,
    "flowDefinitionArn":"arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd",
    "humanLoopArn":"arn:aws:sagemaker:us-east-1:111122223333:human-loop/loop","humanLoopName":"loop",
    "humanLoopOutput":{"outputS3Uri":"s3://b/output.json"},"humanLoopStatus":"Completed"}}"""
    state = loop_state(body)
    assert (state.name, state.status, state.failure_code, state.output_uri) == (
        "loop",
        "Completed",
        None,
        "s3://b/output.json",
    )


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"detail":{}}', '{"detail":{"humanLoopName":3}}'])
def test_another_event_is_refused(body: str) -> None:
    with pytest.raises(ContractError) as caught:
        loop_state(body)
    assert caught.value.code == "bad-loop-event"
