"""The list of items, with the API's filters and paging."""

import re

import pytest

from services.results.console.ports import ROOT
from tests.fakes.console import SHOP, ConsoleWorld
from tests.unit.console.judged import judged, media_id
from tests.unit.console.stories import reviewed
from tests.unit.console.visiting import visiting


def listed(text: str) -> list[str]:
    return re.findall(rf'class="mono" href="{ROOT}/items/([a-z]+)"', text)


async def some(world: ConsoleWorld) -> None:
    for number in range(1, 6):
        await judged(world, number, tenant="shop" if number % 2 else "blog")


async def test_the_newest_come_first_and_filters_are_the_apis() -> None:
    world = ConsoleWorld()
    await some(world)
    await reviewed(world, 7, label="Smoking")
    async with visiting(world=world) as visitor:
        assert listed(await visitor.page("/items")) == [media_id(number) for number in (1, 2, 3, 4, 5, 7)]
        assert listed(await visitor.page("/items", tenant="blog")) == [media_id(2), media_id(4)]
        assert listed(await visitor.page("/items", verdict="reject", label="Smoking")) == [media_id(7)]
        # A form sends its empty fields too.
        assert len(listed(await visitor.page("/items?status=&tenant=", label=" "))) == 6


async def test_pages_follow_each_other_without_a_gap() -> None:
    world = ConsoleWorld()
    await some(world)
    found: list[str] = []
    async with visiting(world=world) as visitor:
        text = await visitor.page("/items", limit="2")
        while True:
            found += listed(text)
            more = re.search(rf'href="{ROOT}(/items\?[^"]+)" rel="next"', text)
            if more is None:
                break
            text = await visitor.page(more[1].replace("&amp;", "&"))
    assert found == [media_id(number) for number in range(1, 6)]


async def test_other_tenants_items_are_in_no_list_and_their_names_in_no_filter() -> None:
    world = ConsoleWorld()
    await some(world)
    async with visiting(SHOP, world=world) as visitor:
        text = await visitor.page("/items")
        assert listed(text) == [media_id(number) for number in (1, 3, 5)]
        assert "blog" not in text
        refused = await visitor.page("/items", status=400, tenant="blog")
        assert listed(refused) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("label", "Wepons", "did you mean `Weapons`?"),
        ("since", "yesterday", "isn&#39;t a time"),
        ("verdict", "<b>", "is one of"),
        ("after", "!", "isn&#39;t the `next`"),
        ("limit", "0", "is a number from 1"),
    ],
)
async def test_mistakes_are_told_beside_what_was_written(name: str, value: str, told: str) -> None:
    async with visiting() as visitor, visitor.http.get(f"{ROOT}/items", params={name: value}) as answer:
        assert answer.status == 400
        text = await answer.text()
    assert told in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("a" * 26, f"{ROOT}/items/{'a' * 26}"),
        (f"  {'A' * 26} ", f"{ROOT}/items/{'a' * 26}"),
        ("//elsewhere.example", f"{ROOT}/items?notice=no-id"),
        ("", f"{ROOT}/items?notice=no-id"),
    ],
)
async def test_the_search_opens_an_item_by_its_id(written: str, place: str) -> None:
    async with visiting() as visitor:
        assert await visitor.place("/find", id=written) == place
