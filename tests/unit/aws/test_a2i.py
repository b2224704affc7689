from datetime import UTC, datetime
from typing import Any

import pytest

from shared.aws.a2i import HumanLoops
from shared.errors import Deferred, GavelError, Permanent, Transient
from tests.fakes.aws import ScriptedClient, refusal

NAME = "m-01234567-r1"
FLOW = "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/images"
ARN = f"arn:aws:sagemaker:us-east-1:111122223333:human-loop/{NAME}"


def described(**more: object) -> dict[str, Any]:
    return {
        "HumanLoopName": NAME,
        "HumanLoopArn": ARN,
        "FlowDefinitionArn": FLOW,
        "HumanLoopStatus": "InProgress",
        "CreationTime": datetime(2026, 3, 10, tzinfo=UTC),
        "HumanLoopOutput": {"OutputS3Uri": "s3://evidence/output.json"},
    } | more


async def test_a_loop_is_started_with_its_input() -> None:
    client = ScriptedClient(start_human_loop=[{"HumanLoopArn": ARN}])
    assert await HumanLoops(client).start(NAME, FLOW, '{"mediaId": "m"}') == ARN
    assert client.asked[0][1] == {
        "HumanLoopName": NAME,
        "FlowDefinitionArn": FLOW,
        "HumanLoopInput": {"InputContent": '{"mediaId": "m"}'},
    }


async def test_a_name_that_is_taken_by_our_own_loop_is_a_start_that_went_before() -> None:
    client = ScriptedClient(
        start_human_loop=[refusal("ConflictException", status=409)], describe_human_loop=[described()]
    )
    assert await HumanLoops(client).start(NAME, FLOW, "{}") == ARN


async def test_a_name_that_is_taken_by_another_flow_is_refused() -> None:
    client = ScriptedClient(
        start_human_loop=[refusal("ConflictException", status=409)],
        describe_human_loop=[described(FlowDefinitionArn=FLOW + "-of-others")],
    )
    with pytest.raises(Permanent) as refused:
        await HumanLoops(client).start(NAME, FLOW, "{}")
    assert refused.value.code == "loop-name-taken"


async def test_a_conflict_with_a_loop_that_is_gone_is_tried_again() -> None:
    client = ScriptedClient(
        start_human_loop=[refusal("ConflictException", status=409)],
        describe_human_loop=[refusal("ResourceNotFoundException", status=404)],
    )
    with pytest.raises(Transient):
        await HumanLoops(client).start(NAME, FLOW, "{}")


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (refusal("ServiceQuotaExceededException", status=402), Deferred, "human-loop-quota"),
        (refusal("ResourceNotFoundException", status=404), Transient, "flow-definition-missing"),
        (refusal("ThrottlingException", status=429), Transient, "a2i-throttled"),
        (refusal("InternalServerException", status=500), Transient, "a2i-failed"),
        (refusal("AccessDeniedException", status=403), Transient, "a2i-access-denied"),
        (refusal("ValidationException"), Permanent, "loop-refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_refusal_of_a_start_has_its_remedy(answer: Exception, kind: type[GavelError], reason: str) -> None:
    with pytest.raises(kind) as raised:
        await HumanLoops(ScriptedClient(start_human_loop=[answer])).start(NAME, FLOW, "{}")
    assert raised.value.code == reason


async def test_an_input_beyond_the_limit_is_not_even_sent() -> None:
    client = ScriptedClient()
    with pytest.raises(Permanent) as refused:
        await HumanLoops(client).start(NAME, FLOW, "é" * 1_600_000)
    assert refused.value.code == "loop-input-too-large"
    assert client.asked == []


async def test_a_loop_is_described() -> None:
    client = ScriptedClient(describe_human_loop=[described(HumanLoopStatus="Failed", FailureCode="Expired")])
    loop = await HumanLoops(client).describe(NAME)
    assert loop is not None
    assert (loop.status, loop.failure_code, loop.output_uri) == ("Failed", "Expired", "s3://evidence/output.json")
    assert (loop.arn, loop.flow_definition_arn, loop.created_at.year) == (ARN, FLOW, 2026)


async def test_a_loop_that_is_not_there_is_none() -> None:
    client = ScriptedClient(describe_human_loop=[refusal("ResourceNotFoundException", status=404)])
    assert await HumanLoops(client).describe(NAME) is None


@pytest.mark.parametrize(
    "left", [[described(HumanLoopStatus="Completed")], [refusal("ResourceNotFoundException", status=404)]]
)
async def test_stopping_a_loop_that_is_over_does_nothing(left: list[Any]) -> None:
    client = ScriptedClient(stop_human_loop=[refusal("ValidationException")], describe_human_loop=left)
    await HumanLoops(client).stop(NAME)


async def test_a_refusal_to_stop_a_running_loop_is_told() -> None:
    client = ScriptedClient(stop_human_loop=[refusal("ValidationException")], describe_human_loop=[described()])
    with pytest.raises(Permanent):
        await HumanLoops(client).stop(NAME)
