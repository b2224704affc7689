"""A review backend in memory: loops that end when the test says so."""

import json
from dataclasses import dataclass, field
from typing import Any

from services.review.domain.rulings import LoopState
from shared.errors import GavelError, Permanent
from shared.ledger.entries import LoopOpened
from shared.policy.model import Policy


@dataclass
class FakeBackend:
    """`started` counts the loops that began; `fail_next_start` plays an outage before or after it took effect."""

    loops: dict[str, LoopState] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    wanted: dict[str, LoopOpened] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    started: int = 0
    fail_next_start: tuple[GavelError, bool] | None = None

    async def start(self, loop: LoopOpened, policy: Policy, content: str) -> None:
        name = loop.name
        failure, self.fail_next_start = self.fail_next_start, None
        if failure and not failure[1]:
            raise failure[0]
        if self.inputs.setdefault(name, content) != content:
            raise Permanent("loop-conflict", "the same name with other input")
        if name not in self.loops:
            self.started += 1
            self.wanted[name] = loop
            self.loops[name] = LoopState(name=name, status="InProgress", output_uri=f"s3://out/{name}/output.json")
        if failure:
            raise failure[0]

    async def stop(self, name: str) -> None:
        self.stopped.append(name)

    async def describe(self, name: str) -> LoopState | None:
        return self.loops.get(name)

    async def output(self, uri: str) -> Any:
        return self.outputs.get(uri)

    def end(
        self, name: str, status: str, *, failure_code: str | None = None, answers: Any = None, first_worker: int = 0
    ) -> LoopState:
        """End a loop; `answers` are the `answerContent`s of distinct workers, numbered from `first_worker`."""
        uri = f"s3://out/{name}/output.json"
        self.outputs[uri] = {
            "humanAnswers": [
                {"workerId": f"{number:016x}", "answerContent": content}
                for number, content in enumerate(answers or [], first_worker)
            ],
            "inputContent": json.loads(self.inputs.get(name, "{}")),
        }
        state = LoopState(name=name, status=status, failure_code=failure_code, output_uri=uri)
        self.loops[name] = state
        return state
