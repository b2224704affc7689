"""Predictions are verified at the desk, by keyboard: what was said is saved as one goes, and never lost."""

import json
from pathlib import Path
from typing import Final

import msgspec
import pytest
from playwright.async_api import Browser, Locator, Route, expect

from shared.verification.counts import LabelCounts
from shared.verification.training import training_images
from shared.verification.words import Predicted, Said, image_id
from tests.browser.desk import Server
from tests.browser.own_pages import OwnPages, own_pages
from tests.fakes.desk import COOKIE
from tests.unit.verification.grids import handed_over
from tests.unit.verification.pictures import SET, TENANT, image

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOTS: Final = Path(__file__).parents[2] / ".gavel" / "screenshots"
PAGE: Final = f"/verify/{TENANT}/{SET}"
IMAGES: Final = [
    image("holiday/beach-0412.jpg", "Swimwear or Underwear", "Female Swimwear or Underwear"),
    image("market/knives.jpg", "Violence", "Weapons"),
    image("party/terrace.jpg", "Alcohol", "Alcoholic Beverages", "Drinking"),
    image("street/crossing.jpg"),
    image("film/stage-fight.png", "Violence", "Graphic Violence", "Weapon Violence", "Visually Disturbing"),
    image("garden/scarecrow.jpg", "Visually Disturbing", "Death and Emaciation", "Corpses"),
    image("casino/table.jpg", "Gambling"),
    *(image(f"more/{n:03}.jpg", "Alcohol") for n in range(24)),
]


def tile(pages: OwnPages, number: int) -> Locator:
    return pages.page.get_by_role("group", name=f"Image {number}", exact=True)


async def opened(pages: OwnPages) -> None:
    await handed_over(pages.verified, pages.parts, IMAGES)
    await pages.show(PAGE)
    await expect(pages.page.get_by_text("0 of 24 on this page answered by you")).to_be_visible()


async def saved(pages: OwnPages) -> None:
    await expect(pages.page.locator("[data-state]")).to_have_text("Saved")


def said(pages: OwnPages, picture: Predicted) -> Said:
    """The newest word that there is on it, whoever's."""
    return [word.said for _, word in pages.verified.added if word.image.source == picture.source][-1]


async def truths(pages: OwnPages) -> dict[str, tuple[str, ...]]:
    return {each.key: each.labels async for each in training_images(pages.verified, TENANT, bucket="media")}


async def test_a_verified_set_is_built_by_keyboard(pages: OwnPages) -> None:
    await opened(pages)
    press, page = pages.page.keyboard.press, pages.page
    await tile(pages, 1).get_by_role("checkbox").focus()
    await press("r")  # every label is right, and on to the next
    await expect(tile(pages, 2).get_by_role("checkbox")).to_be_focused()
    await press("2")  # Weapons: right
    await press("2")  # wrong
    await press("1")  # Violence: right
    await expect(tile(pages, 2)).to_contain_text("partly right")
    await press("ArrowRight")
    await press("w")  # every label is wrong
    await press("w")  # nothing was seen, so that nothing can be wrong: something is missing
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("gambl")
    await expect(dialog.get_by_role("option")).to_have_count(1)
    await press("Enter")
    await expect(tile(pages, 4)).to_contain_text("Gambling")
    await expect(tile(pages, 4).get_by_role("checkbox")).to_be_focused()
    for _ in range(3):  # several at once
        await press("ArrowRight")
    await press("Shift+ArrowLeft")
    await press("Shift+ArrowLeft")
    await expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    await press("w")
    await expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    await press("u")  # undone, all three
    await expect(page.get_by_text("4 of 24 on this page answered by you")).to_be_visible()
    await saved(pages)
    assert await truths(pages) == {
        "holiday/beach-0412.jpg": tuple(sorted(said(pages, IMAGES[0]).truth)),
        "market/knives.jpg": ("Violence",),
        "party/terrace.jpg": (),
        "street/crossing.jpg": ("Gambling",),
    }
    counts = {each.label: each for each in (await pages.verified.counts(TENANT, SET)).labels}
    assert counts["Weapons"] == LabelCounts(label="Weapons", false_positives=1)
    assert counts["Gambling"] == LabelCounts(label="Gambling", false_negatives=1)
    await page.get_by_text("4 verified by everybody").click()
    await expect(page.get_by_role("row", name="Weapons")).to_contain_text("1 of 20")
    # Whoever comes back finds it all, and can still take back what was said last.
    await page.reload()
    await expect(page.get_by_text("4 of 24 on this page answered by you")).to_be_visible()
    await expect(tile(pages, 4).get_by_role("button", name="take it off")).to_be_attached()
    await press("u")
    await saved(pages)
    assert said(pages, IMAGES[3]) == Said()
    await press("n")
    await expect(page.get_by_text("Page 2 of 2")).to_have_count(2)
    await expect(page.get_by_text("0 of 7 on this page answered by you")).to_be_visible()


