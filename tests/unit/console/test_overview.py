"""The whole flow at a glance."""

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from services.results.console.domain.flow import Flow, outcome
from services.results.console.ports import Depth
from services.results.console.web import overview
from shared.contracts.words import Action, Choice, DecidedBy, MediaKind, Status
from shared.errors import Transient
from shared.ledger.record import Judged, Summary
from tests.fakes.console import NOW, SHOP, ConsoleWorld, MemoryDepths
from tests.unit.console.judged import judged
from tests.unit.console.visiting import visiting

STANDARD: Final = (Path(__file__).parents[3] / "infra" / "policies" / "standard.yaml").read_text(encoding="utf-8")


def tile(text: str, title: str) -> str:
    found = re.search(rf"<dt>{title}</dt><dd>([^<]*)</dd>", text)
    assert found, title
    return found[1]


def summary(minutes: float, **changes: object) -> Summary:
    at = NOW - timedelta(minutes=minutes)
    values: dict[str, object] = {
        "media_id": "m",
        "status": Status.DONE,
        "tenant": "shop",
        "received_at": at,
        "updated_at": at + timedelta(seconds=2),
        "verdict": Action.APPROVE,
        "verdict_number": 1,
        "kind": MediaKind.IMAGE,
        "judged": Judged(decided_by=DecidedBy.MODEL),
    }
    return Summary(**values | changes)  # type: ignore[arg-type]  # as the tests say


def test_items_fall_into_the_stretch_that_they_came_in() -> None:
    flow = Flow(NOW - timedelta(hours=1), NOW, 12)
    for minutes in (59.9, 30.1, 0.1, 0.0, -0.01):
        flow.add(summary(minutes))
    assert [slot.items for slot in flow.slots] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 3]
    assert flow.totals["items"] == 5


@pytest.mark.parametrize(
    ("status", "verdict", "told"),
    [
        (Status.DONE, Action.REJECT, "reject"),
        (Status.REVIEWING, None, "in review"),
        (Status.APPEALED, Action.REJECT, "in review"),
        (Status.QUARANTINED, None, "quarantined"),
        (Status.DISCARDED, None, "quarantined"),
        (Status.MODERATING, None, "under way"),
    ],
)
def test_every_item_comes_to_one_outcome(status: Status, verdict: Action | None, told: str) -> None:
    assert outcome(summary(1, status=status, verdict=verdict)) == told


def test_latencies_are_of_what_took_no_person_and_costs_of_what_was_looked_at() -> None:
    flow = Flow(NOW - timedelta(hours=1), NOW, 2)
    for seconds in (1, 2, 3, 4):
        at = NOW - timedelta(minutes=5)
        flow.add(summary(5, updated_at=at + timedelta(seconds=seconds)))
    flow.add(summary(5, updated_at=NOW, judged=Judged(decided_by=DecidedBy.HUMAN)))
    flow.add(summary(5, verdict_number=2))
    flow.add(summary(50, judged=Judged(decided_by=DecidedBy.REUSE)))
    flow.add(summary(50, judged=Judged(decided_by=DecidedBy.REUSE)))
    assert flow.slots[1].percentile(50) == 2
    assert flow.slots[1].percentile(99) == 4
    # Six of eight at a dollar a thousand.
    assert flow.detection_usd_per_thousand == pytest.approx(0.75)


def test_of_nothing_there_is_nothing_to_tell() -> None:
    flow = Flow(NOW - timedelta(hours=1), NOW, 2)
    assert flow.slots[0].percentile(99) is None
    assert flow.detection_usd_per_thousand is None


async def test_it_counts_what_came_in_and_what_became_of_it() -> None:
    world = ConsoleWorld()
    for number in range(1, 5):
        await judged(world, number, verdict=Action.REJECT if number == 1 else Action.APPROVE)
    await judged(world, 6, answers={"a" * 16: Action.REJECT}, verdict=Action.REJECT)
    async with visiting(world=world) as visitor:
        text = await visitor.page("/")
        assert tile(text, "Items") == "5"
        assert tile(text, "Seen by people") == "20.0 %"
        assert tile(await visitor.page("/", period="1h"), "Items") == "1"
        assert 'data-outcome="reject"' in text
        assert text.count('<tr><th scope="row" class="time">') == 48


