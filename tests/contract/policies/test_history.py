"""The contract of `shared.policy.history.PolicyHistory`, for the one in memory and the one in S3 alike."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from shared.aws.policy_history import S3PolicyHistory
from shared.clock import utc_now
from shared.contracts.messages import PolicyRef
from shared.policy.history import NoSuchPolicy, PolicyHistory
from shared.policy.load import load
from tests.contract.clients import Clients
from tests.contract.policies.test_policies import text
from tests.fakes.policies import FakePolicyHistory, FakePolicyStore


@dataclass(frozen=True, kw_only=True)
class Deployed:
    history: PolicyHistory
    deploy: Callable[[str], Awaitable[PolicyRef]]


@pytest.fixture(params=["memory", "s3"])
async def deployed(
    request: pytest.FixtureRequest, clients: Clients, unique: Callable[[str], str]
) -> AsyncIterator[Deployed]:
    if request.param == "memory":
        memory = FakePolicyHistory(FakePolicyStore())

        async def into_memory(policy: str) -> PolicyRef:
            return memory.deploy(policy, utc_now())

        yield Deployed(history=memory, deploy=into_memory)
        return
    bucket = unique("policies")
    async with clients("s3") as opened:
        s3 = opened["s3"]
        await s3.create_bucket(Bucket=bucket)

        async def into_s3(policy: str) -> PolicyRef:
            """Nothing that is there is written anew, as the program of infra/ wouldn't."""
            read = load(policy, origin="test")
            ref = PolicyRef(name=read.name, version=read.version)
            key = f"policies/{ref.name}/{ref.version}.yaml"
            there = await s3.list_objects_v2(Bucket=bucket, Prefix=key)
            if not there["KeyCount"]:
                await s3.put_object(Bucket=bucket, Key=key, Body=policy.encode())
            await s3.put_object(Bucket=bucket, Key=f"policies/{ref.name}/current", Body=ref.version.encode())
            return ref

        yield Deployed(history=S3PolicyHistory(s3, bucket), deploy=into_s3)


async def test_every_version_is_told_and_which_is_in_force(deployed: Deployed) -> None:
    first, second = [await deployed.deploy(text(reject_at)) for reject_at in (90, 80)]
    await deployed.deploy(text(70, name="standard-too"))
    told = await deployed.history.versions("standard")
    assert {each.version for each in told} == {first.version, second.version}
    assert [each.version for each in told if each.is_current] == [second.version]
    assert [each.version for each in told if each.in_force_since] == [second.version]
    await deployed.deploy(text(90))
    told = await deployed.history.versions("standard")
    (current,) = [each for each in told if each.is_current]
    assert (current.version, len(told)) == (first.version, 2)
    assert current.in_force_since is not None
    assert current.in_force_since >= current.deployed_at


async def test_a_text_is_as_it_was_deployed(deployed: Deployed) -> None:
    ref = await deployed.deploy(text(90))
    assert await deployed.history.text(ref) == text(90)


async def test_what_was_never_deployed_is_told(deployed: Deployed) -> None:
    ref = await deployed.deploy(text(90))
    with pytest.raises(NoSuchPolicy):
        await deployed.history.versions("nobody")
    with pytest.raises(NoSuchPolicy):
        await deployed.history.text(PolicyRef(name=ref.name, version="0" * 16))
