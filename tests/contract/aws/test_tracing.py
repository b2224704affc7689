"""The spans of real requests, on clients as every service opens them."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from shared.telemetry import spans
from shared.telemetry.context import about
from shared.telemetry.metrics import ERROR_TYPE, OPERATION, REKOGNITION_CALLS
from tests.contract.clients import Clients
from tests.fakes.telemetry import metrics_in_memory, points, spans_in_memory


def requests(ended: Sequence[ReadableSpan]) -> list[ReadableSpan]:
    return [span for span in ended if "rpc.method" in (span.attributes or {})]


async def test_a_request_made_for_an_item_is_a_span_with_what_aws_calls_it(clients: Clients) -> None:
    about(None)  # whatever a test before this one was about
    async with clients("sqs") as opened:
        exporter = spans_in_memory()
        with spans.send("aws_sqs", "reviews", subject="m") as outer:
            await opened["sqs"].list_queues()
        (span,) = requests(exporter.get_finished_spans())
    attributes = dict(span.attributes or {})
    assert attributes.pop("aws.request_id")
    assert attributes == {
        "rpc.system": "aws-api",
        "rpc.service": "sqs",
        "rpc.method": "ListQueues",
        "http.response.status_code": 200,
    }
    assert span.parent is not None
    assert span.parent.span_id == outer.get_span_context().span_id


async def test_a_refused_request_tells_its_code_and_none_of_its_words(clients: Clients) -> None:
    async with clients("sqs") as opened:
        exporter = spans_in_memory()
        with spans.send("aws_sqs", "reviews", subject="m"), pytest.raises(ClientError):
            await opened["sqs"].get_queue_url(QueueName="canary")
        (span,) = requests(exporter.get_finished_spans())
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert "canary" not in span.to_json()


async def test_a_condition_that_does_not_hold_is_an_answer_and_no_failure(clients: Clients) -> None:
    name = f"conditions-{uuid4().hex[:8]}"
    async with clients("dynamodb") as opened:
        await opened["dynamodb"].create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        exporter = spans_in_memory()
        with spans.send("aws_sqs", "reviews", subject="m"), pytest.raises(ClientError):
            await opened["dynamodb"].put_item(
                TableName=name, Item={"id": {"S": "1"}}, ConditionExpression="attribute_exists(id)"
            )
        (span,) = requests(exporter.get_finished_spans())
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["http.response.status_code"] == 400
    assert "error.type" not in (span.attributes or {})


async def test_a_request_for_no_item_makes_no_span(clients: Clients) -> None:
    async with clients("sqs") as opened:
        exporter = spans_in_memory()
        await opened["sqs"].list_queues()
        assert exporter.get_finished_spans() == ()


async def test_requests_to_rekognition_are_counted_by_operation_and_error(clients: Clients) -> None:
    reader = metrics_in_memory()
    async with clients("rekognition") as opened:
        with pytest.raises(ClientError) as refused:
            await opened["rekognition"].detect_moderation_labels(
                Image={"S3Object": {"Bucket": "no-such", "Name": "canary"}}
            )
    code = refused.value.response["Error"]["Code"]
    assert {OPERATION: "DetectModerationLabels", ERROR_TYPE: code} in points(reader)[REKOGNITION_CALLS.name]
