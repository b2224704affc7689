"""REVIEW's port to people, on Amazon A2I."""

from collections.abc import Mapping
from typing import Any

from services.review.domain.rulings import LoopState
from shared.aws.a2i import HumanLoops
from shared.aws.evidence import EvidenceStore
from shared.errors import Permanent, Transient
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


class A2iBackend:
    """Loops on the flow definition of each policy's custom task; `flows` maps policy names to their ARNs."""

    def __init__(self, loops: HumanLoops, outputs: EvidenceStore, flows: Mapping[str, str]) -> None:
        self._loops = loops
        self._outputs = outputs
        self._flows = flows

    async def start(self, name: str, policy_name: str, content: str) -> None:
        flow = self._flows.get(policy_name)
        if flow is None:
            raise Transient("flow-definition-missing", f"policy {policy_name} has no custom flow definition here")
        await self._loops.start(name, flow, content)

    async def stop(self, name: str) -> None:
        await self._loops.stop(name)

    async def describe(self, name: str) -> LoopState | None:
        loop = await self._loops.describe(name)
        if loop is None:
            return None
        return LoopState(name=loop.name, status=loop.status, failure_code=loop.failure_code, output_uri=loop.output_uri)

    async def output(self, uri: str) -> Any:
        try:
            return await self._outputs.get_json(uri)
        except Permanent as error:
            # Not JSON, too large, or not where A2I writes: nobody's answer, so the case goes to a new round.
            log.warning("loop.output_refused", code=error.code)
            return None
