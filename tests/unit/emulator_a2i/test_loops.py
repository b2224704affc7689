"""A human loop and its answers: output, event, workers and tasks."""

import re
from datetime import timedelta

import pytest
from gavel_emulator.a2i import engine
from gavel_emulator.a2i.loops import NotNow, Status, next_worker_id, worker_id

from tests.fakes.human_loops import FLOW_ARN, HumanLoops, key, review


def status(loops: HumanLoops) -> Status:
    return loops.store.get(key()).status


def ends(loops: HumanLoops) -> list[tuple[str, str | None]]:
    return [(event["Detail"]["humanLoopStatus"], event["Detail"]["failureCode"]) for event in loops.world.events]


def test_the_output_key_has_the_time_of_creation(loops: HumanLoops) -> None:
    loops.start()
    expected = "s3://b/chapter4/a2i-results/fd/2021/07/06/22/33/08/loop/output.json"
    assert loops.store.get(key()).output_uri == expected


def test_one_answer_completes_a_loop_of_one_task(loops: HumanLoops) -> None:
    loops.start()
    engine.answer(loops.ports, key(), "ef7294f850a3d9d1", {"ruling": "reject"})
    assert status(loops) is Status.COMPLETED
    assert ends(loops) == [("Completed", None)]


def test_the_output_is_there_when_the_event_arrives(loops: HumanLoops) -> None:
    loops.start()
    engine.answer(loops.ports, key(), "w", {})
    assert loops.world.reports == ["output", "event"]


def test_the_output_of_a_custom_task_is_as_documented(loops: HumanLoops) -> None:
    loops.start(content='{"zoo": "ü", "animal": [1, 2.5]}', task_count=2)
    engine.hold(loops.ports, key(), "ef7294f850a3d9d1")
    loops.pass_time(milliseconds=40_543)
    engine.answer(loops.ports, key(), "ef7294f850a3d9d1", {"ruling": {"reject": True}})
    engine.answer(loops.ports, key(), "0123456789abcdef", {"text": "n’est-ce pas"}, timedelta(seconds=1.5))
    identity = {
        "identityProviderType": "Cognito",
        "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool",
    }
    assert loops.world.outputs == {
        "s3://b/chapter4/a2i-results/fd/2021/07/06/22/33/08/loop/output.json": {
            "flowDefinitionArn": FLOW_ARN,
            "humanAnswers": [
                {
                    "acceptanceTime": "2021-07-06T22:33:08.740Z",
                    "answerContent": {"ruling": {"reject": True}},
                    "submissionTime": "2021-07-06T22:33:49.283Z",
                    "timeSpentInSeconds": 40.543,
                    "workerId": "ef7294f850a3d9d1",
                    "workerMetadata": {
                        "identityData": identity | {"sub": "5168cf6a-095c-51b5-913b-9b2a0c78b934"},
                    },
                },
                {
                    "acceptanceTime": "2021-07-06T22:33:47.783Z",
                    "answerContent": {"text": "n’est-ce pas"},
                    "submissionTime": "2021-07-06T22:33:49.283Z",
                    "timeSpentInSeconds": 1.5,
                    "workerId": "0123456789abcdef",
                    "workerMetadata": {
                        "identityData": identity | {"sub": "ad689872-4de5-5b1f-8580-71f4cc6cd605"},
                    },
                },
            ],
            "humanLoopName": "loop",
            "inputContent": {"zoo": "ü", "animal": [1, 2.5]},
        }
    }


def test_the_output_of_the_built_in_task_names_its_source(loops: HumanLoops) -> None:
    source = "AWS/Rekognition/DetectModerationLabels/Image/V3"
    loops.start(source=source)
    engine.answer(loops.ports, key(), "w", {source: {"moderationLabels": []}})
    (output,) = loops.world.outputs.values()
    assert output["awsManagedHumanLoopRequestSource"] == source
    assert output["humanAnswers"][0]["answerContent"] == {source: {"moderationLabels": []}}


