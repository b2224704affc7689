"""S3 in memory: versions, delete markers and buckets that keep none, as far as INGEST sees them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from services.ingest.handler.ports import ObjectHead
from shared.contracts.messages import MediaRef
from shared.errors import GavelError, Permanent, Transient


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One version of one object; `body` of None is a delete marker. Of what is too large to be made, `size_bytes` says
    the size, and `body` is its beginning."""

    version_id: str | None
    body: bytes | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "binary/octet-stream"
    size_bytes: int | None = None

    @property
    def etag(self) -> str:
        return hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()


class FakeObjectStore:
    """Every bucket keeps versions save those named in `unversioned`. `fail_next` plays an outage.

    `gets`, `puts` and `copies` are the keys that were read, written and copied; `largest_get` is the most bytes that
    were read at once. Keys in `with_checksum` were uploaded with a checksum of the whole.
    """

    def __init__(self, *, unversioned: frozenset[str] = frozenset()) -> None:
        self.gets: list[str] = []
        self.puts: list[str] = []
        self.copies: list[str] = []
        self.largest_get = 0
        self.with_checksum: set[str] = set()
        self._unversioned = unversioned
        self._objects: dict[tuple[str, str], list[Stored]] = {}
        self._numbers = count(1)
        self._failures: dict[str, list[GavelError]] = {}

    def fail_next(self, method: str, error: GavelError) -> None:
        self._failures.setdefault(method, []).append(error)

    def upload(
        self,
        bucket: str,
        key: str,
        body: bytes,
        metadata: Mapping[str, str] | None = None,
        *,
        size_bytes: int | None = None,
    ) -> MediaRef:
        return self._store(bucket, key, body, metadata or {}, "binary/octet-stream", size_bytes)

    def delete(self, bucket: str, key: str) -> None:
        """Put a delete marker on top where the bucket keeps versions, else remove the object."""
        if bucket in self._unversioned:
            del self._objects[bucket, key]
        else:
            self._objects[bucket, key].append(Stored(version_id=f"v{next(self._numbers)}", body=None))

    def stored(self, ref: MediaRef) -> Stored:
        versions = self._objects[ref.bucket, ref.key]
        return versions[-1] if ref.version_id is None else next(v for v in versions if v.version_id == ref.version_id)

    async def head(self, media: MediaRef) -> ObjectHead:
        self._maybe_fail("head")
        found = self._found(media)
        return ObjectHead(
            source=MediaRef(bucket=media.bucket, key=media.key, version_id=found.version_id),
            etag=found.etag,
            size_bytes=len(found.body or b"") if found.size_bytes is None else found.size_bytes,
            metadata=found.metadata,
        )

    async def get(self, head: ObjectHead, *, limit_bytes: int, offset: int = 0) -> bytes:
        self._maybe_fail("get")
        if offset and offset >= head.size_bytes:
            raise ValueError("behind the object's end")
        self.gets.append(head.source.key)
        read = (self._unchanged(head).body or b"")[offset : offset + limit_bytes]
        self.largest_get = max(self.largest_get, len(read))
        return read

    async def sha256(self, head: ObjectHead) -> str | None:
        self._maybe_fail("sha256")
        found = self._unchanged(head)
        return hashlib.sha256(found.body or b"").hexdigest() if head.source.key in self.with_checksum else None

    async def copy(
        self, head: ObjectHead, bucket: str, key: str, *, content_type: str, metadata: Mapping[str, str]
    ) -> MediaRef:
        self._maybe_fail("copy")
        self.copies.append(key)
        return self._store(bucket, key, self._unchanged(head).body or b"", metadata, content_type)

    async def put(
        self, bucket: str, key: str, body: bytes, *, content_type: str, metadata: Mapping[str, str]
    ) -> MediaRef:
        self._maybe_fail("put")
        self.puts.append(key)
        return self._store(bucket, key, body, metadata, content_type)

    def _store(
        self,
        bucket: str,
        key: str,
        body: bytes,
        metadata: Mapping[str, str],
        content_type: str,
        size_bytes: int | None = None,
    ) -> MediaRef:
        keeps_versions = bucket not in self._unversioned
        version_id = f"v{next(self._numbers)}" if keeps_versions else None
        stored = Stored(
            version_id=version_id,
            body=body,
            metadata=dict(metadata),
            content_type=content_type,
            size_bytes=size_bytes,
        )
        earlier = self._objects.get((bucket, key), []) if keeps_versions else []
        self._objects[bucket, key] = [*earlier, stored]
        return MediaRef(bucket=bucket, key=key, version_id=version_id)

    def _unchanged(self, head: ObjectHead) -> Stored:
        found = self._found(head.source)
        if found.etag != head.etag:
            raise Transient("object-changed")
        return found

    def _found(self, ref: MediaRef) -> Stored:
        versions = self._objects.get((ref.bucket, ref.key), [])
        if ref.version_id is not None:
            versions = [version for version in versions if version.version_id == ref.version_id]
            if not versions:
                raise Permanent("version-missing")
        if not versions:
            raise Permanent("object-missing")
        if versions[-1].body is None:
            raise Permanent("object-deleted")
        return versions[-1]

    def _maybe_fail(self, method: str) -> None:
        if waiting := self._failures.get(method):
            raise waiting.pop(0)
