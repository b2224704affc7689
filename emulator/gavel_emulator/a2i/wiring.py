"""A2I put together: the one place that knows which store, clock and world the providers work with."""

from datetime import UTC, datetime
from functools import cache, partial

from localstack import config

from gavel_emulator.a2i import engine
from gavel_emulator.a2i.documents import read_object
from gavel_emulator.a2i.loops import Loop, LoopKey
from gavel_emulator.a2i.settings import Settings
from gavel_emulator.a2i.state import Plane, Planes
from gavel_emulator.a2i.store import MemoryLoopStore
from gavel_emulator.a2i.world import EmulatedWorld, bucket_region, grant
from gavel_emulator.alarm import Alarm
from shared.worker_templates.render import render


@cache
def ports() -> engine.Ports:
    """Of this emulator's human loops."""
    alarm: Alarm[LoopKey] = Alarm(lambda key: engine.wake(ports(), key), name="a2i-alarm")
    publishing: Alarm[LoopKey] = Alarm(lambda key: engine.publish(ports(), key), name="a2i-publishing")
    return engine.Ports(
        store=MemoryLoopStore(),
        world=EmulatedWorld(),
        settings=Settings(),
        clock=now,
        wake_at=alarm.at,
        page=_page,
        publish_soon=lambda key: publishing.at(now(), key),
    )


@cache
def planes() -> Planes:
    """Of this emulator's control planes."""
    return Planes(_plane)


def now() -> datetime:
    """In whole milliseconds, the finest that A2I writes."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _page(loop: Loop) -> str:
    granting = grant(loop.key.account_id, loop.key.region)
    return render(loop.review.template, read_object(loop.input.content), grant_read_access=granting)


def _plane(account_id: str, region: str) -> Plane:
    return Plane(
        account_id=account_id,
        region=region,
        clock=now,
        bucket_region=partial(bucket_region, account_id, region),
        endpoint=config.external_service_url(),
    )
