"""The desk's own pages: whatever tasks, answers and addresses hold is text, and every page fits people's browsers."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from services.review.desk.domain.loops import About
from services.review.desk.domain.work import Exposure, Given
from services.review.desk.ports import Task
from services.review.templates.generate import image_custom, image_integrated
from shared.clock import utc_now
from shared.contracts.words import BackendName
from shared.identity import loop_name
from tests.browser.desk import Server
from tests.browser.own_pages import OwnPages, own_pages
from tests.browser.test_hostile import HOSTILE
from tests.browser.test_screenshots import FOLDER
from tests.fakes.desk import GROUP, WRONG, MemoryNotebook, MemoryTasks
from tests.unit.desk.cases import STANDARD, custom_input, integrated_input

pytestmark = pytest.mark.asyncio(loop_scope="session")


def task(number: int, *, held: bool = False, **about: Any) -> Task:
    now = utc_now()
    values: dict[str, Any] = {
        "title": "Review an image",
        "kind": "image",
        "category": "Violence",
        "severity": 53,
    } | about
    return Task(
        name=loop_name(f"{number:026d}".replace("0", "a").replace("1", "b"), "0123abcd", 1),
        backend=BackendName.DESK,
        group=GROUP,
        about=About(**values),
        created_at=now - timedelta(minutes=3 * number + 2),
        expires_at=now + timedelta(hours=20),
        is_open=True,
        free=0 if held else 1,
        accepted_at=now if held else None,
        held_until=now + timedelta(minutes=30) if held else None,
    )


def given(content: Any, *, title: str = "Review an image") -> Given:
    told = json.dumps(content, ensure_ascii=False)
    return Given(loop=task(1).name, title=title, kind="image", content=told, spent_s=41.5, at=utc_now())


def listed(tasks: MemoryTasks, *added: Task) -> None:
    tasks.tasks |= {each.name: each for each in added}


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser, server: Server) -> AsyncIterator[OwnPages]:
    async with own_pages(browser, server) as pages:
        yield pages
        assert await pages.page.locator("html").get_attribute("data-ran") is None
        assert not [key for key in server.asked if "leak" in key]
        assert pages.problems == []


def shown(text: str) -> str:
    """As people read it, whatever space is between."""
    return " ".join(text.split())


async def _texts(pages: OwnPages, selector: str) -> list[str]:
    texts: list[str] = await pages.page.locator(selector).evaluate_all("all => all.map(each => each.textContent)")
    return [shown(text) for text in texts]


async def test_hostile_names_are_only_names_on_the_list(pages: OwnPages) -> None:
    for number, name in enumerate(HOSTILE):
        listed(pages.tasks, task(number, title=name, kind=name, category=name))
    await pages.show("/")
    for selector in (".kind", ".what strong", ".tag"):
        assert await _texts(pages, selector) == [shown(name) for name in HOSTILE], selector
    first = pages.page.get_by_role("button", name="Take:").first
    assert await first.get_attribute("aria-label") == f"Take: {HOSTILE[0]}, severity 53, waiting 2 min"
    await first.click()
    await expect(pages.page.get_by_role("heading", level=1)).to_have_text(HOSTILE[0])


async def test_hostile_answers_are_only_answers_among_ones_own(pages: OwnPages) -> None:
    for name in HOSTILE:
        content = {"comment": name, name: {"labels": [name]}}
        pages.notebook.given_before.append(given(content, title=name))
    await pages.show("/mine")
    rows = await _texts(pages, "tbody tr td:nth-child(3)")
    assert rows == [shown(name if len(name) <= 200 else f"{name[:199]}…") for name in HOSTILE]
    assert await _texts(pages, "tbody tr td:nth-child(2)") == [shown(name) for name in HOSTILE]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_and_drafts_are_only_that_beside_a_task(pages: OwnPages, name: str) -> None:
    held = task(1, held=True, title=name, category=name)
    listed(pages.tasks, held)
    pages.notebook.held = (held.name,)
    pages.notebook.drafts[held.name] = json.dumps({"comment": name})
    pages.tasks.template = "<crowd-form><textarea name='comment'></textarea></crowd-form>"
    await pages.show(f"/tasks/{held.name}")
    frame = pages.page.frame_locator("#frame")
    await expect(frame.get_by_role("textbox")).to_have_value(name)
    assert shown(await pages.page.get_by_role("heading", level=1).inner_text()) == shown(name)
    assert shown(name) in shown(await pages.page.locator(".head .quiet").first.inner_text())
    assert json.loads(await pages.page.locator("[data-draft]").get_attribute("data-draft") or "") == {"comment": name}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_put_into_an_address_is_neither_run_nor_told_back(pages: OwnPages, name: str) -> None:
    for path in (f"/tasks/{quote(name, safe='')}", f"/{quote(name, safe='')}"):
        await pages.show(path)
        await expect(pages.page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    await pages.show(f"/?notice={quote(name)}")
    await expect(pages.page.get_by_role("heading", level=1)).to_have_text("Tasks")
    await expect(pages.page.locator(".notice")).to_have_count(0)
    pages.problems[:] = [each for each in pages.problems if "404" not in each]


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_typed_into_the_door_is_only_text(pages: OwnPages, name: str) -> None:
    await pages.page.context.clear_cookies()
    await pages.show(f"/sign-in?next=/{quote(name)}")
    await pages.page.locator("form").evaluate("form => form.noValidate = true")
    # A field for an address drops line ends and space at its ends by itself, as the desk does.
    typed = shown(name.replace("\n", "").replace("\u2028", ""))
    await pages.page.get_by_label("E-mail address").evaluate(
        "(field, text) => { field.type = 'text'; field.value = text }", typed
    )
    await pages.page.get_by_label("Password").fill(WRONG)
    await pages.page.get_by_role("button", name="Sign in").click()
    await expect(pages.page.get_by_role("alert")).to_contain_text("That isn't right")
    assert await pages.page.get_by_label("E-mail address").get_attribute("value") == typed
    pages.problems[:] = [each for each in pages.problems if "401" not in each]


async def test_a_refused_form_says_nothing_of_what_was_in_it(pages: OwnPages) -> None:
    listed(pages.tasks, task(1))
    await pages.show("/")
    await pages.page.locator('input[name="csrf"]').evaluate_all(
        "(all, text) => all.forEach(e => e.value = text)", HOSTILE[2]
    )
    await pages.page.get_by_role("button", name="Take:").click()
    await expect(pages.page.get_by_role("heading", level=1)).to_have_text("That didn't come from this page")
    assert "onerror" not in await pages.page.content()
    pages.problems[:] = [each for each in pages.problems if "403" not in each]


async def test_a_template_that_cannot_be_shown_ends_its_task_and_says_so(pages: OwnPages) -> None:
    listed(pages.tasks, task(1))
    pages.tasks.template = "<crowd-form>{{ task.input.nothing | grant_read_access }}</crowd-form>"
    await pages.show("/")
    await pages.page.get_by_role("button", name="Take:").click()
    await expect(pages.page.get_by_role("status")).to_contain_text("That task can't be shown")
    ((code, reason),) = pages.tasks.failed.values()
    assert (code, reason) == ("ValidationError", 'line 1: "grant_read_access" input is not a valid S3 URI')


async def test_the_list_is_of_the_most_urgent_and_tells_how_many_more_there_are(pages: OwnPages) -> None:
    for number in range(60):
        listed(pages.tasks, task(number))
    held = task(70, held=True)
    listed(pages.tasks, held)
    pages.tasks.behind = 4_940
    pages.notebook.held = (held.name,)
    await pages.show("/")
    await expect(pages.page.locator(".task")).to_have_count(50)
    await expect(pages.page.locator(".task").first).to_contain_text("Go on")
    await expect(pages.page.get_by_text("4,951 more wait behind them")).to_be_visible()


async def test_a_short_list_tells_of_nothing_behind_it(pages: OwnPages) -> None:
    listed(pages.tasks, task(1))
    await pages.show("/")
    await expect(pages.page.get_by_text("wait behind them")).to_have_count(0)


def _a_full_day(tasks: MemoryTasks, notebook: MemoryNotebook) -> None:
    """Tasks of every kind on the list, one's own first, and what there is after some hours."""
    held = task(4, held=True, severity=91, category="Explicit Nudity")
    notebook.held = (held.name,)
    notebook.seen = Exposure(day=f"{utc_now():%Y-%m-%d}", today=57, since_break=43, last_at=utc_now())
    long = "Non-Explicit Nudity of Intimate parts and Kissing"
    listed(
        tasks,
        held,
        task(700, severity=88, round=2),
        task(90, severity=71, kind="video", title="Review a video", category=long),
        replace(task(30, severity=64), free=0),
        task(2, severity=12, category=""),
    )
    tasks.behind = 1_234
    rulings = [{"ruling": {"reject": True}, "labels": {"Weapon Violence": True, "Drinking": False}}] * 3
    notebook.given_before = [
        given(each) for each in [*rulings, {"noneOfThese": {"yes": True}, "ruling": {"approve": True}}]
    ]


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_time_left_and_the_ways_out_stay_in_view(browser: Browser, server: Server, width: int) -> None:
    async with own_pages(browser, server, width=width) as pages:
        _a_full_day(pages.tasks, pages.notebook)
        pages.tasks.template, pages.tasks.task_input = image_custom(STANDARD), custom_input()
        await pages.show(f"/tasks/{pages.notebook.held[0]}")
        await expect(pages.page.frame_locator("#frame").get_by_role("button", name="Submit")).to_be_visible()
        await pages.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        await expect(pages.page.get_by_role("timer")).to_be_in_viewport()
        await pages.page.get_by_text("Decline…").click()
        await expect(pages.page.get_by_role("button", name="Decline this task")).to_be_in_viewport()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
async def test_every_page_fits_its_width(
    browser: Browser, server: Server, width: int, colours: Literal["light", "dark"]
) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {
        "custom": (image_custom(STANDARD), custom_input()),
        "integrated": (image_integrated(STANDARD), integrated_input()),
    }
    async with own_pages(browser, server, width=width, colours=colours) as pages:
        _a_full_day(pages.tasks, pages.notebook)
        places = {"list": "/", "mine": "/mine", "problem": "/nothing", "free": f"/tasks/{task(2).name}"}
        places |= dict.fromkeys(made, f"/tasks/{pages.notebook.held[0]}")
        for name, path in places.items():
            pages.tasks.template, pages.tasks.task_input = made.get(name, ("", {}))
            await pages.show(path)
            if name in made:
                await expect(pages.page.frame_locator("#frame").get_by_role("button", name="Submit")).to_be_visible()
            await pages.page.screenshot(path=FOLDER / f"desk-{name}-{width}-{colours}.png", full_page=True)
            for frame in pages.page.frames:
                wide = await frame.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert wide <= 0, f"{name} has to be scrolled sideways"
