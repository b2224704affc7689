"""The shapes are A2I's: REVIEW reads them without knowing who wrote them."""

import json

from services.review.desk.domain.loops import FailureCode, answered, claimed, failed
from services.review.desk.domain.reports import event, output
from services.review.domain.tasks import loop_state
from tests.unit.review_desk.reviewing import ANNA, BEGIN, ISSUER, REJECT, at, loop


def test_the_output_has_one_entry_per_reviewer_and_the_input() -> None:
    done = answered(claimed(loop(), ANNA.worker, BEGIN), ANNA, REJECT, at(seconds=40.5434))
    assert json.loads(output(done, '{"mediaId": "ü"}')) == {
        "flowDefinitionArn": done.flow,
        "humanAnswers": [
            {
                "acceptanceTime": "2026-03-10T12:00:00.000Z",
                "answerContent": REJECT,
                "submissionTime": "2026-03-10T12:00:40.543Z",
                "timeSpentInSeconds": 40.543,
                "workerId": ANNA.worker,
                "workerMetadata": {
                    "identityData": {"identityProviderType": "Cognito", "issuer": ISSUER, "sub": "subject-0"}
                },
            }
        ],
        "humanLoopName": done.name,
        "inputContent": {"mediaId": "ü"},
    }
    assert len(ANNA.worker) == 16


def test_review_reads_the_event_as_it_reads_a2is() -> None:
    over = failed(loop(), FailureCode.EXPIRED, "nobody came")
    told = event(over)
    assert (told["Source"], told["DetailType"]) == ("gavel.desk", "SageMaker A2I HumanLoop Status Change")
    assert told["Resources"] == [f"arn:aws:gavel:us-east-1:111122223333:human-loop/{over.name}"]
    state = loop_state(json.dumps({"detail": json.loads(told["Detail"])}))
    assert (state.name, state.status, state.failure_code) == (over.name, "Failed", "Expired")
    assert (state.output_uri, state.is_over) == (over.output_uri, True)
