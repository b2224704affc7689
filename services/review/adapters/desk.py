"""REVIEW's port to people, on Gavel's own review desk: nothing of SageMaker."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.domain import loops
from services.review.desk.domain.loops import About, Loop
from services.review.domain.rulings import LoopState
from services.review.templates.generate import custom_page
from shared.aws.evidence import EvidenceStore
from shared.clock import Clock
from shared.errors import Permanent
from shared.ledger.entries import LoopOpened
from shared.policy.model import Policy
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """What a deployment says of its desk. `flows` begins the ARNs that stand for how a policy's loops are reviewed;
    `groups` has each team's group in the user pool, `default_team` reviews where a policy names none; answers go to
    `folder` of the evidence bucket."""

    flows: str
    groups: Mapping[str, str]
    default_team: str
    bucket: str
    folder: str = "human-loops"


class DeskBackend:
    def __init__(self, desk: DeskLoops, outputs: EvidenceStore, rules: DeskRules, *, clock: Clock) -> None:
        self._desk = desk
        self._outputs = outputs
        self._rules = rules
        self._clock = clock

    async def start(self, loop: LoopOpened, policy: Policy, content: str) -> None:
        team = policy.review.team or self._rules.default_team
        group = self._rules.groups.get(team)
        if group is None:
            raise Permanent("team-unknown", f"policy {policy.name} wants team {team}, which has no group here")
        template = custom_page(policy, loop.kind)
        flow, now = f"{self._rules.flows}{policy.name}", self._clock()
        key = loops.output_key(self._rules.folder, flow, now, loop.name)
        opened = Loop(
            name=loop.name,
            flow=flow,
            group=group,
            about=_about(content),
            created_at=now,
            expires_at=now + timedelta(seconds=policy.review.expires_after_s),
            time_limit_s=policy.review.time_limit_s,
            answers_wanted=loop.answers_wanted,
            excluded=loop.excluded_workers,
            template=hashlib.sha256(template.encode()).hexdigest(),
            output_uri=f"s3://{self._rules.bucket}/{key}",
        )
        await self._desk.start(opened, content, template)

    async def stop(self, name: str) -> None:
        try:
            await self._desk.change(name, loops.stopped)
        except KeyError:
            log.info("loop.nothing_to_stop")

    async def describe(self, name: str) -> LoopState | None:
        """Asking carries out what is due: nobody else watches the clock of a loop that no reviewer opens."""
        loop = await self._desk.settled(name)
        if loop is None:
            return None
        code = loop.ending.failure_code if loop.ending else None
        return LoopState(
            name=name, status=loop.status, failure_code=code.value if code else None, output_uri=loop.output_uri
        )

    async def output(self, uri: str) -> Any:
        try:
            return await self._outputs.get_json(uri)
        except Permanent as error:
            log.warning("loop.output_refused", code=error.code)
            return None


def _about(content: str) -> About:
    told = json.loads(content)
    return About(
        title=f"Review an {told['kind']}" if told["kind"] == "image" else f"Review a {told['kind']}",
        kind=told["kind"],
        category=told["category"],
        severity=told["severity"],
        round=told["round"],
    )
