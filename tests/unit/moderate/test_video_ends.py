"""The end of a job is understood in every form that AWS's pages print."""

import json

import pytest

from shared.contracts.video_ends import Ended, ended
from shared.errors import ContractError
from tests.unit.moderate.world import MEDIA_ID

PRINTED = {
    "JobId": "1f9d3c",
    "Status": "SUCCEEDED",
    "API": "StartContentModeration",
    "JobTag": MEDIA_ID,
    "Timestamp": 1526585353000,
    "Video": {"S3ObjectName": "k.mp4", "S3Bucket": "b"},
}


def wrapped(message: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": message})


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PRINTED),
        wrapped(json.dumps(PRINTED)),
        json.dumps({**PRINTED, "API": "CONTENT_MODERATION", "Message": ""}),
        json.dumps({**PRINTED, "Status": "ERROR", "Timestamp": "2026-11-21T08:00:00Z", "Video": None}),
        json.dumps({"JobId": "1f9d3c", "JobTag": MEDIA_ID}),
        json.dumps(
            {
                "specversion": "1.0", "id": "1", "source": "gavel/moderate", "type": "gavel.video.ended.v1",
                "subject": MEDIA_ID, "time": "2026-11-21T08:00:00Z", "data": {"job_id": "1f9d3c"},
            }
        ),
    ],
    ids=["bare", "wrapped", "as the reference prints it", "an error", "the least", "our own"],
)  # fmt: skip
def test_every_form_tells_the_job_and_the_item(body: str) -> None:
    assert ended(body) == Ended(media_id=MEDIA_ID, job_id="1f9d3c")


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "[]",
        "{}",
        wrapped("no JSON"),
        json.dumps({"JobId": "1f9d3c"}),
        json.dumps({**PRINTED, "JobTag": "somebody-elses"}),
        json.dumps({**PRINTED, "JobId": 1}),
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(ContractError):
        ended(body)
