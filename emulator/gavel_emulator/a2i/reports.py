"""What a human loop leaves behind: `output.json` and the event. Shapes as in the SageMaker Developer Guide ("Use Output
Data", "Use Amazon CloudWatch Events in Amazon Augmented AI")."""

from datetime import timedelta
from typing import Any

from gavel_emulator.a2i.documents import instant, read_object, write
from gavel_emulator.a2i.loops import Answer, Loop, worker_sub

_MILLISECOND = timedelta(milliseconds=1)

EVENT_SOURCE = "aws.sagemaker"
EVENT_TYPE = "SageMaker A2I HumanLoop Status Change"


def output(loop: Loop) -> bytes:
    """`output.json`: one entry per worker, never consolidated."""
    document: dict[str, Any] = {
        "flowDefinitionArn": loop.input.flow_arn,
        "humanAnswers": [_answer(loop, answer) for answer in loop.answers],
        "humanLoopName": loop.key.name,
        "inputContent": read_object(loop.input.content),
    }
    if loop.review.source:
        document["awsManagedHumanLoopRequestSource"] = loop.review.source
    return write(document).encode()


def event(loop: Loop) -> dict[str, Any]:
    """One entry of PutEvents for a loop that is over."""
    ending = loop.ending
    detail = {
        "creationTime": instant(loop.created_at),
        "failureCode": ending and ending.failure_code,
        "failureReason": ending and ending.failure_reason,
        "flowDefinitionArn": loop.input.flow_arn,
        "humanLoopArn": loop.key.arn,
        "humanLoopName": loop.key.name,
        "humanLoopOutput": {"outputS3Uri": loop.output_uri},
        "humanLoopStatus": loop.status,
    }
    return {
        "Source": EVENT_SOURCE,
        "DetailType": EVENT_TYPE,
        "Detail": write(detail),
        "Resources": [loop.key.arn],
    }


def _answer(loop: Loop, answer: Answer) -> dict[str, Any]:
    spent_ms = (answer.submitted_at - answer.accepted_at) // _MILLISECOND
    told = {
        "acceptanceTime": instant(answer.accepted_at),
        "answerContent": dict(answer.content),
        "submissionTime": instant(answer.submitted_at),
        "timeSpentInSeconds": spent_ms / 1000,
        "workerId": answer.worker_id,
    }
    if loop.review.identity:
        told["workerMetadata"] = {"identityData": {**loop.review.identity, "sub": worker_sub(answer.worker_id)}}
    return told
