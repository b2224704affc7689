"""What Gavel needs of the services that LocalStack plays itself, as AWS does it."""

import json
from collections.abc import Callable
from typing import Any

from tests.conftest import Aws, Eventually
from tests.emulator import Emulator

KEY = "übung 1/a+b c.jpg"


class Queue:
    def __init__(self, sqs: Any, name: str, **attributes: str) -> None:
        self._sqs = sqs
        self.url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def take(self) -> list[dict[str, Any]]:
        """The messages that are there, each taken off the queue."""
        messages: list[dict[str, Any]] = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def one(self, eventually: Eventually) -> Any:
        (message,) = eventually(self.take)
        return json.loads(message["Body"])


def test_an_upload_is_notified_with_the_key_form_encoded(
    aws: Aws, unique: Callable[[str], str], eventually: Eventually
) -> None:
    s3, queue, bucket = aws("s3"), Queue(aws("sqs"), unique("uploads")), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    assert queue.one(eventually)["Event"] == "s3:TestEvent"
    version = s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")["VersionId"]
    (record,) = queue.one(eventually)["Records"]
    assert record["s3"]["object"]["key"] == "%C3%BCbung+1/a%2Bb+c.jpg"
    assert record["s3"]["object"]["versionId"] == version
    assert s3.get_object(Bucket=bucket, Key=KEY, VersionId=version)["Body"].read() == b"x"


def test_an_upload_is_told_by_eventbridge_with_the_plain_key(
    aws: Aws, unique: Callable[[str], str], eventually: Eventually
) -> None:
    s3, queue, bucket = aws("s3"), Queue(aws("sqs"), unique("uploads")), unique("bucket")
    rule(aws, unique("rule"), queue, {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")
    event = queue.one(eventually)
    assert (event["detail-type"], event["detail"]["object"]["key"]) == ("Object Created", KEY)


def test_a_rule_sees_events_of_sagemaker(aws: Aws, unique: Callable[[str], str], eventually: Eventually) -> None:
    queue, loop = Queue(aws("sqs"), unique("loops")), unique("loop")
    rule(aws, unique("rule"), queue, {"source": ["aws.sagemaker"], "detail": {"humanLoopName": [loop]}})
    detail = json.dumps({"humanLoopName": loop})
    kind = "SageMaker A2I HumanLoop Status Change"
    aws("events").put_events(Entries=[{"Source": "aws.sagemaker", "DetailType": kind, "Detail": detail}])
    assert queue.one(eventually)["detail"] == {"humanLoopName": loop}


def rule(aws: Aws, name: str, queue: Queue, pattern: dict[str, Any]) -> None:
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn}])


def test_a_filter_policy_chooses_and_raw_delivery_keeps_body_and_attributes(
    aws: Aws, unique: Callable[[str], str], eventually: Eventually
) -> None:
    sns, queue = aws("sns"), Queue(aws("sqs"), unique("verdicts"))
    topic = sns.create_topic(Name=unique("verdicts"))["TopicArn"]
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"verdict": ["reject"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)
    for verdict in ("approve", "reject"):
        said = {"verdict": {"DataType": "String", "StringValue": verdict}}
        sns.publish(TopicArn=topic, Message=json.dumps({"verdict": verdict}), MessageAttributes=said)
    (message,) = eventually(queue.take)
    assert json.loads(message["Body"]) == {"verdict": "reject"}
    assert message["MessageAttributes"]["verdict"]["StringValue"] == "reject"
    assert queue.take() == []


def test_a_customer_key_of_moto_serves_every_service(
    aws: Aws, unique: Callable[[str], str], eventually: Eventually
) -> None:
    kms, s3 = aws("kms"), aws("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    alias = unique("alias/key")
    kms.create_alias(AliasName=alias, TargetKeyId=key)

    bucket = unique("bucket")
    s3.create_bucket(Bucket=bucket)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        },
    )
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"x")["SSEKMSKeyId"] == key
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"

    queue = Queue(aws("sqs"), unique("queue"), KmsMasterKeyId=key)
    aws("sqs").send_message(QueueUrl=queue.url, MessageBody='{"a": 1}')
    assert queue.one(eventually) == {"a": 1}

    name = unique("/gavel/parameter")
    aws("ssm").put_parameter(Name=name, Value="x", Type="SecureString", KeyId=alias)
    assert aws("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "x"


def test_requests_are_counted_by_operation(aws: Aws, emulator: Emulator, unique: Callable[[str], str]) -> None:
    emulator.delete("/_gavel/requests")
    assert emulator.get("/_gavel/requests") == {}
    queue = Queue(aws("sqs"), unique("queue"))
    aws("sqs").send_message(QueueUrl=queue.url, MessageBody="x")
    aws("sqs").send_message(QueueUrl=queue.url, MessageBody="y")
    counts = emulator.get("/_gavel/requests")
    assert {name: count for name, count in counts.items() if name.startswith("sqs.")} == {
        "sqs.CreateQueue": 1,
        "sqs.GetQueueAttributes": 1,
        "sqs.SendMessage": 2,
    }