async def test_what_was_said_without_a_connection_is_saved_later_from_any_page(pages: OwnPages) -> None:
    await opened(pages)

    async def lose(route: Route) -> None:
        await route.abort()

    await pages.page.route("**/words", lose)
    await tile(pages, 7).get_by_role("button", name="Gambling in image 7: right").click()
    await expect(pages.page.locator("[data-state]")).to_contain_text("No connection")
    assert pages.verified.added == []
    await pages.page.reload()
    await expect(tile(pages, 7)).to_contain_text("right")
    await pages.show(f"{PAGE}?page=2")
    await expect(pages.page.locator("[data-state]")).to_contain_text("No connection")
    await pages.page.unroute("**/words")
    await saved(pages)
    assert said(pages, IMAGES[6]).right == ("Gambling",)
    pages.problems[:] = [each for each in pages.problems if "ERR_FAILED" not in each]


async def test_what_cannot_be_seen_cannot_be_answered(pages: OwnPages) -> None:
    async def lose(route: Route) -> None:
        await (route.abort() if route.request.resource_type == "image" else route.continue_())

    await pages.page.route("**/*", lose)
    await opened(pages)
    await expect(tile(pages, 1)).to_contain_text("can't be loaded")
    await tile(pages, 1).get_by_role("checkbox").focus()
    for key in ("r", "w", "1"):
        await pages.page.keyboard.press(key)
    await expect(tile(pages, 1).get_by_role("button", name="in image 1: right").first).to_be_disabled()
    await expect(pages.page.locator("[data-state]")).to_have_text("An image that can't be seen can't be answered.")
    assert pages.verified.added == []
    pages.problems[:] = [each for each in pages.problems if "ERR_FAILED" not in each]


async def test_who_signs_in_again_loses_nothing_that_a_page_opened_before_had_not_sent(pages: OwnPages) -> None:
    await opened(pages)
    state, kept = pages.page.locator("[data-state]"), pages.sessions.kept.pop(COOKIE)
    await tile(pages, 7).get_by_role("button", name="Gambling in image 7: right").click()
    await expect(state).to_contain_text("You are signed out")
    pages.sessions.kept[COOKIE] = msgspec.structs.replace(kept, csrf="of-the-new-session")
    await tile(pages, 2).get_by_role("button", name="Weapons in image 2: right").click()
    await expect(state).to_contain_text("load the page anew")
    assert pages.verified.added == []
    await pages.page.reload()
    await saved(pages)
    assert (said(pages, IMAGES[6]).right, said(pages, IMAGES[1]).right) == (("Gambling",), ("Violence", "Weapons"))
    pages.problems[:] = [each for each in pages.problems if "401" not in each and "403" not in each]


