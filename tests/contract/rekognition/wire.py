"""Requests to Rekognition as no SDK would send them."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20260310/us-east-1/rekognition/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def post(endpoint: str, operation: str, body: bytes) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=120)
    try:
        connection.request("POST", "/", body, {**HEADERS, "X-Amz-Target": f"RekognitionService.{operation}"})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    finally:
        connection.close()
