"""The deployed pipeline as a test drives it: media in, verdicts out, and all in between looked at from outside."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from cli.connection import Connection
from cli.local import LocalStack
from shared.contracts.cloudevents import CloudEvent, decode, encode
from shared.contracts.messages import (
    MEDIA_SUBMITTED,
    VERDICT_REACHED,
    MediaRef,
    MediaSubmitted,
    VerdictReached,
)
from shared.contracts.words import Action, Status
from shared.identity import media_id
from shared.ledger.entries import Entry, Quarantined
from shared.ledger.record import Record
from shared.ledger.views import only

T = TypeVar("T")
E = TypeVar("E", bound=Entry)

PATIENCE_S = 90
POLL_S = 0.1


async def eventually(
    look: Callable[[], Awaitable[T | None]],
    *,
    what: str,
    instead: Callable[[], Awaitable[str]] | None = None,
    within_s: float = PATIENCE_S,
) -> T:
    """What `look` finds, as soon as it finds anything. When that takes too long the test fails, telling `instead`."""
    deadline = time.monotonic() + within_s
    while True:
        found = await look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {within_s} s; {await instead() if instead else ''}")
        await asyncio.sleep(POLL_S)


@dataclass
class Verdicts:
    """Everything that a real subscription queue got, by media id, repeats included."""

    by_media: dict[str, list[CloudEvent[VerdictReached]]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, message: Mapping[str, Any]) -> None:
        event = decode(message["Body"], VERDICT_REACHED, VerdictReached)
        self.by_media.setdefault(event.subject, []).append(event)
        told = message.get("MessageAttributes", {})
        self.attributes[event.id] = {name: value["StringValue"] for name, value in told.items()}


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    stack: LocalStack
    connection: Connection
    verdicts: Verdicts

    # Media in

    async def upload(
        self,
        body: bytes,
        *,
        key: str | None = None,
        labels: str = "",
        name: str = "picture.jpg",
        bucket: str | None = None,
        **metadata: str,
    ) -> MediaRef:
        """Put an object into the media bucket, with what the emulator is to see in it; S3 tells INGEST by itself."""
        bucket = bucket or self.connection.outputs.media_bucket
        key = key or f"e2e/{uuid.uuid4().hex}/{name}"
        told = {
            f"gavel-{kind.replace('_', '-')}": text for kind, text in {"labels": labels, **metadata}.items() if text
        }
        answer = await self.connection.s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=told)
        return MediaRef(bucket=bucket, key=key, version_id=answer["VersionId"])

    async def submit(self, media: MediaRef, **more: Any) -> str:
        """Send the producer's event; returns the media id."""
        await self.send(self.event(media, **more))
        return self.id_of(media)

    def event(self, media: MediaRef, **more: Any) -> str:
        event = CloudEvent(
            id=uuid.uuid4().hex,
            source="tests/e2e",
            type=MEDIA_SUBMITTED,
            subject="tests",
            time=datetime.now(UTC),
            data=MediaSubmitted(media=media, **more),
        )
        return encode(event)

    async def send(self, body: str, *, queue: str = "media-events") -> None:
        await self.connection.sqs.send_message(
            QueueUrl=self.connection.outputs.queues[queue], MessageBody=body, MessageGroupId="tests"
        )

    def id_of(self, media: MediaRef) -> str:
        return media_id(media.bucket, media.key, media.version_id or "")

    # What became of it

    async def record(self, media_id_: str) -> Record | None:
        return await self.connection.ledger.record(media_id_)

    async def status(self, media_id_: str, *wanted: Status) -> Record:
        """The record, as soon as its status is one of these."""

        async def look() -> Record | None:
            record = await self.record(media_id_)
            return record if record is not None and record.summary.status in wanted else None

        return await eventually(look, what=f"{media_id_} in {'/'.join(wanted)}", instead=self._state(media_id_))

    async def entry(self, media_id_: str, kind: type[E]) -> E:
        """The newest entry of this kind, as soon as there is one."""

        async def look() -> E | None:
            record = await self.record(media_id_)
            return only(record, kind) if record is not None else None

        return await eventually(look, what=f"{kind.__name__} of {media_id_}", instead=self._state(media_id_))

    async def verdict(self, media_id_: str) -> CloudEvent[VerdictReached]:
        """The verdict as a subscriber gets it; the test fails when subscribers were told two different ones."""

        async def look() -> list[CloudEvent[VerdictReached]] | None:
            return self.verdicts.by_media.get(media_id_)

        told = await eventually(look, what=f"a verdict of {media_id_}", instead=self._state(media_id_))
        assert len({event.id for event in told}) == 1
        return told[0]

    async def quarantined(self, media_id_: str) -> Quarantined:
        await self.status(media_id_, Status.QUARANTINED)
        return await self.entry(media_id_, Quarantined)

    async def quarantined_message(self, mark: str) -> Quarantined:
        """The quarantine entry of a message that never became an item: the one whose kept body holds `mark`."""

        read: set[str] = set()

        async def look() -> Quarantined | None:
            for media_id_ in await self.in_quarantine():
                record = await self.record(media_id_) if media_id_ not in read else None
                entry = only(record, Quarantined) if record else None
                if entry is not None and mark in await self.kept(entry):
                    return entry
                if entry is not None:
                    read.add(media_id_)
            return None

        return await eventually(look, what=f"a quarantined message with {mark[:40]!r}")

    async def in_quarantine(self) -> list[str]:
        """Everything that went there since the stack was started."""
        lately = datetime.now(UTC) - timedelta(days=1)
        return [one.media_id async for one in self.connection.ledger.by_status(Status.QUARANTINED, since=lately)]

    async def kept(self, entry: Quarantined) -> str:
        """The original message's body, as quarantine keeps it."""
        bucket, _, key = entry.body_uri.removeprefix("s3://").partition("/")
        answer = await self.connection.s3.get_object(Bucket=bucket, Key=key)
        return str(json.loads(await answer["Body"].read())["body"])

    async def depths(self) -> dict[str, dict[str, str]]:
        """What is in each queue, by the names of SQS's attributes, without those that are zero."""
        depths = {}
        for name, url in (self.connection.outputs.queues | self.connection.outputs.dead_letters).items():
            answer = await self.connection.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            found = {key: n for key, n in answer["Attributes"].items() if key.startswith("Approximate") and n != "0"}
            depths[f"{name} {url[-3:]}"] = found
        return depths

    async def idle(self) -> bool | None:
        """True when no message waits and none is in anybody's hands."""
        return not any((await self.depths()).values()) or None

    def _state(self, media_id_: str) -> Callable[[], Awaitable[str]]:
        """Where an item and the queues are, for whoever has to find out why a test failed."""

        async def told() -> str:
            record = await self.record(media_id_)
            entries = [entry.key for entry in record.entries] if record else []
            loops = [(loop["name"], loop["status"]) for loop in await self.loops(media_id_)]
            tasks = [(task["service"], task["status"], task["restarts"]) for task in await self.control("tasks")]
            status = record.summary.status if record else None
            return f"status {status}, entries {entries}, loops {loops}, queues {await self.depths()}, tasks {tasks}"

        return told

    # People and faults

    async def loops(self, media_id_: str) -> list[dict[str, Any]]:
        """The human loops of an item, as the emulated A2I has them."""
        every = (await self.control("human-loops"))["humanLoops"]
        return [loop for loop in every if loop["name"].startswith(media_id_)]

    async def open_loop(self, media_id_: str, round_: int = 1) -> str:
        """The name of the item's loop of this round, as soon as people could answer it."""

        async def look() -> str | None:
            for loop in await self.loops(media_id_):
                if loop["name"].endswith(f"-r{round_}") and loop["status"] == "InProgress":
                    return str(loop["name"])
            return None

        return await eventually(look, what=f"round {round_} of {media_id_}", instead=self._state(media_id_))

    async def answer(self, loop: str, action: Action) -> None:
        content = {"ruling": {choice: choice is action for choice in Action}}
        await self.control(f"human-loops/{loop}/answers", {"answerContent": content})

    async def control(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        return await asyncio.to_thread(self.stack.control, path, body, method=method)

    async def kill(self, service: str) -> int:
        """SIGKILL every task of a service; returns how many there were. ECS starts others."""
        tasks = [task for task in await self.control("tasks") if task["service"] == service]
        for task in tasks:
            await self.control(f"tasks/{task['id']}/kill", {})
        return len(tasks)
