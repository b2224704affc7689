"""SQS, SNS and EventBridge."""

import json
from typing import Any, Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits, found

NO_QUEUE: Final = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
QUEUE_ATTRIBUTES: Final = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "redrivePolicy": "RedrivePolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
}

SUBSCRIPTION_ATTRIBUTES: Final = {"rawMessageDelivery": "RawMessageDelivery", "filterPolicy": "FilterPolicy"}


def queue(aws: Aws, name: str, inputs: Properties) -> Made:
    wanted = {QUEUE_ATTRIBUTES[key]: _text(value) for key, value in chosen(inputs, *QUEUE_ATTRIBUTES).items()}
    there = found(aws.client("sqs").get_queue_url, *NO_QUEUE, QueueName=inputs["name"])
    if there is None:
        there = aws.client("sqs").create_queue(QueueName=inputs["name"], Attributes=wanted)
    else:
        _set_attributes(aws, there["QueueUrl"], wanted)
    return Made(id=there["QueueUrl"], outputs={"url": there["QueueUrl"], "arn": aws.arn("sqs", inputs["name"])})


def queue_policy(aws: Aws, name: str, inputs: Properties) -> Made:
    _set_attributes(aws, inputs["queueUrl"], {"Policy": inputs["policy"]})
    return Made(id=inputs["queueUrl"])


def redrive_allow_policy(aws: Aws, name: str, inputs: Properties) -> Made:
    _set_attributes(aws, inputs["queueUrl"], {"RedriveAllowPolicy": inputs["redriveAllowPolicy"]})
    return Made(id=inputs["queueUrl"])


def topic(aws: Aws, name: str, inputs: Properties) -> Made:
    sns, arn = aws.client("sns"), aws.arn("sns", inputs["name"])
    wanted = {"KmsMasterKeyId": inputs["kmsMasterKeyId"]} if inputs.get("kmsMasterKeyId") else {}
    there = found(sns.get_topic_attributes, "NotFound", TopicArn=arn)
    if there is None:
        sns.create_topic(Name=inputs["name"], Attributes=wanted)
    elif not fits(there["Attributes"], wanted):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=inputs["kmsMasterKeyId"])
    return Made(id=arn, outputs={"arn": arn})


def topic_policy(aws: Aws, name: str, inputs: Properties) -> Made:
    sns, arn = aws.client("sns"), inputs["arn"]
    there = sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")
    if there is None or json.loads(there) != json.loads(inputs["policy"]):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=inputs["policy"])
    return Made(id=arn)


def subscription(aws: Aws, name: str, inputs: Properties) -> Made:
    sns, wanted = aws.client("sns"), capitalised(chosen(inputs, "protocol", "endpoint"))
    there = sns.list_subscriptions_by_topic(TopicArn=inputs["topic"])["Subscriptions"]
    arn = next((each["SubscriptionArn"] for each in there if fits(each, wanted)), None)
    if arn is None:
        arn = sns.subscribe(TopicArn=inputs["topic"], **wanted, ReturnSubscriptionArn=True)["SubscriptionArn"]
    extra = chosen(inputs, *SUBSCRIPTION_ATTRIBUTES)
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"] if extra else {}
    for key, value in extra.items():
        attribute, text = SUBSCRIPTION_ATTRIBUTES[key], _text(value)
        if _parsed(attributes.get(attribute)) != _parsed(text):
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=attribute, AttributeValue=text)
    return Made(id=arn, outputs={"arn": arn})


def rule(aws: Aws, name: str, inputs: Properties) -> Made:
    events = aws.client("events")
    wanted = capitalised(chosen(inputs, "name", "description", "eventPattern"))
    there = found(events.describe_rule, "ResourceNotFoundException", Name=inputs["name"])
    if not fits(there, wanted):
        events.put_rule(**wanted)
    return Made(id=inputs["name"], outputs={"arn": aws.arn("events", f"rule/{inputs['name']}")})


def target(aws: Aws, name: str, inputs: Properties) -> Made:
    events = aws.client("events")
    wanted = {"Id": inputs["targetId"], **capitalised(chosen(inputs, "arn", "deadLetterConfig"))}
    there = {each["Id"]: each for each in events.list_targets_by_rule(Rule=inputs["rule"])["Targets"]}
    if not fits(there.get(inputs["targetId"]), wanted):
        events.put_targets(Rule=inputs["rule"], Targets=[wanted])
    return Made(id=f"{inputs['rule']}-{inputs['targetId']}")


def _set_attributes(aws: Aws, url: str, wanted: dict[str, str]) -> None:
    sqs = aws.client("sqs")
    there = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get("Attributes", {})
    if {key: _parsed(there.get(key)) for key in wanted} != {key: _parsed(value) for key, value in wanted.items()}:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)


def _text(value: Any) -> str:
    """An attribute as SQS writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parsed(attribute: str | None) -> Any:
    return json.loads(attribute) if attribute and attribute.startswith("{") else attribute


MAKERS: Final[dict[str, Maker]] = {
    "aws:sqs/queue:Queue": queue,
    "aws:sqs/queuePolicy:QueuePolicy": queue_policy,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": redrive_allow_policy,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": subscription,
    "aws:cloudwatch/eventRule:EventRule": rule,
    "aws:cloudwatch/eventTarget:EventTarget": target,
}
