"""Reads small objects from S3 whole, with a limit, and only when they have changed where that is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import ClientPayloadError
from botocore.exceptions import ClientError

from shared.aws.errors import error_code, translated
from shared.errors import Permanent, Transient


class ObjectReader(Protocol):
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    body: bytes
    etag: str


async def fetch(client: ObjectReader, bucket: str, key: str, *, what: str, limit_bytes: int) -> Fetched:
    """The object as it is now.

    `what` begins the error codes. Raises Transient `<what>-missing` when there is no such object (yet), and others when
    S3 can't be reached; Permanent `<what>-too-large`.
    """
    with translated(what), _missing_told(what, key):
        return await _read(client, {"Bucket": bucket, "Key": key}, what, limit_bytes)


async def fetch_unless(
    client: ObjectReader, bucket: str, key: str, *, etag: str, what: str, limit_bytes: int
) -> Fetched | None:
    """As `fetch`, or None while the object still has this ETag: then nothing but headers comes."""
    with translated(what), _missing_told(what, key):
        try:
            return await _read(client, {"Bucket": bucket, "Key": key, "IfNoneMatch": etag}, what, limit_bytes)
        except ClientError as error:
            if error_code(error) == "304":
                return None
            raise


@contextmanager
def _missing_told(what: str, key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) in {"NoSuchKey", "404"}:
            raise Transient(f"{what}-missing", f"there is no {key}") from error
        raise


async def _read(client: ObjectReader, request: dict[str, str], what: str, limit_bytes: int) -> Fetched:
    answer = await client.get_object(**request)
    size = answer["ContentLength"]
    async with answer["Body"] as body:
        if size > limit_bytes:
            raise Permanent(f"{what}-too-large", f"{request['Key']} has {size} bytes, {limit_bytes} at the most")
        try:
            content: bytes = await body.read()
        except ClientPayloadError as error:
            raise Transient(f"{what}-unreachable", "the connection ended before the object did") from error
    return Fetched(body=content, etag=answer["ETag"])
