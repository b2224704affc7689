"""The overview, the list of items and an item's page as operators use them, by mouse and by keyboard."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest
from playwright.async_api import Browser, expect

from services.results.console.ports import Depth
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.ledger.record import Judged
from tests.browser.console_pages import console_pages
from tests.browser.desk import Server
from tests.fakes.console import NOW, ConsoleWorld, MemoryDepths, MemorySpans, ShownMedia
from tests.unit.cli.test_items import SUBMISSION
from tests.unit.console.stories import HOSTILE, reviewed, traced

pytestmark = pytest.mark.asyncio(loop_scope="session")

STANDARD: Final = Path(__file__).parents[2] / "infra" / "policies" / "standard.yaml"
POLICY: Final = STANDARD.read_text(encoding="utf-8").replace("review:", "review:\n  target_s: 14400")
LABELS: Final = (
    "Explicit Nudity",
    "Weapons",
    "Alcohol",
    "Graphic Violence",
    "Hate Symbols",
    "Smoking",
    "Rude Gestures",
)
QUEUES: Final = (
    *("media-events", "moderation-requests", "moderation-backfill", "video-requests", "video-completions"),
    *("review-requests", "human-loop-events", "outcomes"),
)


async def busy_day(world: ConsoleWorld) -> None:
    """Three hundred items, more of them by day than by night, as a stack that does well has them."""
    ref = world.history.deploy(POLICY, NOW - timedelta(days=9))
    chance = random.Random(7)  # noqa: S311  nothing secret
    for number in range(300):
        id_ = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))
        at = NOW - timedelta(hours=24 * chance.betavariate(2, 2), seconds=1)
        await world.ledger.open(
            id_, msgspec.structs.replace(SUBMISSION, at=at, policy=ref, tenant="shop" if number % 3 else "blog")
        )
        verdict = chance.choices(list(Action), (80, 8, 12))[0]
        by = chance.choices((DecidedBy.MODEL, DecidedBy.REUSE, DecidedBy.HUMAN), (80, 12, 8))[0]
        labels = () if verdict is Action.APPROVE else tuple(chance.sample(LABELS, 2))
        took = chance.lognormvariate(0.2, 0.5) if by is not DecidedBy.HUMAN else chance.uniform(300, 9_000)
        if number % 30 == 0:
            await world.ledger.advance(id_, Status.REVIEWING, at)
            continue
        await world.ledger.advance(
            id_,
            Status.DONE,
            at + timedelta(seconds=took),
            verdict=verdict,
            verdict_number=1,
            judged=Judged(
                decided_by=by, labels=labels, reviewers=("0123456789abcdef",) if by is DecidedBy.HUMAN else ()
            ),
        )


async def test_the_overview_shows_the_flow_in_charts_and_tables(browser: Browser) -> None:
    depths = [
        Depth(
            queue=name, waiting=(3, 41, 1_204, 0, 2, 7, 0, 0)[place], under_way=place * 3 % 7, dead_letters=place == 4
        )
        for place, name in enumerate(QUEUES)
    ]
    world = ConsoleWorld(depths=MemoryDepths(depths))
    await busy_day(world)
    async with console_pages(browser, world) as console:
        page = console.page
        await console.show("/")
        # A canvas that was drawn on isn't one colour.
        for chart in await page.locator("canvas").all():
            drawn = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
            assert await chart.evaluate(drawn) > 8
        await console.looked_at("overview")
        await page.get_by_text("As a table").first.click()
        await expect(page.get_by_role("table").first.get_by_role("row")).to_have_count(25)
        await page.get_by_role("link", name="7d", exact=True).click()
        await expect(page.get_by_role("link", name="7d", exact=True)).to_have_attribute("aria-current", "true")
        await page.get_by_label("Tenant").select_option("blog")
        await expect(page.locator(".tiles dd").first).to_have_text("100")
        await expect(page.get_by_role("link", name="7d", exact=True)).to_have_attribute("aria-current", "true")


async def test_items_are_found_by_filters_and_by_the_keyboard_alone(browser: Browser) -> None:
    world = ConsoleWorld()
    await busy_day(world)
    id_ = await reviewed(world, label="Weapon Violence")
    async with console_pages(browser, world) as console:
        page = console.page
        await console.show("/items")
        await console.looked_at("items")
        await page.get_by_label("Label").fill("Weapon Violence")
        await page.get_by_role("button", name="Find").click()
        await expect(page.locator("tbody tr")).to_have_count(1)
        await page.get_by_role("link", name="Reset").click()
        await page.get_by_role("link", name="Older").click()
        await expect(page.get_by_role("link", name="Newest")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await page.keyboard.type(id_)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text(id_)
        await console.show("/items?label=Wepons&since=yesterday")
        await expect(page.get_by_role("alert")).to_have_count(2)
        await console.looked_at("items-mistakes")


async def test_an_item_is_shown_blurred_explained_and_traced(browser: Browser, server: Server) -> None:
    world = ConsoleWorld(media=ShownMedia(server.origin))
    id_ = await reviewed(world, key="street.jpg")
    world.spans = MemorySpans({id_: traced(id_)})
    async with console_pages(browser, world) as console:
        page = console.page
        await console.show(f"/items/{id_}")
        media = page.locator(".veil img")
        blurred = "img => getComputedStyle(img).filter"
        assert await media.evaluate(blurred) == "blur(22px) grayscale(1)"
        await console.looked_at("item")
        await page.get_by_label("Show clearly").check()
        await page.get_by_label("Show colours").check()
        assert await media.evaluate(blurred) == "none"
        await expect(page.locator(".wait")).to_contain_text("until it went on")
        bars = await page.locator(".lane rect:first-child").evaluate_all(
            "all => all.map(r => r.getBoundingClientRect().width)"
        )
        assert len(bars) == 11
        assert max(bars) > 100


async def test_hostile_words_run_nothing(browser: Browser, server: Server) -> None:
    world = ConsoleWorld(media=ShownMedia(server.origin))
    id_ = await reviewed(world, key=HOSTILE, label=HOSTILE, rule=HOSTILE, kind=MediaKind.VIDEO)
    async with console_pages(browser, world) as console:
        await console.show(f"/items/{id_}")
        await console.looked_at("item-hostile")
        assert await console.page.locator("html").get_attribute("data-ran") is None
