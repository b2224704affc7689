"""Requests as no SDK would send them are the client's mistake: never a 500, which would be retried."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.contract.a2i.studio import Studio

SIGNED = {
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20260310/us-east-1/sagemaker/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


def refusal(studio: Studio, method: str, path: str, body: bytes | None, **headers: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection(urlsplit(studio.emulator.endpoint).netloc, timeout=120)
    try:
        connection.request(method, path, body, SIGNED | headers)
        response = connection.getresponse()
        response.read()
        return response.status, response.getheader("X-Amzn-Errortype")
    finally:
        connection.close()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        b'{"MaxResults": "three"}',
        b'{"MaxResults": "3"}',
        b'{"MaxResults": 3.5}',
        b'{"MaxResults": true}',
        b'{"SortOrder": ["Ascending"]}',
        b'{"CreationTimeAfter": "yesterday"}',
        b'{"CreationTimeAfter": 1e30}',
    ],
)
def test_a_control_plane_request_that_cannot_be_read(empty_studio: Studio, body: bytes) -> None:
    target = {"X-Amz-Target": "SageMaker.ListFlowDefinitions"}
    assert refusal(empty_studio, "POST", "/", body, **target) == (400, "SerializationException")


@pytest.mark.parametrize("body", [b"{", b'{"HumanLoopInput": "x"}', b'{"HumanLoopName": 5}', b"\xff"])
def test_a_runtime_request_that_cannot_be_read(empty_studio: Studio, body: bytes) -> None:
    assert refusal(empty_studio, "POST", "/human-loops", body) == (400, "SerializationException")


@pytest.mark.parametrize("query", ["MaxResults=three", "CreationTimeAfter=yesterday"])
def test_a_query_that_cannot_be_read(empty_studio: Studio, query: str) -> None:
    assert refusal(empty_studio, "GET", f"/human-loops?{query}", None) == (400, "SerializationException")


def test_null_counts_as_absent(empty_studio: Studio) -> None:
    target = {"X-Amz-Target": "SageMaker.ListFlowDefinitions"}
    body = b'{"MaxResults": null, "Unheard": "of"}'
    assert refusal(empty_studio, "POST", "/", body, **target) == (200, None)


def test_an_operation_that_there_is_not(empty_studio: Studio) -> None:
    target = {"X-Amz-Target": "SageMaker.Nonsense"}
    assert refusal(empty_studio, "POST", "/", b"{}", **target) == (400, "UnknownOperationException")
