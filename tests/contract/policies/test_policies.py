"""The contract of `shared.policy.port.PolicyStore`, for the store in memory and the one in S3 alike."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import pytest

from shared.aws.policies import S3PolicyStore
from shared.contracts.messages import PolicyRef
from shared.errors import Transient
from shared.policy.load import load
from shared.policy.model import BucketPrefix, Tenant, Tenants
from shared.policy.port import PolicyStore
from tests.contract.clients import Clients
from tests.fakes.policies import FakePolicyStore

TENANTS = Tenants(
    tenants=(
        Tenant(name="default", policy="standard", buckets=(BucketPrefix(bucket="media"),)),
        Tenant(name="märkt", policy="marketplace", buckets=(BucketPrefix(bucket="media", prefix="m/ü✓"),)),
    )
)


def text(reject_at: int, name: str = "standard") -> str:
    return f"name: {name}\nrules:\n  Violence:\n    review_from: 50\n    reject_at: {reject_at}\n  # ü ✓\n"


class Deployment(Protocol):
    """A store, and the ways to put something into it."""

    @property
    def store(self) -> PolicyStore: ...

    async def deploy(self, policy: str) -> PolicyRef: ...

    async def assign(self, tenants: Tenants) -> None: ...


@dataclass(frozen=True, slots=True)
class InMemory:
    store: FakePolicyStore

    async def deploy(self, policy: str) -> PolicyRef:
        return self.store.deploy(load(policy, origin="test"))

    async def assign(self, tenants: Tenants) -> None:
        self.store.assign(tenants)


@dataclass(frozen=True, slots=True)
class InS3:
    store: S3PolicyStore
    s3: Any
    bucket: str

    async def deploy(self, policy: str) -> PolicyRef:
        loaded = load(policy, origin="test")
        await self._put(f"policies/{loaded.name}/{loaded.version}.yaml", policy)
        await self._put(f"policies/{loaded.name}/current", loaded.version)
        return PolicyRef(name=loaded.name, version=loaded.version)

    async def assign(self, tenants: Tenants) -> None:
        await self._put("tenants.json", json.dumps(asdict(tenants)))

    async def _put(self, key: str, content: str) -> None:
        await self.s3.put_object(Bucket=self.bucket, Key=key, Body=content.encode())


@asynccontextmanager
async def _in_s3(clients: Clients, bucket: str) -> AsyncIterator[InS3]:
    async with clients("s3") as opened:
        await opened["s3"].create_bucket(Bucket=bucket)
        yield InS3(S3PolicyStore(opened["s3"], bucket, look_every_s=0), opened["s3"], bucket)


@pytest.fixture
async def in_s3(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[Deployment]:
    async with _in_s3(clients, unique("policies")) as deployment:
        yield deployment


@pytest.fixture(params=["memory", "s3"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    if request.param == "memory":
        return InMemory(FakePolicyStore())
    found: Deployment = request.getfixturevalue("in_s3")
    return found


class TestPolicyStore:
    async def test_the_current_policy_is_the_one_deployed_last(self, deployment: Deployment) -> None:
        first = await deployment.deploy(text(90))
        assert await deployment.store.current("standard") == load(text(90), origin="test")
        second = await deployment.deploy(text(80))
        assert (await deployment.store.current("standard")).version == second.version
        await deployment.deploy(text(90))
        assert (await deployment.store.current("standard")).version == first.version

    async def test_policies_of_other_names_are_apart(self, deployment: Deployment) -> None:
        await deployment.deploy(text(90))
        await deployment.deploy(text(70, name="marketplace"))
        assert (await deployment.store.current("standard")).name == "standard"
        assert (await deployment.store.current("marketplace")).name == "marketplace"

    async def test_an_older_version_stays(self, deployment: Deployment) -> None:
        old = await deployment.deploy(text(90))
        await deployment.deploy(text(80))
        assert await deployment.store.at(old) == load(text(90), origin="test")

    async def test_what_was_never_deployed_lets_messages_wait(self, deployment: Deployment) -> None:
        await deployment.deploy(text(90))
        with pytest.raises(Transient):
            await deployment.store.current("unheard-of")
        with pytest.raises(Transient):
            await deployment.store.at(PolicyRef(name="standard", version="0000000000000000"))

    async def test_tenants_are_those_assigned_last(self, deployment: Deployment) -> None:
        await deployment.assign(TENANTS)
        assert await deployment.store.tenants() == TENANTS
        fewer = Tenants(tenants=TENANTS.tenants[:1])
        await deployment.assign(fewer)
        assert await deployment.store.tenants() == fewer
