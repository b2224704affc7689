"""Injected faults, in the protocol of each service."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from tests.contract.rekognition.wire import post
from tests.emulator import Emulator


@pytest.fixture
def sqs(client: Callable[[str], Any]) -> Any:
    return client("sqs")


@pytest.fixture
def queue(sqs: Any, unique: Callable[[str], str]) -> str:
    url: str = sqs.create_queue(QueueName=unique("faults"))["QueueUrl"]
    return url


def bodies(sqs: Any, queue: str) -> list[str]:
    return sorted(
        message["Body"] for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    )


def test_a_call_fails_before_it_takes_effect_and_the_next_one_does_not(sqs: Any, queue: str, faulty: Emulator) -> None:
    faulty.post("/_gavel/faults", {"operation": "sqs.SendMessage", "code": "OverLimit", "next": 1})
    with pytest.raises(ClientError, match="OverLimit"):
        sqs.send_message(QueueUrl=queue, MessageBody="lost")
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    assert bodies(sqs, queue) == ["kept"]


def test_a_call_fails_after_it_took_effect(sqs: Any, queue: str, faulty: Emulator) -> None:
    rule = {"operation": "sqs.SendMessage", "code": "RequestTimeout", "status": 503, "when": "after", "next": 1}
    faulty.post("/_gavel/faults", rule)
    with pytest.raises(ClientError) as failed:
        sqs.send_message(QueueUrl=queue, MessageBody="sent all the same")
    assert failed.value.response["Error"]["Code"] == "RequestTimeout"
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert bodies(sqs, queue) == ["sent all the same"]


def test_a_connection_is_dropped_before_or_after_the_call_took_effect(sqs: Any, queue: str, faulty: Emulator) -> None:
    drop = {"operation": "sqs.SendMessage", "kind": "connection-drop", "next": 1}
    faulty.post("/_gavel/faults", {**drop, "when": "before"})
    with pytest.raises(HTTPClientError):
        sqs.send_message(QueueUrl=queue, MessageBody="never sent")
    faulty.post("/_gavel/faults", {**drop, "when": "after"})
    with pytest.raises(HTTPClientError):
        sqs.send_message(QueueUrl=queue, MessageBody="sent, never confirmed")
    sqs.send_message(QueueUrl=queue, MessageBody="the connection works again")
    assert bodies(sqs, queue) == ["sent, never confirmed", "the connection works again"]


def test_a_call_that_failed_by_itself_keeps_its_own_error(sqs: Any, queue: str, faulty: Emulator) -> None:
    faulty.post("/_gavel/faults", {"operation": "sqs.SendMessage", "code": "OverLimit", "when": "after"})
    with pytest.raises(ClientError) as failed:
        sqs.send_message(QueueUrl=f"{queue}-missing", MessageBody="x")
    assert "NonExistentQueue" in failed.value.response["Error"]["Code"]
    (told,) = faulty.get("/_gavel/faults")["faults"]
    assert told["seen"] == 0


PROTOCOLS = [
    pytest.param("sns", "Publish", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message": "m"}, id="query"),
    pytest.param("dynamodb", "ListTables", {}, id="json 1.0"),
    pytest.param("sqs", "ListQueues", {}, id="json, once query"),
    pytest.param("rekognition", "DetectLabels", {"Image": {"Bytes": b"x"}}, id="json 1.1"),
    pytest.param("sagemaker-a2i-runtime", "StopHumanLoop", {"HumanLoopName": "loop"}, id="rest-json"),
    pytest.param("s3", "ListBuckets", {}, id="rest-xml"),
    pytest.param("ec2", "DescribeVpcs", {}, id="ec2"),
]


@pytest.mark.parametrize("code", ["ThrottlingException", "UnheardOf"])
@pytest.mark.parametrize(("service", "operation", "parameters"), PROTOCOLS)
def test_an_error_is_read_by_the_sdk_in_every_protocol(
    client: Callable[[str], Any], faulty: Emulator, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    aws = client(service)
    method = next(python for python, name in aws.meta.method_to_api_mapping.items() if name == operation)
    rule = {"operation": f"{service}.{operation}", "code": code, "status": 429, "message": "Not now.", "next": 1}
    faulty.post("/_gavel/faults", rule)
    with pytest.raises(ClientError) as failed:
        getattr(aws, method)(**parameters)
    response = failed.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, "Not now.")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    # Where the code travels in a header as well, SDKs of other languages read it there.
    assert response["ResponseMetadata"]["HTTPHeaders"].get("x-amzn-errortype", code) == code


def test_an_error_after_the_fact_is_read_by_the_sdk_where_the_answer_was_a_stream(
    client: Callable[[str], Any], faulty: Emulator, unique: Callable[[str], str]
) -> None:
    s3, bucket = client("s3"), unique("faults")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"content" * 1000)
    faulty.post(
        "/_gavel/faults", {"operation": "s3.GetObject", "code": "SlowDown", "status": 503, "when": "after", "next": 1}
    )
    with pytest.raises(ClientError) as failed:
        s3.get_object(Bucket=bucket, Key="a")
    assert failed.value.response["Error"]["Code"] == "SlowDown"
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"content" * 1000
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_bucket(Bucket=bucket)


def test_the_status_is_the_service_models(client: Callable[[str], Any], faulty: Emulator) -> None:
    rule = {"operation": "sagemaker-a2i-runtime.StartHumanLoop", "code": "ServiceQuotaExceededException"}
    assert faulty.post("/_gavel/faults", rule)["faults"][0]["status"] == 402


def test_an_injected_error_of_rekognition_has_rekognitions_body(faulty: Emulator) -> None:
    message = "Slow down; sudden increase in rate of requests."
    rule = {"operation": "rekognition.*", "code": "ThrottlingException", "message": message}
    faulty.post("/_gavel/faults", rule)
    answer = post(faulty.endpoint, "DetectModerationLabels", b"{}")
    error = json.loads(answer.body)
    assert (answer.status, list(error)) == (400, ["__type", "Code", "Logref", "Message"])
    assert (error["Code"], error["Message"]) == ("ThrottlingException", message)


def test_what_services_ask_of_one_another_is_left_alone(
    client: Callable[[str], Any], sqs: Any, queue: str, faulty: Emulator, unique: Callable[[str], str]
) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name=unique("faults"))["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    faulty.post("/_gavel/faults", {"operation": "sqs.SendMessage", "code": "OverLimit"})
    sns.publish(TopicArn=topic, Message="through the topic")
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10).get("Messages", [])
    assert [message["Body"] for message in received] == ["through the topic"]


def test_a_latency_delays_and_lets_the_call_through(sqs: Any, queue: str, faulty: Emulator) -> None:
    faulty.post("/_gavel/faults", {"operation": "sqs.*", "kind": "latency", "latency_ms": 5, "next": 2})
    sqs.send_message(QueueUrl=queue, MessageBody="late")
    assert bodies(sqs, queue) == ["late"]
    (told,) = faulty.get("/_gavel/faults")["faults"]
    assert (told["kind"], told["seen"], told["acted"], told["next"]) == ("latency", 2, 2, 0)


def test_rules_are_told_and_removed(faulty: Emulator) -> None:
    rules = [{"operation": "sqs.SendMessage", "code": "A"}, {"operation": "s3.*", "code": "B", "rate": 0.5}]
    added = faulty.post("/_gavel/faults", {"faults": rules})
    assert faulty.get("/_gavel/faults") == added
    first, second = (fault["id"] for fault in added["faults"])
    faulty.delete(f"/_gavel/faults/{first}")
    with pytest.raises(AssertionError, match=f"404 .*there is no fault {first}"):
        faulty.delete(f"/_gavel/faults/{first}")
    assert [fault["id"] for fault in faulty.get("/_gavel/faults")["faults"]] == [second]
    faulty.delete("/_gavel/faults")
    assert faulty.get("/_gavel/faults") == {"faults": []}


def test_a_bad_rule_is_refused_with_every_problem_and_sets_nothing(faulty: Emulator) -> None:
    rules = [{"operation": "s3.ListBuckets", "code": "Fine"}, {"operation": "sqs.SendMesage", "rate": 2}]
    with pytest.raises(AssertionError) as refused:
        faulty.post("/_gavel/faults", {"faults": rules})
    for problem in (
        "rule 2: operation: sqs has no operation 'SendMesage'; did you mean 'SendMessage'?",
        "rule 2: rate: a number from 0 to 1",
        "rule 2: code: needed for the kind error, the error's code in the service, e.g. ThrottlingException",
    ):
        assert problem in str(refused.value)
    assert faulty.get("/_gavel/faults") == {"faults": []}
