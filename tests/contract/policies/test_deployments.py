"""`shared.aws.policy_deployments`, on S3 in memory and in the emulator alike: above all, nobody is overwritten."""

from collections.abc import AsyncIterator, Callable

import pytest

from shared.aws.policy_deployments import PolicyDeployments
from shared.contracts.messages import PolicyRef
from shared.errors import Permanent, Transient
from tests.contract.clients import Clients
from tests.fakes.policy_bucket import MemoryS3

FIRST, SECOND = (PolicyRef(name="standard", version=digit * 16) for digit in "ab")


@pytest.fixture(params=["memory", "s3"])
async def deployments(
    request: pytest.FixtureRequest, clients: Clients, unique: Callable[[str], str]
) -> AsyncIterator[PolicyDeployments]:
    """With one policy in force."""
    bucket = unique("policies")
    if request.param == "memory":
        s3 = MemoryS3()
        await _deploy(s3, bucket)
        yield PolicyDeployments(s3, bucket)
        return
    async with clients("s3") as opened:
        await opened["s3"].create_bucket(Bucket=bucket)
        await _deploy(opened["s3"], bucket)
        yield PolicyDeployments(opened["s3"], bucket)


async def _deploy(s3: MemoryS3, bucket: str) -> None:
    for key, text in {f"{FIRST.version}.yaml": "# ü\nname: standard\n", "current": FIRST.version}.items():
        await s3.put_object(Bucket=bucket, Key=f"policies/standard/{key}", Body=text.encode())
    await s3.put_object(Bucket=bucket, Key="tenants.json", Body=b"{}")


async def test_a_version_is_kept_and_then_put_in_force(deployments: PolicyDeployments) -> None:
    before = await deployments.in_force("standard")
    assert before.policy == FIRST
    assert await deployments.text(FIRST) == "# ü\nname: standard\n"
    await deployments.keep(SECOND, "# ✓\n")
    assert (await deployments.in_force("standard")).policy == FIRST
    await deployments.put_in_force(SECOND.version, before)
    assert (await deployments.in_force("standard")).policy == SECOND
    assert await deployments.text(SECOND) == "# ✓\n"
    assert await deployments.names() == ("standard",)


async def test_only_the_first_of_two_is_put_in_force(deployments: PolicyDeployments) -> None:
    before = await deployments.in_force("standard")
    await deployments.put_in_force(SECOND.version, before)
    with pytest.raises(Permanent) as caught:
        await deployments.put_in_force("c" * 16, before)
    assert caught.value.code == "policy-changed"
    assert (await deployments.in_force("standard")).policy == SECOND


async def test_a_policy_that_is_not_there_is_missing(deployments: PolicyDeployments) -> None:
    with pytest.raises(Transient) as caught:
        await deployments.in_force("nobody")
    assert caught.value.code == "policy-missing"
