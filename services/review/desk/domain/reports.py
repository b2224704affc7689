"""What a loop leaves behind: `output.json` and the event, shaped as A2I's for a custom task type.

Sources: SageMaker developer guide, "Use Output Data" and "Use Amazon CloudWatch Events in Amazon Augmented AI".
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.review.desk.domain.loops import Answer, Loop

EVENT_SOURCE: Final = "gavel.desk"
EVENT_TYPE: Final = "SageMaker A2I HumanLoop Status Change"
_MILLISECOND: Final = timedelta(milliseconds=1)


def output(loop: Loop, task_input: str) -> bytes:
    """One entry per reviewer, never consolidated."""
    document = {
        "flowDefinitionArn": loop.flow,
        "humanAnswers": [_answer(answer) for answer in loop.answers],
        "humanLoopName": loop.name,
        "inputContent": json.loads(task_input),
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def event(loop: Loop) -> dict[str, Any]:
    """One entry of PutEvents for a loop that has ended."""
    ending = loop.ending
    detail = {
        "creationTime": _instant(loop.created_at),
        "failureCode": ending and ending.failure_code,
        "failureReason": ending and ending.failure_reason,
        "flowDefinitionArn": loop.flow,
        "humanLoopArn": loop.arn,
        "humanLoopName": loop.name,
        "humanLoopOutput": {"outputS3Uri": loop.output_uri},
        "humanLoopStatus": ending and ending.status,
    }
    return {
        "Source": EVENT_SOURCE,
        "DetailType": EVENT_TYPE,
        "Detail": json.dumps(detail, ensure_ascii=False),
        "Resources": [loop.arn],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "acceptanceTime": _instant(answer.accepted_at),
        "answerContent": answer.content,
        "submissionTime": _instant(answer.submitted_at),
        "timeSpentInSeconds": ((answer.submitted_at - answer.accepted_at) // _MILLISECOND) / 1000,
        "workerId": answer.worker,
        "workerMetadata": {
            "identityData": {
                "identityProviderType": "Cognito",
                "issuer": answer.reviewer.issuer,
                "sub": answer.reviewer.subject,
            }
        },
    }


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
