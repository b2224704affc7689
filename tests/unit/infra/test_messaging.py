import json

import pytest

from infra.config import load
from infra.encryption import EncryptionArgs, key_policy
from infra.iam import Account
from tests.fakes.pulumi_engine import ACCOUNT, REGION, arn
from tests.unit.infra.stacks import KINDS, WITH_OWN_KEY, Declaration, Statement, declared

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
DAY_S = 86_400


def policy_of(declaration: Declaration, arn_: str) -> list[Statement]:
    return [each for each in declaration.statements() if arn_ in each.resources and "policy" in each.resource.name]


def attached(declaration: Declaration, arn_: str, type_: str) -> list[Statement]:
    return [each for each in policy_of(declaration, arn_) if each.resource.type == type_]


@pytest.mark.parametrize("kind", KINDS)
def test_every_queue_has_a_dead_letter_queue_that_only_it_may_use(kind: str) -> None:
    declaration = declared(kind)
    names = {queue.inputs["name"] for queue in declaration.of(QUEUE)}
    sources = {name for name in names if not name.endswith("-dlq")}
    assert names == sources | {f"{name}-dlq" for name in sources}
    for queue in declaration.of(QUEUE):
        name = queue.inputs["name"]
        if name in sources:
            assert queue.json("redrivePolicy") == {
                "deadLetterTargetArn": arn("sqs", f"{name}-dlq"),
                "maxReceiveCount": 8,
            }
        else:
            assert "redrivePolicy" not in queue.inputs
    allowed = {
        each.inputs["queueUrl"].rpartition("/")[2]: each.json("redriveAllowPolicy")
        for each in declaration.of("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    }
    assert allowed == {
        f"{name}-dlq": {"redrivePermission": "byQueue", "sourceQueueArns": [arn("sqs", name)]} for name in sources
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_ten_queues_are_there(kind: str) -> None:
    declaration = declared(kind)
    assert set(declaration.outputs["queues"]) == {
        *("media-events", "moderation-requests", "moderation-backfill"),
        *("video-requests", "video-backfill", "video-completions"),
        *("review-requests", "human-loop-events", "appeals", "outcomes"),
    }
    assert len(declaration.of(QUEUE)) == 20


@pytest.mark.parametrize("kind", KINDS)
def test_every_queue_is_encrypted(kind: str) -> None:
    for queue in declared(kind).of(QUEUE):
        by_us = str(queue.inputs.get("kmsMasterKeyId", "")).startswith("arn:aws:kms:")
        assert by_us is not queue.inputs.get("sqsManagedSseEnabled", False)
        assert by_us is (kind in WITH_OWN_KEY)


@pytest.mark.parametrize("kind", KINDS)
def test_every_queue_refuses_what_does_not_come_over_tls(kind: str) -> None:
    declaration = declared(kind)
    for queue in declaration.of(QUEUE):
        (refusal,) = (
            each
            for each in attached(declaration, arn("sqs", queue.inputs["name"]), "aws:sqs/queuePolicy:QueuePolicy")
            if each.sid == "TlsOnly"
        )
        assert refusal.actions == ("sqs:*",)
        assert refusal.principals == {"AWS": "*"}
        assert refusal.conditions == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("kind", KINDS)
def test_every_queue_takes_the_largest_messages_and_dead_ones_stay_longer(kind: str) -> None:
    for queue in declared(kind).of(QUEUE):
        days = queue.inputs["messageRetentionSeconds"] / DAY_S
        assert queue.inputs["maxMessageSize"] == 1_048_576
        assert (
            str(int(queue.inputs["visibilityTimeoutSeconds"]))
            == declared(kind).environment("ingest")["GAVEL_VISIBILITY_S"]
        )
        waits_for_a_slot = queue.name in {"video-requests", "video-backfill"}
        assert days == (14 if waits_for_a_slot or queue.name.endswith("-dlq") else 7)


def test_only_the_media_bucket_the_human_loop_rule_and_the_video_topic_send_into_queues() -> None:
    senders = {
        (each.resource.name, each.principals["Service"], each.conditions["ArnLike"]["aws:SourceArn"])
        for each in declared("dev").statements()
        if each.resource.type == "aws:sqs/queuePolicy:QueuePolicy" and each.effect == "Allow"
    }
    rule = arn("events", "rule/gavel-dev-human-loop-status")
    assert senders == {
        ("media-events-policy", "s3.amazonaws.com", f"arn:aws:s3:::gavel-dev-media-{ACCOUNT}"),
        ("human-loop-events-policy", "events.amazonaws.com", rule),
        ("human-loop-events-dlq-policy", "events.amazonaws.com", rule),
        ("video-completions-policy", "sns.amazonaws.com", arn("sns", "AmazonRekognition-gavel-dev-video-jobs")),
    }
    assert (
        declared("dev").one("aws:cloudwatch/eventRule:EventRule", "human-loop-status").inputs["name"]
        == rule.rpartition("/")[2]
    )


def test_a_producers_topic_rule_and_bucket_may_deliver_media_events() -> None:
    senders = {
        each.sid: (each.principals["Service"], each.conditions)
        for each in declared("what was there before").statements()
        if each.resource.name == "media-events-policy" and each.effect == "Allow"
    }
    own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert senders == {
        "FromMediaBucket": (
            "s3.amazonaws.com",
            own | {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::gavel-dev-media-{ACCOUNT}"}},
        ),
        "FromBucket0": ("s3.amazonaws.com", own | {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::shop-uploads"}}),
        "FromTopic0": ("sns.amazonaws.com", own | {"ArnLike": {"aws:SourceArn": arn("sns", "shop-uploads")}}),
        "FromRule0": ("events.amazonaws.com", own | {"ArnLike": {"aws:SourceArn": arn("events", "rule/shop-uploads")}}),
    }


def test_the_key_lets_those_in_who_deliver_to_an_encrypted_queue() -> None:
    account = Account(id=ACCOUNT, region=REGION)
    rule = arn("events", "rule/shop-uploads")
    tenant = {"name": "shop", "buckets": [{"bucket": "shop-uploads"}]}
    config = load("dev", {"region": REGION, "event_rules": [rule], "tenants": [tenant]})
    statements = key_policy(EncryptionArgs(account=account, config=config, media_bucket="media"))
    sources = {each.sid: each.conditions.get("ArnLike", {}).get("aws:SourceArn") for each in statements}
    assert sources["UseByS3"] == ("arn:aws:s3:::media", "arn:aws:s3:::shop-uploads")
    assert sources["UseByEvents"] == (arn("events", "rule/gavel-dev-*"), rule)


@pytest.mark.parametrize("kind", KINDS)
def test_topics_are_encrypted_and_refuse_publishing_without_tls(kind: str) -> None:
    declaration = declared(kind)
    assert {topic.name for topic in declaration.of(TOPIC)} == {"verdicts", "alerts", "alarms", "video-jobs"}
    for topic in declaration.of(TOPIC):
        if topic.name != "alarms" or kind in WITH_OWN_KEY:
            assert topic.inputs["kmsMasterKeyId"]
        (refusal,) = (
            each
            for each in attached(declaration, arn("sns", topic.inputs["name"]), "aws:sns/topicPolicy:TopicPolicy")
            if each.sid == "TlsOnly"
        )
        assert refusal.actions == ("sns:Publish",)
        assert refusal.conditions == {"Bool": {"aws:SecureTransport": "false"}}


def test_new_media_are_told_to_media_events() -> None:
    told = declared("dev").one("aws:s3/bucketNotification:BucketNotification", "media-created")
    assert told.inputs["bucket"] == f"gavel-dev-media-{ACCOUNT}"
    assert told.inputs["queues"] == [
        {"id": "media-events", "queueArn": arn("sqs", "gavel-dev-media-events"), "events": ["s3:ObjectCreated:*"]}
    ]


def test_the_ends_of_this_stacks_loops_come_to_human_loop_events() -> None:
    rule = declared("dev").one("aws:cloudwatch/eventRule:EventRule", "human-loop-status")
    target = declared("dev").one("aws:cloudwatch/eventTarget:EventTarget", "human-loop-status-to-queue")
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.sagemaker", "gavel.desk"],
        "detail-type": ["SageMaker A2I HumanLoop Status Change"],
        "detail": {
            "flowDefinitionArn": [
                {"prefix": arn("sagemaker", "flow-definition/gavel-dev-")},
                {"prefix": arn("gavel", "flow-definition/gavel-dev-")},
            ]
        },
    }
    assert target.inputs["rule"] == rule.inputs["name"]
    assert target.inputs["arn"] == arn("sqs", "gavel-dev-human-loop-events")
    assert target.inputs["deadLetterConfig"] == {"arn": arn("sqs", "gavel-dev-human-loop-events-dlq")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_queue_and_dead_letter_queue_is_watched(kind: str) -> None:
    declaration = declared(kind)
    watched = {
        query["metric"]["dimensions"]["QueueName"]
        for alarm in declaration.of("aws:cloudwatch/metricAlarm:MetricAlarm")
        for query in alarm.inputs["metricQueries"]
        if query.get("metric", {}).get("namespace") == "AWS/SQS"
    }
    prefix = f"gavel-{declaration.environment('ingest')['GAVEL_STACK']}"
    queues = {queue.inputs["name"] for queue in declaration.of(QUEUE)}
    assert queues == watched
    for alarm in declaration.of("aws:cloudwatch/metricAlarm:MetricAlarm"):
        assert alarm.inputs["alarmActions"] == [arn("sns", f"{prefix}-alarms")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("queue", ["moderation-backfill", "video-backfill"])
def test_backfill_is_looked_at_when_half_the_time_has_gone_by_that_sqs_keeps_it(kind: str, queue: str) -> None:
    declaration = declared(kind)
    alarm = declaration.one("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarm-{queue}-oldest-message").inputs
    assert alarm["threshold"] == declaration.one(QUEUE, queue).inputs["messageRetentionSeconds"] / 2
