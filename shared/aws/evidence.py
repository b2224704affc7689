"""Keeps what detectors answered, unchanged, and reads what reviewers answered: JSON objects in the evidence bucket."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.aws.objects import fetch
from shared.contracts.frames import FrameFinding, unpack
from shared.errors import Permanent

READ_LIMIT_BYTES: Final = 16 * 1024 * 1024
"""An `output.json` holds a loop's input (at most 3 MiB) and a few answers; what is far larger isn't one."""
FRAMES_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""Packed. Six hours of video with ten labels in every frame come to about 4 MB."""


class S3Client(Protocol):
    async def put_object(self, **request: Any) -> dict[str, Any]: ...
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


class EvidenceStore:
    """Reads and writes one bucket only, whatever a URI says. Raises Transient when S3 can't be reached."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def put_raw(self, media_id: str, detector: str, answer: Mapping[str, Any]) -> str:
        """Keep a detector's answer at `evidence/<media id>/<detector>.json`; returns its s3:// URI.

        A repeat writes the same key again: the bucket keeps the earlier version.
        """
        key = f"evidence/{media_id}/{detector}.json"
        body = json.dumps(answer, ensure_ascii=False, sort_keys=True).encode()
        with translated("evidence"):
            await self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
        return f"s3://{self._bucket}/{key}"

    async def put_packed(self, media_id: str, name: str, body: bytes) -> str:
        """Keep gzipped bytes at `evidence/<media id>/<name>`; returns their s3:// URI. A repeat as with `put_raw`."""
        key = f"evidence/{media_id}/{name}"
        with translated("evidence"):
            await self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/gzip")
        return f"s3://{self._bucket}/{key}"

    async def get_json(self, uri: str) -> Any:
        """Raises Transient while there is no such object, Permanent when it is elsewhere, too large or not JSON."""
        key = self._key(uri)
        fetched = await fetch(self._client, self._bucket, key, what="evidence", limit_bytes=READ_LIMIT_BYTES)
        try:
            return json.loads(fetched.body)
        except (ValueError, RecursionError) as error:
            raise Permanent("evidence-not-json", uri) from error

    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        """All findings of a video, in order of time. Raises as `get_json`; Permanent when it isn't what `pack` made."""
        key = self._key(uri)
        fetched = await fetch(self._client, self._bucket, key, what="evidence", limit_bytes=FRAMES_LIMIT_BYTES)
        return await asyncio.to_thread(unpack, fetched.body)

    def _key(self, uri: str) -> str:
        scheme, _, rest = uri.partition("://")
        bucket, _, key = rest.partition("/")
        if scheme != "s3" or bucket != self._bucket or not key:
            raise Permanent("evidence-elsewhere", f"{uri[:200]} isn't in the evidence bucket")
        return key
