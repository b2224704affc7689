"""An AWS client that answers what it was told to, one answer after the other, and keeps what it was asked."""

import asyncio
import hashlib
from typing import Any, Self

from botocore.exceptions import ClientError

Answer = dict[str, Any] | Exception


class ScriptedClient:
    """`ScriptedClient(describe_human_loop=[refusal("ThrottlingException"), {…}])`"""

    def __init__(self, **answers: list[Answer]) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:
        async def answer(**request: Any) -> dict[str, Any]:
            self.asked.append((operation, request))
            given = self._answers[operation].pop(0)
            if isinstance(given, Exception):
                raise given
            return given

        return answer


def refusal(code: str, message: str = "", *, status: int = 400) -> ClientError:
    """What botocore raises for an error answer."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},
        "Operation",
    )


class _Body:
    """A streaming body."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> bytes:
        return self._content


def found(content: bytes, length: int | None = None) -> dict[str, Any]:
    """What GetObject answers, with the length that it says."""
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    return {"Body": _Body(content), "ContentLength": len(content) if length is None else length, "ETag": etag}


class MemoryBucket:
    """S3's GetObject and PutObject on one bucket. `requests` has the key of each that reads; while `error` is set, each
    of these raises it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.error: Exception | None = None

    async def get_object(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request["Key"])
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        if request["Key"] not in self.objects:
            raise refusal("NoSuchKey", status=404)
        answer = found(self.objects[request["Key"]])
        if request.get("IfNoneMatch") == answer["ETag"]:
            raise refusal("304", "Not Modified", status=304)
        return answer

    async def put_object(self, **request: Any) -> dict[str, Any]:
        self.objects[request["Key"]] = request["Body"]
        return {}
