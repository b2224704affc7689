"""What becomes of one message, by how its handler ends."""

import asyncio

import pytest

from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.errors import ContractError, Deferred, GavelError, Permanent, Transient
from shared.telemetry.context import about
from tests.fakes.queues import FakeQuarantine, FakeQueue
from tests.unit.consumer.running import MEDIA_ID, Recorder, Step, consuming, event, raising, taking, until

OTHER_ID = "bbbbbbbbbbbbbbbbbbbbbbbbbb"


async def after(step: Step, queue: FakeQueue, *, quarantine: FakeQuarantine | None = None, roll: float = 0.5) -> None:
    """Consume until the message was handled once and everything about it is sent."""
    handler = Recorder(step)
    async with consuming(queue, handler, quarantine=quarantine, roll=roll):
        await until(lambda: len(handler.began) == 1 and handler.at_once == 0)


async def test_a_message_is_deleted_when_its_handler_has_returned() -> None:
    queue, handler = FakeQueue(), Recorder(taking(5))
    queue.put("a")
    async with consuming(queue, handler):
        await until(lambda: handler.began == ["a"])
        await asyncio.sleep(3)
        assert len(queue.ids) == 1
        await until(lambda: queue.ids == [], within_s=5)


@pytest.mark.parametrize(
    ("error", "invisible_s"),
    [(Transient("busy"), 2), (Transient("busy", retry_after_s=45), 45), (ValueError("defect"), 2)],
)
async def test_what_may_succeed_later_becomes_visible_later(error: Exception, invisible_s: int) -> None:
    queue = FakeQueue()
    id_ = queue.put()
    await after(raising(error), queue, roll=0.5)
    (_, changed, seconds), *_ = queue.changes
    assert (changed, seconds, queue.calls["delete"]) == (id_, invisible_s, 0)


async def test_every_failure_waits_longer() -> None:
    queue, handler = FakeQueue(), Recorder(raising(*(Transient("busy") for _ in range(5))))
    queue.put()
    async with consuming(queue, handler, roll=1.0):
        await until(lambda: len(handler.ended) == 1, within_s=200)
    assert [seconds for _, _, seconds in queue.changes] == [4, 8, 16, 32, 64]
    assert queue.ids == []


async def test_a_defect_settles_nothing(caplog: pytest.LogCaptureFixture) -> None:
    queue, quarantine = FakeQueue(), FakeQuarantine()
    id_ = queue.put()
    await after(raising(KeyError("a bug")), queue, quarantine=quarantine)
    assert (queue.ids, queue.calls["delete"], quarantine.filed) == ([id_], 0, [])
    (record,) = [record for record in caplog.records if record.message == "message.defect"]
    outline = vars(record)["gavel_outline"]
    assert outline[0] == "builtins.KeyError"
    assert any("tests.unit.consumer.running" in line for line in outline)


async def test_a_defect_is_redriven_by_the_queue_in_the_end_and_never_quarantined_here() -> None:
    dead = FakeQueue(name="dead")
    queue = FakeQueue(max_receive_count=8, dead_letters=dead)
    handler = Recorder(raising(*(KeyError("a bug") for _ in range(20))))
    id_ = queue.put()
    async with consuming(queue, handler) as running:
        await until(lambda: dead.ids == [id_], within_s=3_000)
    assert (len(handler.began), running.quarantine.filed) == (8, [])


@pytest.mark.parametrize("error", [Permanent("not-an-image", "why"), ContractError("not-json", "why")])
async def test_poison_goes_to_quarantine_exactly_once(error: GavelError) -> None:
    queue, handler = FakeQueue(), Recorder(raising(error))
    queue.put("poison")
    async with consuming(queue, handler) as running:
        await until(lambda: queue.ids == [])
        await asyncio.sleep(300)
    assert [(one.message.body, one.code, one.detail) for one in running.quarantine.filed] == [
        ("poison", error.code, "why")
    ]
    assert handler.began == ["poison"]


async def test_poison_is_filed_before_it_is_deleted() -> None:
    queue = FakeQueue()
    id_ = queue.put()

    class Watching(FakeQuarantine):
        async def file(self, message: Message, *, code: str, detail: str, media_id: str | None) -> None:
            await asyncio.sleep(3)
            assert queue.ids == [id_]
            await super().file(message, code=code, detail=detail, media_id=media_id)

    quarantine = Watching()
    async with consuming(queue, Recorder(raising(Permanent("bad"))), quarantine=quarantine):
        await until(lambda: queue.ids == [])
    assert len(quarantine.filed) == 1


async def test_a_quarantine_that_fails_is_tried_again_later(caplog: pytest.LogCaptureFixture) -> None:
    queue, quarantine = FakeQueue(), FakeQuarantine(failures=[Transient("s3-failed"), Permanent("ledger-refused")])
    handler = Recorder(raising(*(Permanent("bad") for _ in range(3))))
    queue.put()
    async with consuming(queue, handler, quarantine=quarantine):
        await until(lambda: queue.ids == [], within_s=200)
    assert (len(handler.began), [one.code for one in quarantine.filed]) == (3, ["bad"])
    retried = [vars(record)["gavel_fields"]["code"] for record in caplog.records if record.message == "message.retried"]
    assert retried == ["s3-failed", "ledger-refused"]


