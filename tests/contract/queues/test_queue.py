"""What a consumer may count on, of SQS and of the fake alike."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from shared.consumer.ports import Message, Queue
from tests.conftest import PATIENCE_S
from tests.contract.queues.conftest import MAX_RECEIVE_COUNT, TRACE_HEADER, Channel


async def take(queue: Queue, number: int = 1, *, visibility_s: int = 60, within_s: float = PATIENCE_S) -> list[Message]:
    """Receive until there are so many."""
    taken: list[Message] = []
    deadline = time.monotonic() + within_s
    while len(taken) < number:
        assert time.monotonic() < deadline, f"{len(taken)} of {number} messages"
        taken.extend(await queue.receive(limit=10, wait_s=1, visibility_s=visibility_s))
    return taken


async def nothing(queue: Queue) -> bool:
    return not await queue.receive(limit=10, wait_s=0, visibility_s=60)


async def eventually(look: Callable[[], Awaitable[object]], within_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + within_s
    while not await look():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


class TestReceive:
    async def test_an_empty_queue_has_nothing(self, channel: Channel) -> None:
        assert await nothing(channel.queue)

    async def test_a_message_comes_with_all_it_carries(self, channel: Channel) -> None:
        await channel.put("hello", group="tenant-a", attributes={"traceparent": "00-x"})
        (message,) = await take(channel.queue)
        assert (message.body, message.queue, message.receive_count) == ("hello", channel.queue.name, 1)
        assert message.group == "tenant-a"
        assert message.attributes == {"traceparent": "00-x", "AWSTraceHeader": TRACE_HEADER}
        assert message.sent_at <= message.first_received_at
        assert message.sent_at.tzinfo is not None
        assert message.sent_at != datetime.fromtimestamp(0, UTC)

    async def test_a_message_without_a_group_has_none(self, channel: Channel) -> None:
        await channel.put("hello")
        (message,) = await take(channel.queue)
        assert message.group is None

    async def test_a_long_poll_returns_when_a_message_arrives(self, channel: Channel) -> None:
        poll = asyncio.ensure_future(channel.queue.receive(limit=10, wait_s=20, visibility_s=60))
        await asyncio.sleep(0.1)
        await channel.put("hello")
        assert [message.body for message in await poll] == ["hello"]

    async def test_no_more_come_than_were_asked_for(self, channel: Channel) -> None:
        for n in range(5):
            await channel.put(str(n))
        assert len(await channel.queue.receive(limit=2, wait_s=1, visibility_s=60)) <= 2

    async def test_every_message_is_received_once_while_it_is_invisible(self, channel: Channel) -> None:
        for n in range(25):
            await channel.put(str(n))
        taken = await take(channel.queue, 25)
        assert sorted(int(message.body) for message in taken) == list(range(25))
        assert await nothing(channel.queue)

    async def test_a_poll_that_is_given_up_still_takes_a_message(self, channel: Channel) -> None:
        assert await nothing(channel.queue)  # so that there is a connection for the poll to be sent by at once
        poll = asyncio.ensure_future(channel.queue.receive(limit=10, wait_s=20, visibility_s=3))
        await asyncio.sleep(1)
        poll.cancel()
        await asyncio.wait({poll})
        await channel.put("hello")
        await eventually(channel.in_flight)
        (message,) = await take(channel.queue)
        assert message.receive_count == 2


class TestVisibility:
    async def test_a_message_comes_back_when_its_visibility_ends(self, channel: Channel) -> None:
        await channel.put("hello")
        (first,) = await take(channel.queue, visibility_s=1)
        (second,) = await take(channel.queue)
        assert (second.id, second.receive_count) == (first.id, 2)
        assert (second.sent_at, second.first_received_at) == (first.sent_at, first.first_received_at)

    async def test_zero_gives_it_back_at_once(self, channel: Channel) -> None:
        await channel.put("hello")
        (first,) = await take(channel.queue)
        assert await channel.queue.change_visibility([(first.receipt, 0)]) == []
        (second,) = await channel.queue.receive(limit=1, wait_s=5, visibility_s=60)
        assert second.id == first.id

    async def test_an_extension_keeps_it_invisible(self, channel: Channel) -> None:
        await channel.put("hello")
        (message,) = await take(channel.queue, visibility_s=3)
        assert await channel.queue.change_visibility([(message.receipt, 60)]) == []
        assert not await channel.queue.receive(limit=1, wait_s=4, visibility_s=60)

    async def test_what_was_deleted_cannot_be_changed(self, channel: Channel) -> None:
        await channel.put("hello")
        (message,) = await take(channel.queue)
        await channel.queue.delete([message.receipt])
        assert await channel.queue.change_visibility([(message.receipt, 60)]) == [message.receipt]

    async def test_one_that_fails_harms_no_other(self, channel: Channel) -> None:
        for n in range(3):
            await channel.put(str(n))
        gone, *rest = await take(channel.queue, 3)
        await channel.queue.delete([gone.receipt])
        changes = [(message.receipt, 0) for message in (gone, *rest)]
        assert await channel.queue.change_visibility(changes) == [gone.receipt]
        assert len(await take(channel.queue, 2)) == 2


class TestDelete:
    async def test_a_deleted_message_is_gone(self, channel: Channel) -> None:
        await channel.put("hello")
        (message,) = await take(channel.queue, visibility_s=1)
        assert await channel.queue.delete([message.receipt]) == []
        assert not await channel.queue.receive(limit=1, wait_s=2, visibility_s=60)

    async def test_any_number_can_be_deleted_at_once(self, channel: Channel) -> None:
        for n in range(25):
            await channel.put(str(n))
        taken = await take(channel.queue, 25)
        assert await channel.queue.delete([message.receipt for message in taken]) == []

    async def test_deleting_again_changes_nothing(self, channel: Channel) -> None:
        await channel.put("hello")
        (message,) = await take(channel.queue)
        assert await channel.queue.delete([message.receipt]) == []
        assert await channel.queue.delete([message.receipt]) == []

    async def test_a_receipt_that_never_was_fails_alone(self, channel: Channel) -> None:
        await channel.put("hello")
        (message,) = await take(channel.queue)
        assert await channel.queue.delete(["junk", message.receipt]) == ["junk"]
        assert await channel.queue.change_visibility([(message.receipt, 0)]) == [message.receipt]


class TestPutBack:
    async def test_a_copy_carries_the_same_and_begins_anew(self, channel: Channel) -> None:
        await channel.put("hello", group="tenant-a", attributes={"traceparent": "00-x"})
        (original,) = await take(channel.queue)
        await channel.queue.put_back(original, delay_s=0)
        (copy,) = await take(channel.queue)
        assert copy.id != original.id
        assert (copy.body, copy.group, copy.attributes) == (original.body, original.group, original.attributes)
        assert copy.receive_count == 1

    async def test_it_is_seen_after_its_delay(self, channel: Channel) -> None:
        await channel.put("hello")
        (original,) = await take(channel.queue)
        await channel.queue.put_back(original, delay_s=2)
        (copy,) = await take(channel.queue)
        assert copy.body == "hello"
        assert copy.first_received_at - copy.sent_at > timedelta(seconds=1.9)

    async def test_the_original_is_still_there(self, channel: Channel) -> None:
        await channel.put("hello")
        (original,) = await take(channel.queue)
        await channel.queue.put_back(original, delay_s=60)
        await channel.queue.change_visibility([(original.receipt, 0)])
        (again,) = await take(channel.queue)
        assert again.id == original.id


class TestRedrive:
    async def test_what_was_received_too_often_goes_to_the_dead_letters(self, channel: Channel) -> None:
        await channel.put("hello", attributes={"traceparent": "00-x"})
        ids = set()
        for _ in range(MAX_RECEIVE_COUNT):
            (message,) = await take(channel.queue)
            ids.add(message.id)
            await channel.queue.change_visibility([(message.receipt, 0)])
        dead: list[Message] = []

        async def arrived() -> bool:
            assert await nothing(channel.queue)
            dead.extend(await channel.dead_letters.receive(limit=1, wait_s=1, visibility_s=60))
            return bool(dead)

        await eventually(arrived)
        assert ({message.id for message in dead}, dead[0].body) == (ids, "hello")
        assert dead[0].attributes["traceparent"] == "00-x"
