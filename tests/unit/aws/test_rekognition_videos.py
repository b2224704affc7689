"""What Rekognition answers about video jobs is read leniently, and its status without its findings."""

from typing import Any

import pytest

from shared.aws.rekognition_videos import RekognitionVideos
from shared.detection import JobStatus
from shared.errors import Transient
from tests.fakes.aws import ScriptedClient

SMOKING = {"Timestamp": 0, "ModerationLabel": {"Name": "Smoking", "Confidence": 91.0, "ParentName": "Drugs & Tobacco"}}
VIOLENCE = {"Timestamp": 500, "ModerationLabel": {"Name": "Violence", "Confidence": 70.0}}


def videos(*answers: dict[str, Any] | Exception) -> tuple[RekognitionVideos, ScriptedClient]:
    client = ScriptedClient(get_content_moderation=list(answers))
    return RekognitionVideos(client, topic_arn="arn:t", role_arn="arn:r"), client


async def test_how_a_job_stands_is_asked_for_one_finding_and_reads_none() -> None:
    detector, client = videos({"JobStatus": "SUCCEEDED", "ModerationLabels": [{"nobody": "knows this"}]})
    assert await detector.status("job") is JobStatus.SUCCEEDED
    assert client.asked == [("get_content_moderation", {"JobId": "job", "MaxResults": 1})]


async def test_a_status_that_nobody_knows_is_asked_for_again() -> None:
    detector, _ = videos({"JobStatus": "PONDERING"})
    with pytest.raises(Transient, match="rekognition-status-unknown"):
        await detector.status("job")


async def test_a_label_that_tells_no_level_has_one_all_the_same() -> None:
    detector, _ = videos({"JobStatus": "SUCCEEDED", "ModerationLabels": [SMOKING, VIOLENCE]})
    page = await detector.page("job")
    assert [(each.finding.label, each.finding.level) for each in page.findings] == [("Smoking", 2), ("Violence", 1)]
