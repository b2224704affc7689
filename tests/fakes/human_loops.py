"""What the emulator's human loops are put into when no LocalStack is there."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gavel_emulator.a2i import engine
from gavel_emulator.a2i.engine import OutputRefused, Ports
from gavel_emulator.a2i.loops import Loop, LoopInput, LoopKey, Review
from gavel_emulator.a2i.settings import Settings
from gavel_emulator.a2i.store import MemoryLoopStore

from shared.worker_templates.render import render

FLOW_ARN = "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd"
BEGIN = datetime(2021, 7, 6, 22, 33, 8, 740_000, tzinfo=UTC)


class World:
    """Remembers what loops left behind, in order."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.outputs: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.refusal: str | None = None

    def write_output(self, loop: Loop, body: bytes) -> None:
        if self.refusal:
            raise OutputRefused(self.refusal)
        self.reports.append("output")
        self.outputs[loop.output_uri] = json.loads(body)

    def send_event(self, loop: Loop, entry: Mapping[str, Any]) -> None:
        self.reports.append("event")
        self.events.append({**entry, "Detail": json.loads(entry["Detail"])})


class HumanLoops:
    """The engine on fakes, with a clock that stands still until told and rings its own alarms."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.world = World()
        self.settings = Settings()
        self.store = MemoryLoopStore()
        self.unpublished: list[LoopKey] = []
        self._alarms: list[tuple[datetime, LoopKey]] = []
        self.ports = Ports(
            store=self.store,
            world=self.world,
            settings=self.settings,
            clock=lambda: self.now,
            wake_at=lambda at, key: self._alarms.append((at, key)),
            page=_page,
            publish_soon=self.unpublished.append,
        )

    def publish(self) -> None:
        while self.unpublished:
            engine.publish(self.ports, self.unpublished.pop())

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)
        due = [alarm for alarm in self._alarms if alarm[0] <= self.now]
        self._alarms = [alarm for alarm in self._alarms if alarm not in due]
        for _, key in sorted(due, key=lambda alarm: alarm[0]):
            engine.wake(self.ports, key)

    def start(self, name: str = "loop", content: str = '{"mediaId":"m"}', **changes: Any) -> LoopKey:
        given = LoopInput(flow_arn=FLOW_ARN, content=content)
        return engine.start(self.ports, key(name), given, lambda: review(**changes)).key


def _page(loop: Loop) -> str:
    return render(loop.review.template, json.loads(loop.input.content), grant_read_access=str)


def key(name: str = "loop") -> LoopKey:
    return LoopKey("111122223333", "us-east-1", name)


def review(**changes: Any) -> Review:
    values: dict[str, Any] = {
        "flow_created_at": BEGIN,
        "source": None,
        "workteam_arn": "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/team",
        "identity": {
            "identityProviderType": "Cognito",
            "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool",
        },
        "task_title": "Look",
        "task_ui_arn": "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/ui",
        "template": "<crowd-form>{{ task.input.mediaId }}</crowd-form>",
        "task_count": 1,
        "lifetime": timedelta(hours=1),
        "time_limit": timedelta(minutes=5),
        "output_bucket": "b",
        "output_prefix": "chapter4/a2i-results/",
        "kms_key_id": None,
    }
    return Review(**values | changes)