async def test_a_number_leads_to_the_items_that_it_counts() -> None:
    world = ConsoleWorld()
    for number, tenant in ((1, "shop"), (2, "shop"), (3, "blog"), (30, "shop")):
        await judged(world, number, tenant=tenant, verdict=Action.REJECT)
    async with visiting(world=world) as visitor:
        found = re.search(r'href="/console(/items\?verdict=reject[^"]+)"', await visitor.page("/", tenant="shop"))
        assert found
        listed = await visitor.page(html.unescape(found[1]))
    assert listed.count('<td class="whole">') == 2


async def test_what_waits_for_people_is_told_with_what_is_late() -> None:
    world = ConsoleWorld()
    ref = world.history.deploy(STANDARD.replace("review:", "review:\n  target_s: 14400"), NOW - timedelta(days=9))
    for number in (1, 3, 60):
        id_ = await judged(world, number, choice=Choice.ESCALATE, verdict=None, policy=ref)
        await world.ledger.advance(id_, Status.REVIEWING, NOW - timedelta(hours=number))
    async with visiting(world=world) as visitor:
        text = await visitor.page("/")
    assert tile(text, "Waiting for people") == "3"
    assert tile(text, "Of these late") == "1"
    assert "66.7 % within their target" in text
    assert "2.5 d, late" in text


async def test_ones_own_cases_are_found_behind_others_or_it_is_said_that_not_all_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overview, "CASES", 1)
    world = ConsoleWorld()
    for number, tenant in ((9, "blog"), (8, "blog"), (7, "shop"), (6, "shop")):
        id_ = await judged(world, number, tenant=tenant, choice=Choice.ESCALATE, verdict=None)
        await world.ledger.advance(id_, Status.REVIEWING, NOW - timedelta(hours=number))
    async with visiting(SHOP, world=world) as visitor:
        assert "1+ in all, the oldest for 7.0 h" in await visitor.page("/")
        monkeypatch.setattr(overview, "CASES_LOOKED_AT", 2)
        text = await visitor.page("/")
    assert tile(text, "Waiting for people") == "0+"
    assert "not all that wait were looked at" in text
    assert "Nothing waits" not in text


async def test_a_tenants_operators_see_their_own_flow_alone_and_no_queues() -> None:
    world = ConsoleWorld(depths=MemoryDepths([Depth(queue="outcomes", waiting=7, under_way=0, dead_letters=0)]))
    for number in range(1, 6):
        await judged(world, number, tenant="shop" if number % 2 else "blog")
    async with visiting(SHOP, world=world) as visitor:
        for path in ("/", "/?tenant=blog"):
            text = await visitor.page(path)
            assert tile(text, "Items") == "3"
            assert "blog" not in text
            assert "outcomes" not in text


async def test_queues_are_told_and_one_that_has_dead_letters_stands_out() -> None:
    depths = [
        Depth(queue="media-events", waiting=1_204, under_way=32, dead_letters=0),
        Depth(queue="outcomes", waiting=0, under_way=0, dead_letters=3),
    ]
    async with visiting(world=ConsoleWorld(depths=MemoryDepths(depths))) as visitor:
        text = await visitor.page("/")
    assert "1,204" in text
    assert '<td class="number late">3</td>' in text


async def test_one_parts_outage_leaves_the_others_be() -> None:
    world = ConsoleWorld(depths=MemoryDepths(fails=True))
    await judged(world, 1)
    world.ledger.fail_next("by_status", Transient("ledger-unreachable"))
    async with visiting(world=world) as visitor:
        text = await visitor.page("/")
    assert "SQS doesn&#39;t answer right now" in text or "SQS doesn't answer right now" in text
    assert tile(text, "Items") == "1"


async def test_what_waits_and_the_queues_are_told_while_the_search_is_out() -> None:
    depth = Depth(queue="media-events", waiting=1_204, under_way=0, dead_letters=0)
    world = ConsoleWorld(depths=MemoryDepths([depth]), search_fails=True)
    id_ = await judged(world, 1, choice=Choice.ESCALATE, verdict=None)
    await world.ledger.advance(id_, Status.REVIEWING, NOW)
    async with visiting(world=world) as visitor:
        text = await visitor.page("/")
    assert "What came in can't be counted right now" in text
    assert tile(text, "Waiting for people") == "1"
    assert "1,204" in text
    assert "<dt>Items</dt>" not in text


async def test_a_look_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "LOOKED_AT", 4)
    monkeypatch.setattr(overview, "PAGE", 2)
    world = ConsoleWorld()
    for number in range(1, 9):
        await judged(world, number)
    async with visiting(world=world) as visitor:
        text = await visitor.page("/")
    assert "There were more than 4 items" in text
    assert tile(text, "Items") == "4"
