"""INGEST dies before or after each of its calls, and the message is delivered again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from services.ingest.domain.items import IN_HAND_S
from services.ingest.handler.intake import on_media_event
from services.ingest.handler.ports import Ports
from shared.contracts.messages import MediaRef
from shared.contracts.words import Action, DecidedBy, Status
from shared.errors import Deferred, Permanent
from shared.ledger.entries import VerdictGiven
from shared.ledger.record import content_key
from tests import media
from tests.unit.ingest.world import NOW, POLICY, World, cloudevent, id_of, message, s3_event


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


@dataclass
class Hazard:
    """Counts the calls to all ports; before (or after) the `at`-th the process dies, once."""

    at: int = -1
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def begin(self, name: str) -> int:
        self.calls.append(name)
        number = len(self.calls) - 1
        if number == self.at and not self.after:
            raise Killed
        return number

    def end(self, number: int) -> None:
        if number == self.at and self.after:
            raise Killed

    def around(self, port: Any, name: str) -> Any:
        return _Hazardous(port, name, self)

    def around_all(self, ports: Ports) -> Ports:
        named = {one.name: getattr(ports, one.name) for one in fields(ports)}
        values = {name: port for name, port in named.items() if not isinstance(port, str | int) and name != "clock"}
        return replace(ports, **{name: self.around(port, name) for name, port in values.items()})


class _Hazardous:
    """A port whose calls can be the process's last."""

    def __init__(self, port: Any, name: str, hazard: Hazard) -> None:
        self._port, self._name, self._hazard = port, name, hazard

    def __getattr__(self, method: str) -> Any:
        name = f"{self._name}.{method}"
        if name == "room.of":
            return self._room

        async def call(*args: Any, **kwargs: Any) -> Any:
            number = self._hazard.begin(name)
            answer = await getattr(self._port, method)(*args, **kwargs)
            self._hazard.end(number)
            return answer

        return call

    @asynccontextmanager
    async def _room(self, size_bytes: int) -> AsyncIterator[None]:
        number = self._hazard.begin("room.of")
        async with self._port.of(size_bytes):
            self._hazard.end(number)
            yield


async def a_webp(world: World) -> tuple[MediaRef, str]:
    ref = world.upload(media.webp())
    return ref, s3_event(ref)


async def a_jpeg_without_version(world: World) -> tuple[MediaRef, str]:
    ref = world.upload(media.jpeg())
    return ref, cloudevent(MediaRef(bucket=ref.bucket, key=ref.key))


async def known_bytes(world: World) -> tuple[MediaRef, str]:
    first = world.upload(media.jpeg(), "first.jpg")
    await world.deliver(s3_event(first))
    policy = world.opened(first).policy
    await world.ledger.add(
        id_of(first),
        VerdictGiven(
            at=NOW, number=1, action=Action.REJECT, decided_by=DecidedBy.MODEL, policy=policy, cause="o", reasons=()
        ),
    )
    await world.ledger.advance(
        id_of(first),
        Status.DONE,
        NOW,
        verdict=Action.REJECT,
        verdict_number=1,
        content_key=content_key("default", world.content(first).sha256, policy),
    )
    world.moderation.sent.clear()
    ref = world.upload(media.jpeg(), "second.jpg")
    return ref, s3_event(ref)


async def text(world: World) -> tuple[MediaRef, str]:
    ref = world.upload(media.text())
    return ref, s3_event(ref)


SCENES: list[Callable[[World], Any]] = [a_webp, a_jpeg_without_version, known_bytes, text]


def traces(world: World, ref: MediaRef) -> dict[str, Any]:
    """What remains, apart from how often it was done."""
    record = world.record(ref)
    outboxes = {"moderation": world.moderation, "outcomes": world.outcomes, "backfill": world.backfill}
    return {
        "entries": sorted(entry.key for entry in record.entries),
        "policy": world.opened(ref).policy.version,
        "status": record.summary.status,
        "sent": {name: sorted({event.id for event, _ in outbox.sent}) for name, outbox in outboxes.items()},
    }


async def delivered(world: World, body: str, hazard: Hazard, *, receive_count: int = 1) -> str | None:
    """One delivery; returns the reason of a refusal."""
    try:
        await on_media_event(message(body, receive_count=receive_count), hazard.around_all(world.ports))
    except Permanent as error:
        return error.code
    return None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", SCENES)
async def test_a_crash_around_any_call_changes_nothing_about_the_end(
    scene: Callable[[World], Any], after: bool
) -> None:
    calm, watch = World(), Hazard()
    ref, body = await scene(calm)
    reason = await delivered(calm, body, watch)
    assert len(watch.calls) >= 6
    for at, call in enumerate(watch.calls):
        world = World()
        ref, body = await scene(world)
        with pytest.raises(Killed):
            await delivered(world, body, Hazard(at=at, after=after))
        # A new policy may be deployed before the message comes again; once opened, the item keeps its own.
        if id_of(ref) in world.ledger.items:
            world.policies.deploy(replace(POLICY, version="ffffffffffffffff"))
        assert await delivered(world, body, Hazard(), receive_count=2) == reason, call
        assert traces(world, ref) == traces(calm, ref), call
        assert await delivered(world, body, Hazard(), receive_count=3) == reason, call
        assert traces(world, ref) == traces(calm, ref), call
        sent = len(world.moderation.sent) + len(world.outcomes.sent)
        assert sent <= 2, f"{call}: sent more often than delivered before it was known to be sent"
        assert len({id_of(ref), *(event.subject for event, _ in (*world.moderation.sent, *world.outcomes.sent))}) == 1


