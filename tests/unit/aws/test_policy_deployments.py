"""A version is put in force only in the place of the one that it was made from."""

from typing import Any

import pytest

from shared.aws.policy_deployments import PolicyDeployments
from shared.errors import Permanent
from tests.fakes.aws import refusal
from tests.fakes.policy_bucket import MemoryS3

CURRENT = "policies/standard/current"


class LosingAnswers(MemoryS3):
    """Does what it is told, but its answer gets lost: what is sent again meets what was done."""

    async def put_object(self, **request: Any) -> dict[str, Any]:
        await super().put_object(**request)
        raise refusal("PreconditionFailed", status=412)


async def put_in_force(s3: MemoryS3, version: str, *, meanwhile: str | None = None) -> str:
    """Returns what is in force then."""
    s3.objects[CURRENT] = b"old"
    deployments = PolicyDeployments(s3, "bucket")
    in_force = await deployments.in_force("standard")
    if meanwhile is not None:
        s3.objects[CURRENT] = meanwhile.encode()
    await deployments.put_in_force(version, in_force)
    return s3.objects[CURRENT].decode()


async def test_what_was_done_is_done_though_its_answer_was_lost() -> None:
    assert await put_in_force(LosingAnswers(), "new") == "new"


async def test_who_deploys_the_same_version_meanwhile_is_nobody_in_the_way() -> None:
    assert await put_in_force(MemoryS3(), "new", meanwhile="new") == "new"


@pytest.mark.parametrize("kind", [MemoryS3, LosingAnswers])
async def test_what_somebody_else_put_in_force_meanwhile_stays(kind: type[MemoryS3]) -> None:
    s3 = kind()
    with pytest.raises(Permanent, match="policy-changed"):
        await put_in_force(s3, "new", meanwhile="other")
    assert s3.objects[CURRENT] == b"other"
