"""The quarantine pages: why something is there, its message shown safely, and what an operator does about it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.results.console.domain.printable import DEEP, SHOWN, body, printable
from services.results.console.ports import ROOT
from shared.consumer.ports import REDRIVEN
from shared.contracts.words import Status
from shared.ledger.entries import Discarded, Quarantined, Redriven
from tests.fakes.console import ANALYSTS, EVIDENCE, NOW, OPERATORS, QUEUES, SHOP, ConsoleWorld
from tests.unit.cli.test_items import SUBMISSION
from tests.unit.console.judged import media_id
from tests.unit.console.visiting import Visitor, visiting

HOSTILE = "</pre><script>alert(1)</script>\u202egnp.exe\x00"


async def filed(
    world: ConsoleWorld,
    number: int,
    *,
    tenant: str | None = "shop",
    queue: str = "media-events",
    code: str = "not-media",
    detail: str = "8 px",
    kept: Mapping[str, Any] | None = None,
) -> str:
    """An item of the tenant's in quarantine, or of nobody's a message alone."""
    item = media_id(number) if tenant else None
    if item is not None and tenant is not None:
        await world.ledger.open(item, msgspec.structs.replace(SUBMISSION, tenant=tenant))
    entry = Quarantined(
        at=NOW + timedelta(seconds=number),
        id=f"q{number}",
        queue=queue,
        code=code,
        detail=detail,
        receive_count=1,
        body_uri=f"s3://{EVIDENCE}/quarantine/q{number}.json",
        media_id=item,
    )
    message = {"queue": queue, "body": '{"a": 1}', "group": "shop", "attributes": {"traceparent": "00-1"}}
    await world.quarantined(entry, message | dict(kept or {}))
    return item or entry.key


def path(id_: str, what: str = "") -> str:
    return f"/quarantine/{id_.replace('#', '%23')}{what}"


def entries(world: ConsoleWorld, id_: str) -> list[Redriven | Discarded]:
    return [one for one in world.ledger.items[id_].entries.values() if isinstance(one, Redriven | Discarded)]


async def page(visitor: Visitor, id_: str, *, status: int = 200) -> str:
    return await visitor.page(path(id_), status=status)


async def test_what_is_there_is_listed_with_its_reason_and_picked_by_it() -> None:
    world = ConsoleWorld()
    first, second = await filed(world, 1), await filed(world, 2, code="image-too-small")
    alone = await filed(world, 3, tenant=None)
    async with visiting(world=world) as visitor:
        listed = await visitor.page("/quarantine")
        assert listed.index(first) < listed.index(second) < listed.index(alone)
        assert f'href="{ROOT}/quarantine/quarantine%23q3"' in listed
        picked = await visitor.page("/quarantine", code="image-too-small")
        assert second in picked
        assert first not in picked


async def test_other_tenants_messages_and_nobodys_are_as_if_they_were_not_there() -> None:
    world = ConsoleWorld()
    mine, theirs = await filed(world, 1), await filed(world, 2, tenant="blog")
    nobodys = await filed(world, 3, tenant=None)
    async with visiting(SHOP, world=world) as visitor:
        listed = await visitor.page("/quarantine")
        assert mine in listed
        assert theirs not in listed
        assert nobodys not in listed
        await page(visitor, mine)
        missing = await page(visitor, "quarantine#nothing", status=404)
        for hidden in (theirs, nobodys):
            assert await page(visitor, hidden, status=404) == missing
            await visitor.send(path(hidden, "/redrive"), status=404, confirm="yes")
            await visitor.send(path(hidden, "/discard"), status=404, confirm="yes", reason="r")
            assert entries(world, hidden) == []
    assert world.queues.sent == []


async def test_whoever_may_not_operate_sees_none_of_it() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1)
    async with visiting(ANALYSTS, world=world) as visitor:
        assert "/quarantine" not in await visitor.page("/policies")
        for refused in ("/quarantine", path(id_)):
            assert "for your group" in await visitor.page(refused, status=403)
        await visitor.send(path(id_, "/redrive"), status=403, confirm="yes")
        await visitor.send(path(id_, "/discard"), status=403, confirm="yes", reason="r")
    assert (entries(world, id_), world.queues.sent) == ([], [])


async def test_a_message_is_shown_as_text_whatever_is_in_it() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1, detail=HOSTILE, kept={"body": HOSTILE, "group": HOSTILE, "attributes": {"a": HOSTILE}})
    async with visiting(world=world) as visitor:
        for shown in (await page(visitor, id_), await visitor.page("/quarantine")):
            assert "<script>alert" not in shown
            assert "\u202e" not in shown
            assert "\\u202egnp.exe\\u0000" in shown


async def test_a_message_that_is_gone_or_unreadable_is_told() -> None:
    world = ConsoleWorld()
    gone, broken = await filed(world, 1), await filed(world, 2, kept={"body": 7})
    world.evidence.objects.pop("quarantine/q1.json")
    async with visiting(world=world) as visitor:
        assert "evidence-missing" in await page(visitor, gone)
        assert "quarantine-unreadable" in await page(visitor, broken)
        assert "Nothing was done: evidence-missing" in await visitor.send(
            path(gone, "/redrive"), status=409, confirm="yes"
        )


async def test_sending_again_asks_first_goes_to_its_queue_and_is_on_the_record() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1, queue="outcomes")
    async with visiting(world=world) as visitor:
        assert "Send this message again?" in await visitor.send(path(id_, "/redrive"), status=200)
        assert (world.queues.sent, entries(world, id_)) == ([], [])
        place = await visitor.send(path(id_, "/redrive"), confirm="yes")
        assert place == f"{ROOT}/quarantine?notice=redriven"
        shown = await page(visitor, id_)
        assert "sent again by" in shown
    (sent,) = world.queues.sent
    assert (sent["QueueUrl"], sent["MessageBody"]) == (QUEUES["outcomes"], '{"a": 1}')
    assert REDRIVEN in sent["MessageAttributes"]
    (entry,) = entries(world, id_)
    assert isinstance(entry, Redriven)
    assert (entry.of, entry.at) == ("q1", NOW)
    assert entry.by.startswith("console/")
    assert OPERATORS not in entry.by


async def test_a_message_without_an_item_goes_again_too() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1, tenant=None)
    async with visiting(world=world) as visitor:
        await visitor.send(path(id_, "/redrive"), confirm="yes")
        assert id_ not in await visitor.page("/quarantine")
    assert [sent["QueueUrl"] for sent in world.queues.sent] == [QUEUES["media-events"]]


async def test_a_queue_that_is_gone_is_told_and_nothing_is_sent() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1, queue="old")
    async with visiting(world=world) as visitor:
        assert "queue-gone" in await visitor.send(path(id_, "/redrive"), status=409, confirm="yes")
    assert world.queues.sent == []


async def test_discarding_asks_first_and_wants_a_reason() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1)
    async with visiting(world=world) as visitor:
        assert "Discard this for good?" in await visitor.send(path(id_, "/discard"), status=200, reason="junk")
        for reason in ("", "   ", "x" * 2_001):
            told = await visitor.send(path(id_, "/discard"), status=400, confirm="yes", reason=reason)
            assert "A reason has 1 to 2,000 characters." in told
        assert entries(world, id_) == []
        place = await visitor.send(path(id_, "/discard"), confirm="yes", reason="<b>a text file</b>")
        assert place == f"{ROOT}/quarantine?notice=discarded"
        assert id_ not in await visitor.page("/quarantine")
        shown = await page(visitor, id_)
        assert "&lt;b&gt;a text file" in shown
        assert "/discard" not in shown
    (entry,) = entries(world, id_)
    assert isinstance(entry, Discarded)
    assert entry.reason == "<b>a text file</b>"
    record = await world.ledger.record(id_)
    assert record is not None
    assert record.summary.status is Status.DISCARDED


async def test_what_has_moved_on_since_is_left_alone() -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1)
    await world.ledger.advance(id_, Status.DONE, NOW + timedelta(hours=1))
    async with visiting(world=world) as visitor:
        for what in ("redrive", "discard"):
            told = await visitor.send(path(id_, f"/{what}"), status=409, confirm="yes", reason="r")
            assert "Nothing was done: is done, not in quarantine" in told
    assert (entries(world, id_), world.queues.sent) == ([], [])


@pytest.mark.parametrize("what", ["redrive", "discard"])
@pytest.mark.parametrize("csrf", ["", "another"])
async def test_a_form_that_another_page_sent_does_nothing(what: str, csrf: str) -> None:
    world = ConsoleWorld()
    id_ = await filed(world, 1)
    async with visiting(world=world) as visitor:
        told = await visitor.send(path(id_, f"/{what}"), status=403, csrf=csrf, confirm="yes", reason="r")
        assert "come from this page" in told
    assert (entries(world, id_), world.queues.sent) == ([], [])


def test_what_can_not_be_seen_is_escaped_and_the_rest_stays() -> None:
    assert (
        printable("a\tb\nc é 🎈 \x1b[31m\u200b\u2028\U000e0041") == "a\tb\nc é 🎈 \\u001b[31m\\u200b\\u2028\\U000e0041"
    )


def test_a_body_is_laid_out_where_it_is_json_and_cut_where_it_is_long() -> None:
    assert body('{"a":{"b":1}}') == ('{\n  "a": {\n    "b": 1\n  }\n}', True)
    assert body("{not json") == ("{not json", True)
    assert body("[" * 100_000)[0] == "[" * SHOWN
    shown, is_whole = body("x" * (SHOWN + 1))
    assert (len(shown), is_whole) == (SHOWN, False)


def test_nothing_is_laid_out_that_grows_out_of_all_proportion() -> None:
    assert body("[" * DEEP + "]" * DEEP)[0].count("\n") == 2 * DEEP - 2
    for deep in ("[" * (DEEP + 1) + "]" * (DEEP + 1), '{"a":' * (DEEP + 1) + "1" + "}" * (DEEP + 1), "[" * 9_000):
        assert body(deep) == (deep, True)
    long = '{"a":' + "[" * 500 + "0," * SHOWN + "0" + "]" * 500 + "}"
    assert body(long) == (long[:SHOWN], False)