async def test_every_kind_of_call_is_among_those_that_were_crashed() -> None:
    seen: set[str] = set()
    for scene in SCENES:
        world, watch = World(), Hazard()
        _, body = await scene(world)
        await delivered(world, body, watch)
        seen |= set(watch.calls)
    assert seen == {
        "policies.tenants",
        "policies.current",
        "objects.head",
        "objects.get",
        "objects.put",
        "images.read",
        "room.of",
        "ledger.record",
        "ledger.open",
        "ledger.add",
        "ledger.verdict_for",
        "ledger.advance",
        "moderation.send",
        "outcomes.send",
    }


async def test_a_crash_while_a_notification_is_split_sends_the_same_events_again() -> None:
    for at in range(4):
        world = World()
        refs = [world.upload(media.jpeg(seed=n), f"{n}.jpg") for n in range(3)]
        hazard = Hazard(at=at // 2, after=bool(at % 2))
        with pytest.raises(Killed):
            await delivered(world, s3_event(*refs), hazard)
        await delivered(world, s3_event(*refs), Hazard(), receive_count=2)
        assert {event.data.media for event, _ in world.split.sent} == set(refs)
        assert len({event.id for event, _ in world.split.sent}) == 3


@dataclass
class Overtaken:
    """Images whose first reading lets another delivery run before it returns."""

    images: Any
    other: Callable[[], Awaitable[None]]

    async def read(self, *args: Any) -> Any:
        image = await self.images.read(*args)
        await self.other()
        return image


async def test_a_second_message_about_an_item_waits_while_the_first_is_handled() -> None:
    world = World()
    ref = world.upload(media.webp())
    deferred = []

    async def other() -> None:
        with pytest.raises(Deferred) as caught:
            await world.deliver(cloudevent(ref))
        deferred.append(caught.value.media_id)

    ports = world.ports
    await on_media_event(message(s3_event(ref)), replace(ports, images=Overtaken(ports.images, other)))
    assert deferred == [id_of(ref)]
    await world.deliver(cloudevent(ref))
    assert len(world.moderation.sent) == 1


async def test_of_two_messages_that_both_found_nothing_one_opens_the_item_and_the_other_waits() -> None:
    world = World()
    ref = world.upload(media.webp())
    ports = world.ports

    class Late:
        """A ledger that shows a record only after the other message has opened the item."""

        def __getattr__(self, method: str) -> Any:
            return getattr(world.ledger, method)

        async def record(self, media_id: str) -> None:
            assert await world.ledger.record(media_id) is None
            await world.deliver(cloudevent(ref))

    with pytest.raises(Deferred):
        await on_media_event(message(s3_event(ref)), replace(ports, ledger=cast("Any", Late())))
    assert len(world.moderation.sent) == 1


async def test_a_second_message_takes_over_when_the_first_is_not_heard_of_again() -> None:
    world = World()
    ref = world.upload(media.webp())
    with pytest.raises(Killed):
        await delivered(world, s3_event(ref), Hazard(at=7))
    with pytest.raises(Deferred):
        await world.deliver(cloudevent(ref))
    world.now = NOW + timedelta(seconds=IN_HAND_S)
    await world.deliver(cloudevent(ref))
    assert world.status(ref) is Status.MODERATING


async def test_two_deliveries_of_one_message_at_the_same_time_agree_on_one_truth() -> None:
    """SQS may deliver a message again while it is being handled; the second opens and reads in the midst of it."""
    world = World()
    ref = world.upload(media.webp())
    body = s3_event(ref)

    async def other() -> None:
        await world.deliver(body, receive_count=2)

    ports = world.ports
    await on_media_event(message(body), replace(ports, images=Overtaken(ports.images, other)))
    content = world.content(ref)
    assert {event.data.readable for event, _ in world.moderation.sent} == {content.readable}
    assert len({event.id for event, _ in world.moderation.sent}) == 1
    assert world.status(ref) is Status.MODERATING


async def test_an_item_that_was_opened_although_the_answer_was_lost_is_gone_on_with_at_once() -> None:
    world = World()
    ref = world.upload(media.webp())

    class Deaf:
        """A ledger behind an SDK that lost the answer of its first write and asked again."""

        def __getattr__(self, method: str) -> Any:
            return getattr(world.ledger, method)

        async def open(self, media_id: str, entry: Any) -> bool:
            assert await world.ledger.open(media_id, entry)
            return await world.ledger.open(media_id, entry)

    await on_media_event(message(s3_event(ref)), replace(world.ports, ledger=cast("Any", Deaf())))
    assert len(world.moderation.sent) == 1
