"""What senders may count on, of SQS, SNS and S3 and of the fakes alike."""

import asyncio
from datetime import UTC, datetime

from shared.consumer.ports import Message, Outbox, Queue, Topic
from shared.contracts.cloudevents import decode
from tests.contract.queues.conftest import Kept, Note, event
from tests.contract.queues.test_queue import take


def text(message: Message) -> str:
    return decode(message.body, "gavel.test.v1", Note).data.text


class TestOutbox:
    async def test_what_was_sent_is_there_when_send_returns(self, outbox: tuple[Outbox, Queue]) -> None:
        sends, arrives = outbox
        await sends.send(event("hello"), group="tenant-a")
        (message,) = await take(arrives)
        assert (text(message), message.group) == ("hello", "tenant-a")

    async def test_many_at_once_all_arrive(self, outbox: tuple[Outbox, Queue]) -> None:
        sends, arrives = outbox
        await asyncio.gather(*(sends.send(event(str(n)), group=f"tenant-{n % 3}") for n in range(35)))
        found = {text(message): message.group for message in await take(arrives, 35)}
        assert found == {str(n): f"tenant-{n % 3}" for n in range(35)}

    async def test_large_ones_share_requests_as_far_as_they_fit(self, outbox: tuple[Outbox, Queue]) -> None:
        sends, arrives = outbox
        texts = [letter * 400_000 for letter in "abcde"]
        await asyncio.gather(*(sends.send(event(each), group="t") for each in texts))
        assert sorted(text(message) for message in await take(arrives, 5)) == texts

    async def test_any_text_arrives_as_it_was(self, outbox: tuple[Outbox, Queue]) -> None:
        sends, arrives = outbox
        odd = "\ufffe\uffff\x00\x1f\x7f ü😀\u2028 \\ufffe \"'"
        await sends.send(event(odd), group="t")
        (message,) = await take(arrives)
        assert text(message) == odd


class TestTopic:
    async def test_subscribers_get_what_they_filter_for(self, topic: tuple[Topic, Queue]) -> None:
        publishes, arrives = topic
        await publishes.publish(event("hello"), attributes={"verdict": "reject", "tenant": "a"}, group="a")
        (message,) = await take(arrives)
        assert (text(message), message.group) == ("hello", "a")
        assert message.attributes.items() >= {"verdict": "reject", "tenant": "a"}.items()

    async def test_many_at_once_all_arrive(self, topic: tuple[Topic, Queue]) -> None:
        publishes, arrives = topic
        await asyncio.gather(
            *(publishes.publish(event(str(n)), attributes={"verdict": "reject"}, group="t") for n in range(25))
        )
        assert {text(message) for message in await take(arrives, 25)} == {str(n) for n in range(25)}


class TestQuarantine:
    async def test_a_message_is_kept_whole_with_its_reason(self, kept: Kept) -> None:
        at = datetime(2026, 11, 21, tzinfo=UTC)
        body = "not JSON: \ufffe ü😀"
        message = Message(id="m1", queue="q", body=body, receipt="r", receive_count=1, sent_at=at, first_received_at=at)
        await kept.store.file(message, code="not-json", detail="why", media_id="a" * 26)
        assert await kept.read() == [("m1", "not-json", "a" * 26, body)]
