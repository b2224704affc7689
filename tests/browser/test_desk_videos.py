"""Reviewers of videos at the deployed desk: from an upload to the segments of the verdict."""

import asyncio
import uuid

import pytest
from playwright.async_api import expect
from yarl import URL

from shared.clock import utc_now
from shared.contracts.words import Action
from tests.browser.people import People, Person, Studio, eventually, shot
from tests.videos import make_video

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOUND = "Weapons@1000-2500:71.3,Physical Violence@4000-5500:78.9,Weapons@7000-8500:66.2"


def _upload(studio: Studio) -> str:
    """A video of ten seconds with three segments that a person has to judge; another one every time."""
    seed = uuid.uuid4().int % 1_000_000
    return studio.put(make_video(10.0, seed=seed, faststart=True), FOUND, key=f"{uuid.uuid4().hex}/film.mp4")


async def _press(person: Person, *keys: str) -> None:
    for key in keys:
        await person.page.keyboard.press(key)


async def _watched(person: Person) -> None:
    """From now on the player keeps where it is told to be: whoever looks from outside may look too late."""
    keep = """v => {
      v.times = [];
      for (const told of ["seeked", "timeupdate"]) v.addEventListener(told, () => v.times.push(v.currentTime));
    }"""
    await person.task.locator("video").evaluate(keep)


async def _plays_from(person: Person, at_s: float) -> None:
    """Waits until the player has been within the second and a half that follow."""
    film = person.task.locator("video")

    async def look() -> bool:
        return any(at_s <= time <= at_s + 1.5 for time in await film.evaluate("v => v.times"))

    await eventually(look)


def _segments(studio: Studio, item: str) -> list[tuple[str, int, int]] | None:
    """Label, start and end of each segment of the item's verdict, as soon as it has one."""
    given = studio.client("dynamodb").get_item(
        TableName=studio.stack.outputs["ledger_table"], Key={"pk": {"S": item}, "sk": {"S": "verdict#0001"}}
    )
    if "Item" not in given:
        return None
    listed = [each["M"] for each in given["Item"]["segments"]["L"]]
    return [(each["label"]["S"], int(each["start_ms"]["N"]), int(each["end_ms"]["N"])) for each in listed]


async def test_a_reviewer_jumps_loops_judges_and_adds_by_keyboard(people: People, studio: Studio) -> None:
    item = await asyncio.to_thread(_upload, studio)
    person = await people.signed_in()
    await person.take(item)
    await expect(person.page.get_by_role("heading", name="Review a video")).to_be_visible()
    film = person.task.locator("video")
    assert "blur" in await film.evaluate("v => getComputedStyle(v).filter")
    assert await film.evaluate("v => v.muted && v.paused")
    await shot(person, "video-1280")
    await _watched(person)
    await _press(person, "b", "g", "l", "j")
    await _plays_from(person, 0.5)
    await _press(person, "1", "j")
    await _plays_from(person, 3.5)
    await _press(person, "2", "j", "3")
    await expect(person.task.get_by_label("What it shows instead").nth(2)).to_be_focused()
    await person.page.keyboard.type("Explosions and Blasts")
    await _press(person, "Enter", "p", "n")
    await person.page.keyboard.type("Smoking")
    await _press(person, "Tab")
    await person.page.keyboard.type("9.5")
    await _press(person, "Enter")
    await expect(person.task.locator("#gavel-added")).to_contain_text("Smoking")
    await shot(person, "video-answered-1280")
    await _press(person, "d", "Enter")
    await person.is_told("your answer is in")
    await studio.decided(item, Action.REJECT)
    assert _segments(studio, item) == [
        ("Weapons", 1_000, 2_500),
        ("Explosions and Blasts", 7_000, 8_500),
        ("Smoking", 9_500, 9_500),
    ]
    await person.page.get_by_role("link", name="My work").click()
    await expect(person.page.get_by_role("row").filter(has_text="Smoking")).to_be_visible()


async def test_a_reload_in_the_middle_keeps_what_was_said_and_shows_the_video_again(
    people: People, studio: Studio
) -> None:
    item = await asyncio.to_thread(_upload, studio)
    person = await people.signed_in(viewport={"width": 390, "height": 844}, color_scheme="dark")
    await person.take(item)
    rows = person.task.locator(".gavel-segment")
    # By keyboard: on a phone the page scrolls under each click, and the frame, a process of its own, may not know yet.
    await rows.nth(0).get_by_role("radio", name="Not shown").press("Space")
    await rows.nth(1).get_by_role("radio", name="Shown", exact=True).press("Space")
    await person.task.get_by_label("Label").select_option("Gambling")
    await person.task.get_by_role("button", name="Add").press("Enter")
    kept = "(text) => Object.keys(localStorage).some((key) => localStorage.getItem(key).includes(text))"
    await person.page.wait_for_function(kept, arg="Gambling")
    reloaded_at = f"{utc_now():%Y%m%dT%H%M%SZ}"
    await person.page.reload()
    await person.is_ready()
    await expect(person.task.locator("#gavel-progress")).to_have_text("2 of 3 answered.")
    await expect(person.task.locator("#gavel-added")).to_contain_text("Gambling")
    await shot(person, "video-390")
    source = URL(await person.task.locator("video").get_attribute("src") or "")
    assert source.query["X-Amz-Date"] >= reloaded_at, "signed anew at every opening"
    await _watched(person)
    await person.task.get_by_role("button", name="Next").press("Enter")
    await _plays_from(person, 0.5)
    await rows.nth(2).get_by_role("radio", name="Not shown").press("Space")
    await expect(person.task.locator("#gavel-progress")).to_have_text("3 of 3 answered.")
    await person.task.get_by_role("radio", name="Restrict").press("Space")
    await expect(person.task.get_by_role("radio", name="Restrict")).to_be_checked()
    await person.task.get_by_role("button", name="Submit").press("Enter")
    await studio.decided(item, Action.RESTRICT)
    assert _segments(studio, item) == [("Gambling", 0, 0), ("Physical Violence", 4_000, 5_500)]
