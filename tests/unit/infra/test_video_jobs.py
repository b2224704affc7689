"""Rekognition tells the ends of this stack's video jobs, as a role that nobody else can use, to one queue."""

import pytest

from tests.fakes.pulumi_engine import ACCOUNT, REGION, arn
from tests.unit.infra.stacks import KINDS, WITH_OWN_KEY, declared


@pytest.mark.parametrize("kind", KINDS)
def test_the_topic_has_the_name_that_rekognition_asks_for_and_delivers_to_the_queue(kind: str) -> None:
    declaration = declared(kind)
    topic = declaration.one("aws:sns/topic:Topic", "video-jobs")
    assert topic.inputs["name"].startswith("AmazonRekognition")
    subscription = declaration.one("aws:sns/topicSubscription:TopicSubscription", "video-completions").inputs
    assert subscription["endpoint"].endswith("-video-completions")
    assert (subscription["protocol"], subscription["rawMessageDelivery"]) == ("sqs", True)


def test_rekognition_publishes_as_a_role_of_its_own_and_for_this_account_alone() -> None:
    statements = {each.sid: each for each in declared("dev").statements() if each.resource.name == "video-jobs-role"}
    assert statements["Assume"].principals == {"Service": "rekognition.amazonaws.com"}
    assert statements["Assume"].conditions == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:rekognition:{REGION}:{ACCOUNT}:*"},
    }


@pytest.mark.parametrize("kind", KINDS)
def test_that_role_may_publish_to_the_topic_and_nothing_else(kind: str) -> None:
    may = {
        each.sid: (each.actions, each.resources)
        for each in declared(kind).statements()
        if each.resource.name == "video-jobs-role-policy"
    }
    topic = arn("sns", f"AmazonRekognition-gavel-{declared(kind).environment('moderate')['GAVEL_STACK']}-video-jobs")
    assert may.pop("TellVideoEnds") == (("sns:Publish",), (topic,))
    assert set(may) == ({"UseKey"} if kind in WITH_OWN_KEY else set())


@pytest.mark.parametrize("kind", KINDS)
def test_moderate_hands_that_role_to_rekognition_and_to_nobody_else(kind: str) -> None:
    (passing,) = (each for each in declared(kind).statements() if "iam:PassRole" in each.actions)
    assert passing.resource.name == "moderate-task-policy"
    assert passing.conditions == {"StringEquals": {"iam:PassedToService": "rekognition.amazonaws.com"}}
    assert list(passing.resources) == [declared(kind).environment("moderate")["GAVEL_VIDEO_ROLE_ARN"]]
    assert declared(kind).environment("moderate")["GAVEL_VIDEO_TOPIC_ARN"].endswith("-video-jobs")
