"""The page of one item."""

import logging
import re
from collections.abc import Callable

import pytest

from services.results.console.ports import ROOT
from shared.contracts.words import MediaKind
from shared.errors import Transient
from tests.fakes.console import ANALYSTS, MIXED, SHOP, ConsoleWorld, MemorySpans, ShownMedia
from tests.unit.console.judged import media_id
from tests.unit.console.stories import HOSTILE, TRACES, WORKER, reviewed, traced
from tests.unit.console.visiting import visiting


async def test_it_tells_labels_reasons_answers_and_the_way() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        text = await visitor.page(f"/items/{id_}")
    assert "Weapon Violence at 92.6 is shown to people from 80 on (rule on Violence)" in text
    assert "Alcohol at 71.2 is let pass: below 90" in text
    assert "reviewers ruled in round 1" in text
    assert f"reviewer={WORKER}" in text
    assert "Shown to people, round 1" in text
    assert "1600 × 1067 px" in text
    assert f'href="{ROOT}/policies/standard"' in text


async def test_labels_are_the_taxonomys_tree_each_with_its_own_bar() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        text = await visitor.page(f"/items/{id_}")
    assert re.findall(r'<th scope="row" class="d(\d)">([^<]+)</th><td class="barred">', text) == [
        ("0", "Violence"),
        ("1", "Graphic Violence"),
        ("2", "Weapon Violence"),
        ("0", "Alcohol"),
        ("1", "Alcoholic Beverages"),
    ]
    assert 'class="meter escalate"' in text
    assert 'width="71.20%"' in text


async def test_a_videos_segments_are_told_with_their_times() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world, kind=MediaKind.VIDEO)
    async with visiting(world=world) as visitor:
        text = await visitor.page(f"/items/{id_}")
    assert "Where in the video" in text
    assert "0:00:01.200" in text
    assert "<video src=" in text


async def test_media_are_blurred_and_only_for_those_who_may_see_them() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        shown = await visitor.page(f"/items/{id_}")
        visitor.become(ANALYSTS)
        kept = await visitor.page(f"/items/{id_}")
    assert 'class="veil"' in shown
    assert f"{world.media.origin}/media/shop-media/uploads/cat.jpg?signed" in shown
    assert "may not see media" in kept
    assert world.media.origin not in kept


async def test_who_was_given_media_is_logged_by_pseudonym(caplog: pytest.LogCaptureFixture) -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        with caplog.at_level(logging.INFO):
            await visitor.page(f"/items/{id_}")
            visitor.become(ANALYSTS)
            await visitor.page(f"/items/{id_}")
    (line,) = [line for line in caplog.records if line.message == "media.address_given"]
    assert re.fullmatch(r"console/[0-9a-f]{16}", line.gavel_fields["by"])  # type: ignore[attr-defined]


async def test_media_where_the_stack_shows_nothing_of_are_told_so() -> None:
    world = ConsoleWorld(media=ShownMedia(refuses=True))
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        assert "this stack shows nothing of" in await visitor.page(f"/items/{id_}")


@pytest.mark.parametrize("path", [f"/items/{media_id(1)}", f"/items/{media_id(9)}", "/items/short"])
async def test_another_tenants_item_is_as_if_it_were_not_there(path: str) -> None:
    world = ConsoleWorld()
    await reviewed(world, tenant="blog")
    async with visiting(SHOP, world=world) as visitor:
        assert "There is no such page" in await visitor.page(path, status=404)


async def test_a_right_over_one_tenants_items_is_none_over_anothers() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    async with visiting(MIXED, ANALYSTS, world=world) as visitor:
        assert "may not see media" in await visitor.page(f"/items/{id_}")


async def test_hostile_words_stay_words() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world, key=HOSTILE, label=HOSTILE, rule=HOSTILE)
    world.spans = MemorySpans({id_: [*traced(id_)[:1]]})
    async with visiting(world=world) as visitor:
        for path in (f"/items/{id_}", "/items", "/"):
            text = await visitor.page(path)
            assert "<script>document" not in text
            assert "<img src=x" not in text
        assert "&lt;script&gt;" in await visitor.page(f"/items/{id_}")


async def test_the_trace_is_drawn_with_the_wait_between() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    world.spans = MemorySpans({id_: traced(id_)})
    async with visiting(world=world) as visitor:
        text = await visitor.page(f"/items/{id_}")
    assert "11 spans in 2 traces" in text
    assert "2.0 h until it went on" in text
    assert "ThrottlingException" in text
    assert text.index(TRACES[0]) < text.index("until it went on") < text.index(TRACES[1])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda world: setattr(world, "spans", MemorySpans(fails=True)), "can't be had right now"),
        (lambda world: setattr(world, "spans", MemorySpans()), "may not have been sampled"),
        (lambda world: setattr(world, "spans", None), "no place to look traces up"),
    ],
    ids=["unreachable", "none kept", "no backend"],
)
async def test_without_its_trace_an_item_is_told_all_the_same(
    changed: Callable[[ConsoleWorld], None], told: str
) -> None:
    world = ConsoleWorld()
    changed(world)
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        text = await visitor.page(f"/items/{id_}")
    assert told in text
    assert "reviewers ruled in round 1" in text


async def test_traces_in_a_backend_are_led_to() -> None:
    world = ConsoleWorld(spans=None, trace_url="https://traces.example/{trace_id}?x={xray_id}")
    id_ = await reviewed(world)
    async with visiting(world=world) as visitor:
        text = await visitor.page(f"/items/{id_}")
    xray = f"1-{TRACES[0][:8]}-{TRACES[0][8:]}"
    assert f'href="https://traces.example/{TRACES[0]}?x={xray}"' in text
    assert text.count(TRACES[0]) == 1


async def test_an_outage_is_told_in_words() -> None:
    world = ConsoleWorld()
    id_ = await reviewed(world)
    world.ledger.fail_next("record", Transient("ledger-unreachable"))
    async with visiting(world=world) as visitor:
        assert "be done right now" in await visitor.page(f"/items/{id_}", status=503)
