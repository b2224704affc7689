"""Nothing that befalls a canary is the item's matter, which is on its way by then."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.moderate.domain.canary import Comparison
from services.moderate.handler.images import on_moderation_requested
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.words import Lane
from shared.errors import Transient
from shared.telemetry import metrics
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox
from tests.fakes.telemetry import metrics_in_memory, total
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.moderate.moderating import POLICY, FakeQuota
from tests.unit.moderate.test_adapters import CANDIDATE, SURE, UNSURE, Models, World, with_canary

DOWN = Transient("dynamodb-failed")
UNANSWERED = {metrics.POLICY: f"standard@{POLICY.version}", metrics.OUTCOME: Comparison.UNANSWERED}


@dataclass
class ThenFails(FakeOutbox):
    """What MODERATE asks for behind its last send fails."""

    fail: Callable[[], None] = lambda: None

    async def send(self, event: CloudEvent[Any], *, group: str) -> None:
        await super().send(event, group=group)
        self.fail()


@dataclass
class Full(FakeQuota):
    """Has room for items alone; `asked` says that a canary waits."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        if lane is Lane.BACKFILL:
            self.asked.set()
            await asyncio.get_running_loop().create_future()
        yield


def a_world(candidate: Exception | None = None) -> World:
    models = Models({None: (UNSURE,), CANDIDATE: candidate or (SURE,)})
    return World(policy=with_canary(candidate=CANDIDATE), models=models)


@pytest.mark.parametrize("what", ["policy", "look-up", "write", "answer to the write"])
async def test_an_outage_around_it_does_not_bring_the_message_back(what: str) -> None:
    world = a_world()
    policies = FakePolicyStore(world.policy)
    fail: dict[str, Callable[[], None]] = {
        "policy": lambda: policies.fail_next(DOWN),
        "look-up": lambda: world.ledger.fail_next("entry", DOWN),
        "write": lambda: world.ledger.fail_next("add", DOWN),
        "answer to the write": lambda: world.ledger.fail_next("add", DOWN, written=True),
    }
    world.reviews = ThenFails(fail=fail[what])
    ports = replace(world.ports, detector=world.models, policies=policies)
    await on_moderation_requested(await world.request(), ports)
    assert len(world.reviews.sent) == 1


async def test_neither_does_a_defect_which_is_counted() -> None:
    reader = metrics_in_memory()
    before = total(reader, metrics.CANARY_LOOKS.name, UNANSWERED)
    world = a_world(RuntimeError("nobody foresaw this"))
    await world.moderated()
    assert len(world.reviews.sent) == 1
    assert total(reader, metrics.CANARY_LOOKS.name, UNANSWERED) - before == 1


def test_one_that_finds_no_room_gives_up_after_a_while() -> None:
    reader = metrics_in_memory()
    before = total(reader, metrics.CANARY_LOOKS.name, UNANSWERED)

    async def moderated() -> int:
        world = a_world()
        world.quota = Full()
        await world.moderated()
        return len(world.reviews.sent)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(moderated()) == 1
    assert total(reader, metrics.CANARY_LOOKS.name, UNANSWERED) - before == 1


async def test_a_service_that_stops_does_not_wait_for_it() -> None:
    world, quota = a_world(), Full()
    world.quota = quota
    handled = asyncio.create_task(world.moderated())
    await quota.asked.wait()
    handled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handled
