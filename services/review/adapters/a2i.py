"""REVIEW's port to people, on Amazon A2I."""

import json
from collections.abc import Mapping
from typing import Any, Final, assert_never

from services.review.domain.rulings import LoopState
from shared.aws.a2i import HumanLoops
from shared.aws.evidence import EvidenceStore
from shared.contracts.words import MediaKind
from shared.errors import Deferred, Permanent, Transient
from shared.ledger.entries import LoopOpened
from shared.policy.model import Policy
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

SOONEST_S: Final = 60
"""After which the severest cases ask for room again, where A2I has none; the mildest after what `HumanLoops` says. A2I
has no order among loops, so who asks more often gets more of the places that become free."""


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
        try:
            await self._loops.start(loop.name, flow, content)
        except Deferred as full:
            delay_s = _by_severity(full.delay_s, content)
            raise Deferred(full.code, full.detail, delay_s=delay_s, media_id=full.media_id) from full

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


def _by_severity(longest_s: int, content: str) -> int:
    severity = min(max(int(json.loads(content)["severity"]), 0), 100)
    return round(longest_s - (longest_s - SOONEST_S) * severity / 100)
