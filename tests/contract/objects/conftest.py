"""The object stores that the contract is held against: the one in memory, and S3 as the emulator plays it."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from services.ingest.adapters.objects import S3Objects
from services.ingest.handler.ports import ObjectStore
from shared.aws.clients import open_clients
from shared.contracts.messages import MediaRef
from tests.conftest import REGION, Aws
from tests.fakes.objects import FakeObjectStore


class Bucket(Protocol):
    """What a producer does to a bucket, told to the store's own backend."""

    @property
    def name(self) -> str: ...

    def upload(self, key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> MediaRef: ...

    def delete(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """`versioned` keeps versions, `plain` doesn't. `client` is that of the store, where it has one."""

    store: ObjectStore
    versioned: Bucket
    plain: Bucket
    client: Any = None


@dataclass(frozen=True, slots=True)
class _FakeBucket:
    store: FakeObjectStore
    name: str

    def upload(self, key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> MediaRef:
        return self.store.upload(self.name, key, body, metadata)

    def delete(self, key: str) -> None:
        self.store.delete(self.name, key)


@dataclass(frozen=True, slots=True)
class _S3Bucket:
    client: Any
    name: str

    def upload(self, key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> MediaRef:
        answer = self.client.put_object(Bucket=self.name, Key=key, Body=body, Metadata=dict(metadata or {}))
        return MediaRef(bucket=self.name, key=key, version_id=answer.get("VersionId"))

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)


@pytest.fixture
async def s3_storage(aws: Aws, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Storage]:
    client = aws("s3")
    versioned, plain = unique("versioned"), unique("plain")
    for name in (versioned, plain):
        client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("AWS_ENDPOINT_URL", client.meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    async with open_clients("s3", region=REGION) as clients:
        yield Storage(
            store=S3Objects(clients["s3"]),
            versioned=_S3Bucket(client, versioned),
            plain=_S3Bucket(client, plain),
            client=clients["s3"],
        )


@pytest.fixture
def fake_storage() -> Storage:
    store = FakeObjectStore(unversioned=frozenset({"plain"}))
    return Storage(store=store, versioned=_FakeBucket(store, "versioned"), plain=_FakeBucket(store, "plain"))


@pytest.fixture(params=["fake", "s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    found: Storage = request.getfixturevalue(f"{request.param}_storage")
    return found
