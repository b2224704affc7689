"""Every service is killed while it holds messages; everything still ends in one verdict and one loop, nothing lost."""

import asyncio

import pytest

from shared.contracts.words import Action, Status
from tests.e2e.pictures import unique_image, unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.silent import SILENT_BUCKET

ITEMS = 8
# What each service is in the middle of when it dies: the call is held up, so that it surely is.
HELD_UP = {
    "ingest": ("media-events", "s3.GetObject"),
    "moderate": ("moderation-requests", "rekognition.DetectModerationLabels"),
    "review": ("review-requests", "sagemaker-a2i-runtime.StartHumanLoop"),
    "results": ("outcomes", "sns.PublishBatch"),
}


@pytest.mark.parametrize("service", HELD_UP)
async def test_a_service_killed_with_messages_in_hand_loses_nothing(pipeline: Pipeline, service: str) -> None:
    queue, call = HELD_UP[service]
    await pipeline.control("faults", {"operation": call, "kind": "latency", "latency_ms": 1_500})
    places = [await pipeline.upload(unique_jpeg(), labels="Weapons:71.3") for _ in range(ITEMS)]
    items = [await pipeline.submit(place) for place in places]
    answering = asyncio.create_task(_answer_all(pipeline, items))
    await eventually(lambda: _in_flight(pipeline, queue), what=f"messages of {queue} in {service}'s hands")
    assert await pipeline.kill(service) >= 1
    await pipeline.control("faults", method="DELETE")
    await answering
    for item in items:
        assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
        assert len(await pipeline.loops(item)) == 1
        record = await pipeline.status(item, Status.DONE)
        assert record.summary.verdict_number == 1


# How many calls fail in a row: more than the SDK tries by itself, so that a message has to come back too.
FAILING = {
    "dynamodb.PutItem": 4,
    "dynamodb.UpdateItem": 4,
    "s3.PutObject": 4,
    "sqs.SendMessageBatch": 4,
    "sqs.DeleteMessageBatch": 4,
    "sns.PublishBatch": 4,
    "rekognition.DetectModerationLabels": 2,
    "sagemaker-a2i-runtime.StartHumanLoop": 4,
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", FAILING)
async def test_calls_whose_answers_are_lost_change_no_verdict(pipeline: Pipeline, call: str, when: str) -> None:
    # WebP, of which a derivative is stored; told when the fault is set, so that no call comes before it.
    place = await pipeline.upload(unique_image("WEBP"), labels="Weapons:71.3", bucket=SILENT_BUCKET)
    fault = {"operation": call, "kind": "connection-drop", "when": when, "next": FAILING[call]}
    await pipeline.control("faults", fault)
    item = await pipeline.submit(place)
    await pipeline.answer(await pipeline.open_loop(item), Action.RESTRICT)
    assert (await pipeline.verdict(item)).data.verdict is Action.RESTRICT
    assert len(await pipeline.loops(item)) == 1
    # Deletes go out a moment after the verdict, gathered with others.
    await eventually(lambda: _acted(pipeline), what=f"a failed {call}")


async def _acted(pipeline: Pipeline) -> int | None:
    (rule,) = (await pipeline.control("faults"))["faults"]
    return int(rule["acted"]) or None


async def _answer_all(pipeline: Pipeline, items: list[str]) -> None:
    for item in items:
        await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)


async def _in_flight(pipeline: Pipeline, queue: str) -> int | None:
    answer = await pipeline.connection.sqs.get_queue_attributes(
        QueueUrl=pipeline.connection.outputs.queues[queue], AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"]) or None