async def test_what_the_desk_cannot_take_of_one_page_costs_nothing_of_another(pages: OwnPages) -> None:
    await opened(pages)
    worker = await pages.page.locator(".verify").get_attribute("data-worker")
    for place in ("/verify/default/gone/words#1", f"{PAGE}/words#99", f"{PAGE}/words#2"):
        word = {"id": "unknown", "right": [], "wrong": [], "missing": [], "seen": True}
        await pages.page.evaluate(
            "([key, words]) => localStorage.setItem(key, words)",
            [f"gavel-answer:verify:{worker}:{place}", json.dumps([word])],
        )
    await tile(pages, 7).get_by_role("button", name="Gambling in image 7: right").click()
    await expect(pages.page.locator("[data-state]")).to_have_class("state warn")
    assert said(pages, IMAGES[6]).right == ("Gambling",)
    left = await pages.page.evaluate("Object.keys(localStorage).map((key) => key.split(':')[3]).sort()")
    assert left == sorted(["/verify/default/gone/words#1", f"{PAGE}/words#99"])
    pages.problems[:] = [each for each in pages.problems if "404" not in each and "409" not in each]


async def test_pictures_are_veiled_until_asked_for_and_nothing_is_preselected(pages: OwnPages) -> None:
    await opened(pages)
    picture = tile(pages, 1).get_by_role("img")
    await expect(picture).to_have_css("filter", "blur(18px) grayscale(1)")
    await tile(pages, 1).get_by_role("checkbox").focus()
    await pages.page.keyboard.press("b")
    await pages.page.keyboard.press("g")
    await expect(picture).to_have_css("filter", "blur(0px) grayscale(0)")
    await expect(tile(pages, 2).get_by_role("img")).to_have_css("filter", "blur(18px) grayscale(1)")
    assert await pages.page.locator("[aria-pressed=true], .verify input:checked").count() == 0


async def test_hostile_names_and_labels_are_only_that_on_the_grid(pages: OwnPages) -> None:
    name = '"><img src=x onerror="document.documentElement.dataset.ran=1"><b>.jpg'
    hostile = image(f"x/{name}", name)
    await handed_over(pages.verified, pages.parts, [hostile])
    await pages.show(PAGE)
    await expect(tile(pages, 1).locator(".name")).to_have_text(f"1. {name}")
    await tile(pages, 1).get_by_role("checkbox").focus()
    await pages.page.keyboard.press("w")
    await saved(pages)
    await pages.page.get_by_text("1 verified by everybody").click()
    await expect(pages.page.get_by_role("rowheader")).to_have_text([name])
    assert list(await pages.verified.states(TENANT, SET, [hostile.source])) == [image_id(hostile.source)]


async def test_the_grid_fits_its_width_in_both_colours(browser: Browser, server: Server) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width in (1280, 390):
        for colours in ("light", "dark"):
            async with own_pages(browser, server, width=width, colours=colours) as pages:
                await opened(pages)
                await tile(pages, 1).get_by_role("checkbox").focus()
                for key in ("r", "2", "2", "1", "ArrowRight", "w", "r"):
                    await pages.page.keyboard.press(key)
                await tile(pages, 4).get_by_role("checkbox").focus()
                for key in ("b", "g", "m"):
                    await pages.page.keyboard.press(key)
                await pages.page.keyboard.type("gam")
                await saved(pages)
                await pages.page.screenshot(path=SHOTS / f"verify-picker-{width}-{colours}.png")
                await pages.page.keyboard.press("Enter")
                await tile(pages, 6).get_by_role("checkbox").check()
                await saved(pages)
                await pages.page.get_by_text("4 verified by everybody").click()
                await pages.page.evaluate("scrollTo(0, 0)")
                await expect(pages.page.get_by_role("button", name="Undo")).to_be_in_viewport(ratio=1)
                await pages.page.screenshot(path=SHOTS / f"verify-{width}-{colours}.png", full_page=True)
                wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert await pages.page.evaluate(wide) <= 0, "the page has to be scrolled sideways"
                await pages.show("/verify")
                await pages.page.screenshot(path=SHOTS / f"verify-sets-{width}-{colours}.png")
                assert await pages.page.evaluate(wide) <= 0, "the list of sets has to be scrolled sideways"
                assert pages.problems == []
