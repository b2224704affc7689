"""REVIEW on A2I."""

import json
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from services.review.adapters.a2i import A2iBackend
from shared.aws.a2i import HumanLoops
from shared.aws.evidence import EvidenceStore
from shared.contracts.words import BackendName, MediaKind
from shared.errors import Deferred
from shared.ledger.entries import LoopOpened
from tests.unit.review.cases import AT, POLICY, ROUND_1

LOOP: Final = LoopOpened(at=AT, name=ROUND_1, round=1, backend=BackendName.A2I, kind=MediaKind.IMAGE, answers_wanted=1)


class Full:
    """A2I without room for another loop."""

    async def start_human_loop(self, **request: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "ServiceQuotaExceededException"}}, "StartHumanLoop")

    async def describe_human_loop(self, **request: Any) -> dict[str, Any]:
        raise AssertionError("not asked for here")

    async def stop_human_loop(self, **request: Any) -> dict[str, Any]:
        raise AssertionError("not asked for here")


class Nothing:
    async def put_object(self, **request: Any) -> dict[str, Any]:
        raise AssertionError("not asked for here")

    async def get_object(self, **request: Any) -> dict[str, Any]:
        raise AssertionError("not asked for here")


@pytest.mark.parametrize(("severity", "delay_s"), [(0, 300), (50, 180), (100, 60)])
async def test_where_there_is_no_room_severe_cases_ask_again_sooner(severity: int, delay_s: int) -> None:
    flows = {POLICY.name: {"custom": "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/custom"}}
    people = A2iBackend(HumanLoops(Full()), EvidenceStore(Nothing(), "evidence"), flows)
    with pytest.raises(Deferred) as deferred:
        await people.start(LOOP, POLICY, json.dumps({"severity": severity}))
    assert (deferred.value.code, deferred.value.delay_s) == ("human-loop-quota", delay_s)