async def test_a_defect_of_the_quarantine_settles_nothing() -> None:
    queue, quarantine = FakeQueue(), FakeQuarantine(failures=[KeyError("a bug")])
    id_ = queue.put()
    await after(raising(Permanent("bad")), queue, quarantine=quarantine)
    assert queue.ids == [id_]


async def test_the_last_receive_of_a_transient_failure_ends_in_quarantine_with_its_last_reason() -> None:
    queue, dead = FakeQueue(), FakeQueue()
    queue.dead_letters = dead
    codes = [f"failure-{n}" for n in range(1, 9)]
    handler = Recorder(raising(*(Transient(code, "out of reach") for code in codes)))
    queue.put()
    async with consuming(queue, handler) as running:
        await until(lambda: queue.ids == [], within_s=3_000)
    assert [(one.code, one.detail) for one in running.quarantine.filed] == [
        ("retries-exhausted", "failure-8: out of reach")
    ]
    assert dead.ids == []


async def test_a_deferred_message_is_sent_anew_with_all_it_carries_and_then_deleted() -> None:
    queue = FakeQueue()
    first = queue.put("turn", group="tenant-a", attributes={"traceparent": "00-x", "AWSTraceHeader": "Root=1"})
    handler = Recorder(raising(Deferred("quota-full", delay_s=300)))
    async with consuming(queue, handler):
        await until(lambda: first not in queue.ids)
        (second,) = queue.ids
        assert queue.invisible_for_s(second) == pytest.approx(300, abs=2)
        await until(lambda: queue.ids == [], within_s=400)
    assert [method for method in queue.log if method in ("put_back", "delete")][:2] == ["put_back", "delete"]
    assert handler.began == ["turn", "turn"]


async def test_a_copy_keeps_group_and_attributes_and_begins_to_count_anew() -> None:
    queue, seen = FakeQueue(), list[Message]()

    async def step(message: Message) -> None:
        seen.append(message)
        if len(seen) == 1:
            raise Transient("busy")
        if len(seen) == 2:
            raise Deferred("quota-full", delay_s=5)

    queue.put("turn", group="tenant-a", attributes={"traceparent": "00-x"})
    async with consuming(queue, step):
        await until(lambda: len(seen) == 3)
    _, before, after_ = seen
    assert (before.receive_count, after_.receive_count) == (2, 1)
    assert (after_.body, after_.group, after_.attributes) == (before.body, before.group, before.attributes)


async def test_a_put_back_that_fails_leaves_the_original() -> None:
    queue = FakeQueue()
    id_ = queue.put()
    queue.fail_next("put_back", Transient("sqs-failed"))
    await after(raising(Deferred("quota-full", delay_s=300)), queue)
    assert (queue.ids, queue.calls["delete"]) == ([id_], 0)


async def test_a_handler_that_hangs_is_ended_and_retried() -> None:
    queue, handler = FakeQueue(), Recorder(taking(10_000))
    id_ = queue.put()
    async with consuming(queue, handler, settings=ConsumerSettings(handler_limit_s=100)):
        await until(lambda: bool(handler.began) and handler.at_once == 0, within_s=200)
        assert asyncio.get_running_loop().time() == pytest.approx(100, abs=1)
        await until(lambda: queue.receive_count(id_) == 2, within_s=30)


async def test_a_time_out_of_the_handlers_own_is_a_defect(caplog: pytest.LogCaptureFixture) -> None:
    queue = FakeQueue()
    queue.put()
    await after(raising(TimeoutError("own")), queue)
    assert "message.defect" in [record.message for record in caplog.records]


@pytest.mark.parametrize(
    ("body", "step", "media_id"),
    [
        (event(), raising(Permanent("bad")), MEDIA_ID),
        (event(), raising(Permanent("bad", media_id=OTHER_ID)), OTHER_ID),
        (event(subject="a/file.jpg"), raising(Permanent("bad")), None),
        ("not json", raising(Permanent("bad")), None),
    ],
)
async def test_a_quarantine_entry_names_its_item(body: str, step: Step, media_id: str | None) -> None:
    queue, quarantine = FakeQueue(), FakeQuarantine()
    queue.put(body)
    await after(step, queue, quarantine=quarantine)
    assert [one.media_id for one in quarantine.filed] == [media_id]


async def test_what_a_handler_says_about_its_message_counts_for_that_message_alone() -> None:
    queue, quarantine = FakeQueue(), FakeQuarantine()

    async def step(message: Message) -> None:
        if message.body == "first":
            about(OTHER_ID)
        raise Permanent("bad")

    queue.put("first")
    queue.put("second")
    async with consuming(queue, step, quarantine=quarantine):
        await until(lambda: len(quarantine.filed) == 2)
    assert {one.message.body: one.media_id for one in quarantine.filed} == {"first": OTHER_ID, "second": None}


async def test_a_message_that_its_consumer_crashed_on_comes_back_to_the_next() -> None:
    queue, next_ = FakeQueue(), Recorder()
    id_ = queue.put("a")
    # A crash is a task that ends without a word: no settlement, no flush.
    taken = await queue.receive(limit=10, wait_s=20, visibility_s=60)
    assert [one.id for one in taken] == [id_]
    async with consuming(queue, next_):
        await asyncio.sleep(59)
        assert next_.began == []
        await until(lambda: next_.ended == ["a"], within_s=5)
    assert queue.ids == []
