import asyncio

import pytest

from shared.consumer.settings import ConsumerSettings
from shared.consumer.settle import Receipts
from shared.errors import Transient
from tests.fakes.queues import FakeQueue

SETTINGS = ConsumerSettings(linger_s=1.0)


async def received(queue: FakeQueue, number: int) -> list[str]:
    for _ in range(number):
        queue.put()
    receipts: list[str] = []
    while len(receipts) < number:
        receipts.extend(one.receipt for one in await queue.receive(limit=10, wait_s=0, visibility_s=60))
    return receipts


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records]


async def test_deletes_go_ten_to_a_request() -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    for receipt in await received(queue, 25):
        receipts.delete(receipt)
    await receipts.flush()
    assert (queue.ids, queue.calls["delete"]) == ([], 3)


async def test_an_entry_that_the_queue_refuses_is_noticed_and_the_others_are_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    taken = await received(queue, 3)
    queue.refuse("delete", queue.ids[1])
    for receipt in taken:
        receipts.delete(receipt)
    await receipts.flush()
    assert [f"{id_}/1" for id_ in queue.ids] == [taken[1]]
    assert events(caplog) == ["settlement.failed"]


async def test_a_call_that_fails_as_a_whole_is_tried_again() -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    (receipt,) = await received(queue, 1)
    queue.fail_next("delete", Transient("sqs-failed"), Transient("sqs-failed"))
    receipts.delete(receipt)
    await receipts.flush()
    assert (queue.ids, queue.calls["delete"]) == ([], 3)


async def test_a_call_that_keeps_failing_is_given_up_and_told(caplog: pytest.LogCaptureFixture) -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    (receipt,) = await received(queue, 1)
    queue.fail_next("delete", *(Transient("sqs-access-denied") for _ in range(3)))
    receipts.delete(receipt)
    await receipts.flush()
    assert len(queue.ids) == 1
    assert vars(caplog.records[0])["gavel_fields"] == {
        "queue": "fake",
        "what": "delete",
        "messages": 1,
        "code": "sqs-access-denied",
    }


async def test_the_last_visibility_that_was_asked_for_counts() -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    (receipt,) = await received(queue, 1)
    extended = asyncio.ensure_future(receipts.extend(receipt, 60))
    await asyncio.sleep(0.5)
    receipts.show(receipt, 5)
    await receipts.flush()
    assert await extended
    assert queue.calls["visibility"] == 1
    assert queue.invisible_for_s(queue.ids[0]) == pytest.approx(5.0)


async def test_a_visibility_change_never_overtakes_an_earlier_one() -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    (receipt,) = await received(queue, 1)
    queue.fail_next("visibility", Transient("sqs-failed"))
    extended = asyncio.ensure_future(receipts.extend(receipt, 60))
    await asyncio.sleep(0)
    receipts.send()
    await asyncio.sleep(0.1)
    receipts.show(receipt, 5)
    await receipts.flush()
    assert await extended
    assert queue.invisible_for_s(queue.ids[0]) == pytest.approx(5.0)


async def test_a_message_that_is_no_longer_ours_is_not_extended() -> None:
    queue = FakeQueue()
    receipts = Receipts(queue, SETTINGS)
    (receipt,) = await received(queue, 1)
    await asyncio.sleep(61)
    assert not await receipts.extend(receipt, 60)
