"""Golden items in memory. `tests/contract/ledger/test_golden.py` holds it to the same tests as those in DynamoDB."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from shared.errors import GavelError
from shared.ledger.golden import GoldenAnswer, GoldenItem, GoldenLoop


@dataclass
class MemoryGolden:
    """Shows what was written; `fail_next` plays an outage before, or a lost answer after, one call."""

    kept: dict[tuple[str, str], GoldenItem] = field(default_factory=dict)
    removed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    busy_by: dict[tuple[str, str], str] = field(default_factory=dict)
    cases: dict[tuple[str, str], GoldenLoop] = field(default_factory=dict)
    loops: dict[str, GoldenLoop] = field(default_factory=dict)
    given: dict[tuple[str, str], GoldenAnswer] = field(default_factory=dict)
    _failures: dict[tuple[str, bool], list[GavelError]] = field(default_factory=dict)

    def fail_next(self, method: str, error: GavelError, *, written: bool = False) -> None:
        self._failures.setdefault((method, written), []).append(error)

    async def keep(self, item: GoldenItem) -> None:
        which = item.policy, item.media_id
        before = self.kept.get(which)
        opened_at, busy_until = (before.opened_at, before.busy_until) if before else (None, None)
        self.kept[which] = msgspec.structs.replace(item, opened_at=opened_at, busy_until=busy_until)
        self.removed.pop(which, None)

    async def remove(self, policy: str, media_id: str, at: datetime) -> bool:
        which = policy, media_id
        if which not in self.kept or which in self.removed:
            return False
        self.removed[which] = at
        return True

    async def items(self, policy: str) -> tuple[GoldenItem, ...]:
        self._maybe_fail("items")
        return tuple(item for which, item in self.kept.items() if which[0] == policy and which not in self.removed)

    async def drawn(self, policy: str, beside: str) -> GoldenLoop | None:
        self._maybe_fail("drawn")
        return self.cases.get((policy, beside))

    async def draw(self, loop: GoldenLoop, *, busy_until: datetime) -> GoldenLoop | None:
        self._maybe_fail("draw")
        which, at = (loop.policy.name, loop.item), loop.opened.at
        item = self.kept.get(which)
        if item is None or which in self.removed or (item.busy_until is not None and item.busy_until > at):
            return None
        self.kept[which] = msgspec.structs.replace(item, opened_at=at, busy_until=busy_until)
        self.busy_by[which] = loop.id
        first = self.cases.setdefault((loop.policy.name, loop.beside), loop)
        if first.id != loop.id:
            self._free(loop, at)
        self._maybe_fail("draw", written=True)
        return first

    async def open(self, loop: GoldenLoop) -> bool:
        self._maybe_fail("open")
        is_new = loop.id not in self.loops
        self.loops.setdefault(loop.id, loop)
        self._maybe_fail("open", written=True)
        return is_new

    async def loop(self, loop_id: str) -> GoldenLoop | None:
        self._maybe_fail("loop")
        return self.loops.get(loop_id)

    async def end(self, loop: GoldenLoop, outcome: str, at: datetime) -> bool:
        self._maybe_fail("end")
        is_first = loop.id in self.loops and self.loops[loop.id].outcome is None
        if is_first:
            self.loops[loop.id] = msgspec.structs.replace(loop, outcome=outcome, ended_at=at)
        self._free(loop, at)
        self._maybe_fail("end", written=True)
        return is_first

    async def open_loops(self, *, before: datetime) -> AsyncIterator[GoldenLoop]:
        found = [loop for loop in self.loops.values() if loop.outcome is None and loop.opened.at < before]
        for loop in sorted(found, key=lambda one: one.opened.at):
            yield loop

    async def add_answer(self, answer: GoldenAnswer) -> bool:
        self._maybe_fail("add_answer")
        is_new = (answer.loop, answer.worker) not in self.given
        self.given.setdefault((answer.loop, answer.worker), answer)
        self._maybe_fail("add_answer", written=True)
        return is_new

    async def answered_by(self, policy: str, media_id: str) -> tuple[str, ...]:
        workers = {one.worker for one in self.given.values() if (one.policy, one.item) == (policy, media_id)}
        return tuple(sorted(workers))

    async def answers(self, *, since: datetime) -> AsyncIterator[GoldenAnswer]:
        for answer in sorted(self.given.values(), key=lambda one: one.at):
            if answer.at >= since:
                yield answer

    def _free(self, loop: GoldenLoop, at: datetime) -> None:
        which = loop.policy.name, loop.item
        if self.busy_by.get(which) == loop.id:
            self.kept[which] = msgspec.structs.replace(self.kept[which], busy_until=at)

    def _maybe_fail(self, method: str, *, written: bool = False) -> None:
        if waiting := self._failures.get((method, written)):
            raise waiting.pop(0)