def test_public_workers_have_no_identity(loops: HumanLoops) -> None:
    loops.start(identity={})
    engine.answer(loops.ports, key(), "w", {})
    (output,) = loops.world.outputs.values()
    assert "workerMetadata" not in output["humanAnswers"][0]


def test_the_event_is_as_documented(loops: HumanLoops) -> None:
    loops.start()
    loops.pass_time(minutes=1)
    engine.answer(loops.ports, key(), "w", {})
    arn = "arn:aws:sagemaker:us-east-1:111122223333:human-loop/loop"
    assert loops.world.events == [
        {
            "Source": "aws.sagemaker",
            "DetailType": "SageMaker A2I HumanLoop Status Change",
            "Resources": [arn],
            "Detail": {
                "creationTime": "2021-07-06T22:33:08.740Z",
                "failureCode": None,
                "failureReason": None,
                "flowDefinitionArn": FLOW_ARN,
                "humanLoopArn": arn,
                "humanLoopName": "loop",
                "humanLoopOutput": {
                    "outputS3Uri": "s3://b/chapter4/a2i-results/fd/2021/07/06/22/33/08/loop/output.json"
                },
                "humanLoopStatus": "Completed",
            },
        }
    ]


def test_answers_come_from_distinct_workers(loops: HumanLoops) -> None:
    loops.start(task_count=3)
    engine.answer(loops.ports, key(), "w1", {})
    with pytest.raises(NotNow, match="distinct"):
        engine.answer(loops.ports, key(), "w1", {})
    engine.answer(loops.ports, key(), "w2", {})
    assert status(loops) is Status.IN_PROGRESS
    assert engine.answer(loops.ports, key(), "w3", {}).status is Status.COMPLETED


def test_workers_who_are_not_named_are_others_each_time_and_the_same_for_every_loop(loops: HumanLoops) -> None:
    loops.start("a", task_count=2)
    loops.start("b", task_count=2)
    seen = []
    for name in ("a", "b"):
        for _ in range(2):
            loop = loops.store.get(key(name))
            engine.answer(loops.ports, key(name), next_worker_id(loop), {})
        seen.append([answer.worker_id for answer in loops.store.get(key(name)).answers])
    assert seen[0] == seen[1]
    assert len(set(seen[0])) == 2


def test_a_workers_name_becomes_sixteen_hexadecimal_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", worker_id(review(), "somebody"))
    assert worker_id(review(), "somebody") == worker_id(review(), "somebody")
    assert worker_id(review(), "somebody") != worker_id(review(), "somebody else")
    assert worker_id(review(), "ef7294f850a3d9d1") == "ef7294f850a3d9d1"


def test_a_task_is_held_by_one_worker_at_a_time(loops: HumanLoops) -> None:
    loops.start()
    engine.hold(loops.ports, key(), "w1")
    engine.hold(loops.ports, key(), "w1")
    for act in (engine.hold, lambda ports, key, worker: engine.answer(ports, key, worker, {})):
        with pytest.raises(NotNow, match="every task"):
            act(loops.ports, key(), "w2")
    engine.release(loops.ports, key(), "w1")
    engine.hold(loops.ports, key(), "w2")


def test_only_who_holds_a_task_can_give_it_back(loops: HumanLoops) -> None:
    loops.start()
    with pytest.raises(NotNow, match="holds no task"):
        engine.release(loops.ports, key(), "w1")


def test_a_task_goes_back_to_the_pool_when_its_time_limit_is_over(loops: HumanLoops) -> None:
    loops.start()
    engine.hold(loops.ports, key(), "w1")
    loops.pass_time(minutes=4, seconds=59)
    assert loops.store.get(key()).holds
    loops.pass_time(seconds=1)
    assert not loops.store.get(key()).holds
    engine.answer(loops.ports, key(), "w2", {})
    assert status(loops) is Status.COMPLETED
