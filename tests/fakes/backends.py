"""A review backend in memory: loops that end when the test says so."""

from dataclasses import dataclass, field
from typing import Any

from services.review.domain.rulings import LoopState
from shared.errors import GavelError, Permanent


@dataclass
class FakeBackend:
    """`started` counts the loops that really began; `fail_next_start` plays an outage, before or after it took effect."""

    loops: dict[str, LoopState] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    started: int = 0
    fail_next_start: tuple[GavelError, bool] | None = None

    async def start(self, name: str, policy_name: str, content: str) -> None:
        failure, self.fail_next_start = self.fail_next_start, None
        if failure and not failure[1]:
            raise failure[0]
        if self.inputs.setdefault(name, content) != content:
            raise Permanent("loop-conflict", "the same name with other input")
        if name not in self.loops:
            self.started += 1
            self.loops[name] = LoopState(name=name, status="InProgress", output_uri=f"s3://out/{name}/output.json")
        if failure:
            raise failure[0]

    async def stop(self, name: str) -> None:
        self.stopped.append(name)

    async def describe(self, name: str) -> LoopState | None:
        return self.loops.get(name)

    async def output(self, uri: str) -> Any:
        return self.outputs.get(uri)

    def end(self, name: str, status: str, *, failure_code: str | None = None, answers: Any = None) -> LoopState:
        """End a loop; `answers` are the `answerContent`s of distinct workers."""
        uri = f"s3://out/{name}/output.json"
        self.outputs[uri] = {
            "humanAnswers": [
                {"workerId": f"{number:016x}", "answerContent": content} for number, content in enumerate(answers or [])
            ]
        }
        state = LoopState(name=name, status=status, failure_code=failure_code, output_uri=uri)
        self.loops[name] = state
        return state
