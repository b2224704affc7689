"""What botocore would make of SQS's answers, and what is made of them instead: the real client, without a socket."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.session import AioSession, get_session
from botocore.exceptions import ClientError

from shared.aws.answers import PLAIN, read_plainly

URL = "http://localhost:4566/000000000000/requests"
MESSAGE = {
    "MessageId": "m1",
    "ReceiptHandle": "r1",
    "MD5OfBody": "0" * 32,
    "Body": '{"text": "ü😀\u2028"}',
    "Attributes": {"SentTimestamp": "1795244199618", "ApproximateReceiveCount": "3"},
    "MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": "00-x"}},
}
SETTLED = {
    "Successful": [{"Id": "0"}],
    "Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False, "Message": "later"}],
}
ENTRY = {"Id": "0", "ReceiptHandle": "r"}
ASKED: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "receive_message": ({}, {"Messages": [MESSAGE, {"MessageId": "m2", "ReceiptHandle": "r2", "Body": ""}]}),
    "delete_message_batch": ({"Entries": [ENTRY]}, SETTLED),
    "change_message_visibility_batch": ({"Entries": [ENTRY | {"VisibilityTimeout": 0}]}, SETTLED),
    "send_message_batch": ({"Entries": [{"Id": "0", "MessageBody": "{}"}]}, SETTLED),
}
"""By operation: a request and its answer."""


class _Raw:
    """A body as aiohttp would hand it over."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        return self._body


@cache
def session() -> AioSession:
    """One for all, since it has the model of SQS to read."""
    return get_session()


async def answered(operation: str, body: bytes, *, status: int = 200, is_plain: bool) -> dict[str, Any]:
    def answer(**_: Any) -> AioAWSResponse:
        return AioAWSResponse(URL, status, {"x-amzn-requestid": "id"}, _Raw(body))

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    async with session().create_client("sqs", region_name="us-east-1", endpoint_url=URL, **keys) as client:
        client.meta.events.register("before-send.sqs", answer)
        if is_plain:
            read_plainly(client)
        request, _ = ASKED[operation]
        found: dict[str, Any] = await getattr(client, operation)(QueueUrl=URL, **request)
        return found


@pytest.mark.parametrize("operation", ASKED)
async def test_an_answer_is_what_botocore_would_make_of_it(operation: str) -> None:
    _, answer = ASKED[operation]
    body = json.dumps(answer).encode()
    plain = await answered(operation, body, is_plain=True)
    assert plain == await answered(operation, body, is_plain=False)
    assert plain.items() >= answer.items()


async def test_an_empty_answer_has_no_messages() -> None:
    assert "Messages" not in await answered("receive_message", b"{}", is_plain=True)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("receive_message", {"Messages": None}),
        ("receive_message", {"Messages": [MESSAGE | {"MessageAttributes": None, "Body": "null"}]}),
        ("delete_message_batch", SETTLED | {"Failed": None}),
    ],
)
async def test_what_is_null_is_not_there(operation: str, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    plain = await answered(operation, body, is_plain=True)
    assert plain == await answered(operation, body, is_plain=False)
    assert None not in plain.values()


async def test_an_error_is_botocores_to_read() -> None:
    body = b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no such queue"}'
    with pytest.raises(ClientError) as caught:
        await answered("receive_message", body, status=400, is_plain=True)
    assert "QueueDoesNotExist" in caught.value.response["Error"]["Code"]


async def test_what_is_not_json_is_botocores_to_read() -> None:
    body = b"<html>a proxy</html>"
    plain = await answered("receive_message", body, is_plain=True)
    assert plain == await answered("receive_message", body, is_plain=False)


def test_every_operation_that_is_read_plainly_is_tried_here() -> None:
    assert {name.replace("_", "") for name in ASKED} == {name.lower() for name in PLAIN}
