"""REVIEW's port to people, on Amazon A2I."""

from collections.abc import Mapping
from typing import Any, assert_never

from services.review.domain.rulings import LoopState
from shared.aws.a2i import HumanLoops
from shared.aws.evidence import EvidenceStore
from shared.contracts.words import MediaKind
from shared.errors import Permanent, Transient
from shared.ledger.entries import LoopOpened
from shared.policy.model import Policy
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


class A2iBackend:
    """Loops on the flow definitions of each policy's custom task: `flows` has, per policy, the ARNs of the ones for
    images (`custom`) and for videos (`video`), and of those for appeals of either (`appeal`, `video-appeal`), which ask
    for more answers. A2I can't be told who may not answer (docs/adr/0007)."""

    def __init__(self, loops: HumanLoops, outputs: EvidenceStore, flows: Mapping[str, Mapping[str, str]]) -> None:
        self._loops = loops
        self._outputs = outputs
        self._flows = flows

    async def start(self, loop: LoopOpened, policy: Policy, content: str) -> None:
        kind = flow_of(loop)
        flow = self._flows.get(policy.name, {}).get(kind)
        if flow is None:
            raise Transient("flow-definition-missing", f"policy {policy.name} has no {kind} flow definition here")
        await self._loops.start(loop.name, flow, content)

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


def flow_of(loop: LoopOpened) -> str:
    """Which of a policy's flow definitions a loop of REVIEW's own is on."""
    match loop.kind:
        case MediaKind.IMAGE:
            return "custom" if loop.appeal_of is None else "appeal"
        case MediaKind.VIDEO:
            return "video" if loop.appeal_of is None else "video-appeal"
        case _:
            assert_never(loop.kind)
