"""The A2I runtime: names, input, quota, listings, and every way from start to end."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.a2i.studio import BUILT_IN, Studio

Refused = Callable[..., tuple[str, int, str]]
LARGEST_INPUT = 3 * 1024 * 1024


def input_of(characters: int) -> str:
    return json.dumps({"a": "x" * (characters - len('{"a": ""}'))})


def test_a_loop_is_started_and_described(studio: Studio) -> None:
    flow = studio.flow()
    classifiers = {"ContentClassifiers": ["FreeOfPersonallyIdentifiableInformation"]}
    assert studio.start(flow, DataAttributes=classifiers)["HumanLoopArn"] == studio.arn("human-loop/loop")
    described = studio.describe()
    assert described["HumanLoopStatus"] == "InProgress"
    assert described["FlowDefinitionArn"] == flow
    created = f"{described['CreationTime'].astimezone(UTC):%Y/%m/%d/%H/%M/%S}"
    uri = f"s3://{studio.bucket}/chapter4/a2i-results/fd/{created}/loop/output.json"
    assert described["HumanLoopOutput"]["OutputS3Uri"] == uri
    assert "FailureCode" not in described


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("{}", id="empty"),
        pytest.param('{"taskObject": "s3://b/k", "labels": [{"name": "Violence"}]}', id="camel case"),
        pytest.param('{"Größe": "大", "smile": "\\ud83d\\ude00", "null": null}', id="unicode"),
        pytest.param(input_of(LARGEST_INPUT), id="3 MiB"),
    ],
)
def test_input_is_any_json_object_of_up_to_three_mebibytes(studio: Studio, content: str) -> None:
    studio.start(studio.flow(), content=content)
    studio.answer()
    assert studio.output()["inputContent"] == json.loads(content)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param("", "InputContent", id="nothing"),
        pytest.param("[]", "not a JSON object", id="a list"),
        pytest.param('"text"', "not a JSON object", id="a text"),
        pytest.param("{", "InputContent", id="half"),
        pytest.param('{"a": NaN}', "NaN", id="NaN"),
        pytest.param('{"a":' + "[" * 50_000, "nested deeper", id="an abyss"),
        pytest.param(input_of(LARGEST_INPUT + 1), "less than or equal to 3145728", id="3 MiB and one"),
    ],
)
def test_other_input_is_refused(studio: Studio, refusal: Refused, content: str, complaint: str) -> None:
    code, status, text = refusal(studio.start, flow_arn=studio.flow(), content=content)
    assert (code, status) == ("ValidationException", 400)
    assert complaint in text


@pytest.mark.parametrize("name", ["a", "a" * 63, "a--9", "0"])
def test_good_names_are_taken(studio: Studio, name: str) -> None:
    studio.start(studio.flow(), name)
    assert studio.describe(name)["HumanLoopName"] == name


@pytest.mark.parametrize("name", ["a" * 64, "A", "a_b", "-a", "a-", "ü", "a.b"])
def test_bad_names_are_refused(studio: Studio, refusal: Refused, name: str) -> None:
    code, status, text = refusal(studio.start, flow_arn=studio.flow(), name=name)
    assert (code, status) == ("ValidationException", 400)
    assert "'humanLoopName'" in text


@pytest.mark.parametrize(
    "arn",
    [
        "fd",
        "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd",
        "arn:aws:sagemaker:eu-west-1:{account}:flow-definition/fd",
        "arn:aws:sagemaker:us-east-1:{account}:flow-definition/other",
    ],
)
def test_a_flow_definition_elsewhere_is_refused(studio: Studio, refusal: Refused, arn: str) -> None:
    studio.flow()
    code, status, _ = refusal(studio.start, flow_arn=arn.format(account=studio.account))
    assert (code, status) == ("ValidationException", 400)


def test_unknown_classifiers_are_refused(studio: Studio, refusal: Refused) -> None:
    attributes = {"ContentClassifiers": ["FreeOfCharge"]}
    assert refusal(studio.start, flow_arn=studio.flow(), DataAttributes=attributes)[0] == "ValidationException"


def test_loops_of_a_built_in_flow_definition_are_rekognitions_to_start(studio: Studio, refusal: Refused) -> None:
    code, _, text = refusal(studio.start, flow_arn=studio.flow(conditions={"Conditions": []}))
    assert code == "ValidationException"
    assert BUILT_IN in text


def test_a_repeat_is_the_same_loop_even_when_it_is_over(studio: Studio) -> None:
    flow = studio.flow()
    first = studio.start(flow)["HumanLoopArn"]
    assert studio.start(flow)["HumanLoopArn"] == first
    studio.answer()
    assert studio.start(flow)["HumanLoopArn"] == first
    assert studio.status() == "Completed"


def test_the_same_name_with_other_input_is_a_conflict(studio: Studio, refusal: Refused) -> None:
    flow = studio.flow()
    studio.start(flow)
    assert refusal(studio.start, flow_arn=flow, content="{}")[:2] == ("ConflictException", 409)


def test_twenty_at_once_under_one_name_make_one_loop(studio: Studio) -> None:
    flow = studio.flow()
    with ThreadPoolExecutor(20) as pool:
        started = list(pool.map(lambda _: studio.start(flow)["HumanLoopArn"], range(20)))
    assert set(started) == {studio.arn("human-loop/loop")}
    assert len(studio.a2i.list_human_loops(FlowDefinitionArn=flow)["HumanLoopSummaries"]) == 1


def test_twenty_at_once_with_different_input_leave_one_winner(studio: Studio) -> None:
    flow = studio.flow()

    def start(number: int) -> str:
        try:
            studio.start(flow, content=json.dumps({"number": number}))
        except ClientError as error:
            code: str = error.response["Error"]["Code"]
            return code
        return "started"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(start, range(20)))
    assert sorted(outcomes) == ["ConflictException"] * 19 + ["started"]


def test_the_quota_of_loops_in_flight_is_per_flow_definition(studio: Studio, refusal: Refused) -> None:
    full, other = studio.flow(), studio.flow(FlowDefinitionName="other")
    settings = {"flowDefinitionArn": full, "inFlightQuota": 2}
    assert studio.control("POST", "/_gavel/human-loops-settings", settings)[0] == 200
    for name in ("a", "b"):
        studio.start(full, name)
    code, status, text = refusal(studio.start, flow_arn=full, name="c")
    assert (code, status) == ("ServiceQuotaExceededException", 402)
    assert "2 human loops in flight" in text
    studio.start(full, "a")
    studio.start(other, "c")
    studio.a2i.stop_human_loop(HumanLoopName="a")
    studio.start(full, "d")


def test_what_is_not_there_is_not_found(studio: Studio, refusal: Refused) -> None:
    studio.flow()
    for operation in (studio.a2i.describe_human_loop, studio.a2i.stop_human_loop, studio.a2i.delete_human_loop):
        assert refusal(operation, HumanLoopName="nobody")[:2] == ("ResourceNotFoundException", 404)
    missing = studio.arn("flow-definition/nobody")
    assert refusal(studio.a2i.list_human_loops, FlowDefinitionArn=missing)[:2] == ("ResourceNotFoundException", 404)


def test_a_loop_is_stopped_at_once_and_then_deleted(studio: Studio, refusal: Refused) -> None:
    flow = studio.flow()
    studio.start(flow)
    assert refusal(studio.a2i.delete_human_loop, HumanLoopName="loop")[:2] == ("ValidationException", 400)
    studio.a2i.stop_human_loop(HumanLoopName="loop")
    assert studio.status() == "Stopped"
    studio.a2i.delete_human_loop(HumanLoopName="loop")
    assert refusal(studio.describe)[0] == "ResourceNotFoundException"
    studio.start(flow, content="{}")


def test_stopping_waits_for_the_answer_of_a_worker_who_holds_a_task(studio: Studio, refusal: Refused) -> None:
    studio.start(studio.flow(review={"TaskCount": 2}))
    assert studio.hook("hold", workerId="one")[0] == 200
    studio.a2i.stop_human_loop(HumanLoopName="loop")
    assert studio.status() == "Stopping"
    assert refusal(studio.a2i.delete_human_loop, HumanLoopName="loop")[0] == "ValidationException"
    assert studio.hook("answers", workerId="two", answerContent={})[0] == 409
    studio.answer(workerId="one", answerContent={"ruling": "reject"})
    assert studio.status() == "Stopped"
    assert [answer["answerContent"] for answer in studio.output()["humanAnswers"]] == [{"ruling": "reject"}]


def test_a_loop_expires_by_itself_when_nobody_answers(studio: Studio) -> None:
    studio.start(studio.flow(review={"TaskAvailabilityLifetimeInSeconds": 1}))
    studio.eventually(lambda: studio.status() == "Failed")
    described = studio.describe()
    assert described["FailureCode"] == "Expired"
    assert described["FailureReason"]


@pytest.mark.parametrize(
    ("act", "status", "code"),
    [("expire", "Failed", "Expired"), ("fail", "Failed", "InternalError"), ("complete-empty", "Completed", None)],
)
def test_a_loop_can_be_ended_otherwise(studio: Studio, act: str, status: str, code: str | None) -> None:
    studio.start(studio.flow())
    assert studio.hook(act)[0] == 200
    described = studio.describe()
    assert (described["HumanLoopStatus"], described.get("FailureCode")) == (status, code)


def test_output_that_cannot_be_written_fails_the_loop(studio: Studio) -> None:
    studio.start(studio.flow(OutputConfig={"S3OutputPath": f"s3://{studio.unique('missing')}/x"}))
    studio.answer()
    described = studio.describe()
    assert (described["HumanLoopStatus"], described["FailureCode"]) == ("Failed", "ValidationError")
    assert "NoSuchBucket" in described["FailureReason"]


def test_loops_are_listed_page_by_page_in_either_order_and_by_time(studio: Studio) -> None:
    flow = studio.flow()
    for number in range(5):
        studio.start(flow, f"loop-{number}")
    paginator = studio.a2i.get_paginator("list_human_loops")

    def names(**request: Any) -> list[list[str]]:
        pages = paginator.paginate(FlowDefinitionArn=flow, PaginationConfig={"PageSize": 2}, **request)
        return [[loop["HumanLoopName"] for loop in page["HumanLoopSummaries"]] for page in pages]

    assert names(SortOrder="Ascending") == [["loop-0", "loop-1"], ["loop-2", "loop-3"], ["loop-4"]]
    assert names() == [["loop-4", "loop-3"], ["loop-2", "loop-1"], ["loop-0"]]
    assert names(CreationTimeBefore=datetime(2020, 2, 24, tzinfo=UTC)) == [[]]
    assert len(names(CreationTimeAfter=datetime(2020, 2, 24, tzinfo=UTC))) == 3


@pytest.mark.parametrize(
    "request_", [{"MaxResults": 0}, {"MaxResults": 101}, {"SortOrder": "Up"}, {"NextToken": "somebody else's"}]
)
def test_bad_listings_are_refused(studio: Studio, refusal: Refused, request_: dict[str, Any]) -> None:
    flow = studio.flow()
    refused = refusal(studio.a2i.list_human_loops, FlowDefinitionArn=flow, **request_)
    assert refused[:2] == ("ValidationException", 400)


def test_a_listing_tells_why_a_loop_failed(studio: Studio) -> None:
    flow = studio.flow()
    studio.start(flow)
    studio.hook("fail", failureCode="ValidationError", failureReason="The template is broken.")
    (summary,) = studio.a2i.list_human_loops(FlowDefinitionArn=flow)["HumanLoopSummaries"]
    assert (summary["HumanLoopStatus"], summary["FailureReason"]) == ("Failed", "The template is broken.")


def test_deleting_a_flow_definition_stops_its_loops_and_forgets_them_for_the_next(studio: Studio) -> None:
    studio.start(studio.flow())
    studio.sagemaker.delete_flow_definition(FlowDefinitionName="fd")
    assert studio.status() == "Stopped"
    again = studio.flow()
    assert studio.a2i.list_human_loops(FlowDefinitionArn=again)["HumanLoopSummaries"] == []


def test_loops_go_on_without_their_task_ui_and_new_ones_do_not_start(studio: Studio, refusal: Refused) -> None:
    flow = studio.flow()
    studio.start(flow)
    studio.sagemaker.delete_human_task_ui(HumanTaskUiName="ui")
    assert refusal(studio.start, flow_arn=flow, name="other")[0] == "ValidationException"
    studio.start(flow)
    studio.answer()
    assert studio.status() == "Completed"
