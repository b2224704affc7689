"""The desk's own pages as people work with them: what is on the list, who sees it, and whether it fits the browser."""

import re
from dataclasses import replace
from typing import Literal

import pytest
from playwright.async_api import Browser, FrameLocator, expect

from services.review.desk.domain.loops import Refusal
from services.review.desk.domain.work import Exposure
from services.review.templates.generate import image_custom, image_integrated
from shared.clock import utc_now
from shared.declines import DeclineReason
from shared.signin.ports import Session
from tests.browser.desk import Server
from tests.browser.own_pages import OwnPages, given, listed, own_pages, task
from tests.browser.test_screenshots import FOLDER
from tests.fakes.desk import ANOTHER, COOKIE, CSRF, EXPIRED, GROUP, MemoryNotebook, MemoryTasks
from tests.unit.desk.cases import STANDARD, custom_input, integrated_input

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def test_a_task_of_another_team_is_not_there(pages: OwnPages) -> None:
    name = task(1).name
    listed(pages.tasks, replace(task(1, held=True), group="gavel-test-others"))
    pages.notebook.held = (name,)  # from before the team was changed
    await pages.show("/")
    await expect(pages.page.locator(".task")).to_have_count(0)
    for what in ("claim", "answer", "draft", "release", "decline"):
        assert await pages.send(f"/tasks/{name}/{what}", answerContent="{}", reason="too-much") == 404, what
    for path in (f"/tasks/{name}", f"/tasks/{name}/frame"):
        await pages.show(path)
        await expect(pages.page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert list(pages.tasks.tasks) == [name]
    pages.problems[:] = [each for each in pages.problems if "404" not in each]


async def test_a_token_that_has_expired_opens_nothing(pages: OwnPages) -> None:
    listed(pages.tasks, task(1, held=True))
    pages.sessions.kept[COOKIE] = Session(csrf=CSRF, token=EXPIRED)
    await pages.show(f"/tasks/{task(1).name}")
    await expect(pages.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await pages.send(f"/tasks/{task(1).name}/answer", answerContent="{}") == 401
    assert task(1).name in pages.tasks.tasks
    pages.problems[:] = [each for each in pages.problems if "401" not in each]


async def test_a_decline_has_one_of_the_reasons(pages: OwnPages) -> None:
    held = task(1, held=True)
    listed(pages.tasks, held)
    await pages.show("/")
    assert await pages.send(f"/tasks/{held.name}/decline", reason="<script>") == 400
    assert pages.notebook.declined == {}
    await pages.show(f"/tasks/{held.name}")
    await pages.page.get_by_text("Decline…").click()
    await pages.page.get_by_label("Why?").select_option("I know somebody in it")
    await pages.page.get_by_role("button", name="Decline this task").click()
    await expect(pages.page.get_by_role("status")).to_contain_text("You declined the task")
    assert pages.notebook.declined == {held.name: DeclineReason.KNOWS_SOMEBODY}
    await expect(pages.page.locator(".task")).to_have_count(0)
    pages.problems[:] = [each for each in pages.problems if "400" not in each]


async def test_a_break_is_proposed_after_so_many_items_and_not_before(pages: OwnPages) -> None:
    for seen, reminders in ((39, 0), (40, 1)):
        pages.notebook.seen = Exposure(day=f"{utc_now():%Y-%m-%d}", today=seen, since_break=seen, last_at=utc_now())
        await pages.show("/")
        await expect(pages.page.get_by_text("Time for a break.")).to_have_count(reminders)
        await expect(pages.page.get_by_text(f"{seen} seen")).to_be_visible()


async def test_how_media_begin_is_each_reviewers_own_choice(pages: OwnPages) -> None:
    held = task(1, held=True)
    listed(pages.tasks, held)
    pages.tasks.template, pages.tasks.task_input = image_custom(STANDARD), custom_input()
    picture = pages.page.frame_locator("#frame").get_by_alt_text("The image to review")
    await pages.show(f"/tasks/{held.name}")
    await expect(picture).to_have_css("filter", re.compile(r"blur\([1-9].*grayscale\(1\)"))
    await pages.show("/mine")
    await pages.page.get_by_label("Blurred until I ask").uncheck()
    await pages.page.get_by_role("button", name="Save").click()
    await expect(pages.page.get_by_role("status")).to_contain_text("Saved")
    await pages.show(f"/tasks/{held.name}")
    await expect(picture).to_have_css("filter", re.compile(r"blur\(0px\) grayscale\(1\)"))


async def _open_picture(pages: OwnPages) -> FrameLocator:
    await pages.show(f"/tasks/{task(1).name}")
    frame = pages.page.frame_locator("#frame")
    await expect(frame.get_by_role("button", name="Submit")).to_be_visible()
    return frame


async def _restrict(frame: FrameLocator) -> None:
    await frame.get_by_role("radio", name="Restrict").check()
    await frame.get_by_role("checkbox", name="None of these").check()
    await frame.get_by_role("button", name="Submit").click()


async def test_an_answer_that_waits_in_the_browser_is_only_its_reviewers(pages: OwnPages) -> None:
    listed(pages.tasks, task(1, held=True))
    pages.tasks.template, pages.tasks.task_input = image_custom(STANDARD), custom_input()
    frame = await _open_picture(pages)
    pages.sessions.kept[COOKIE] = Session(csrf=CSRF, token=EXPIRED)
    await _restrict(frame)
    await expect(pages.page.get_by_text("Your answer is kept here: sign in again")).to_be_visible()
    pages.sessions.kept[COOKIE] = Session(csrf=CSRF, token=ANOTHER)
    frame = await _open_picture(pages)
    await expect(frame.get_by_role("radio", name="Restrict")).not_to_be_checked()
    pages.sessions.kept[COOKIE] = Session(csrf=CSRF, token=GROUP)
    await pages.show(f"/tasks/{task(1).name}")
    await expect(pages.page.get_by_role("status")).to_contain_text("your answer is in")
    # Being signed out, and a frame that came later than the answer went.
    expected = ("401", "404", "frame-ancestors")
    pages.problems[:] = [each for each in pages.problems if not any(word in each for word in expected)]


async def test_an_answer_that_came_too_late_is_there_when_the_task_is_taken_again(pages: OwnPages) -> None:
    listed(pages.tasks, task(1, held=True))
    pages.tasks.template, pages.tasks.task_input = image_custom(STANDARD), custom_input()
    pages.tasks.refusal = Refusal.NOT_HELD
    await _restrict(await _open_picture(pages))
    await expect(pages.page.get_by_role("status")).to_contain_text("went back to the pool")
    frame = await _open_picture(pages)
    await expect(frame.get_by_role("radio", name="Restrict")).to_be_checked()


async def test_an_answer_outlives_signing_in_anew_in_another_tab(pages: OwnPages) -> None:
    listed(pages.tasks, task(1, held=True))
    pages.tasks.template, pages.tasks.task_input = image_custom(STANDARD), custom_input()
    frame = await _open_picture(pages)
    pages.sessions.kept[COOKIE] = Session(csrf="anew", token=GROUP)
    await _restrict(frame)
    await expect(pages.page.get_by_text("Your answer is kept here: load this page anew")).to_be_visible()
    await pages.show(f"/tasks/{task(1).name}")
    await expect(pages.page.get_by_role("status")).to_contain_text("your answer is in")
    # The form that was refused, and a frame that came later than the answer went.
    expected = ("403", "404", "frame-ancestors")
    pages.problems[:] = [each for each in pages.problems if not any(word in each for word in expected)]


async def test_an_answer_is_sent_from_a_browser_without_room_to_keep_it(pages: OwnPages) -> None:
    listed(pages.tasks, task(1, held=True))
    pages.tasks.template, pages.tasks.task_input = image_custom(STANDARD), custom_input()
    await pages.page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    await _restrict(await _open_picture(pages))
    await expect(pages.page.get_by_role("status")).to_contain_text("your answer is in")


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
            # Not `full_page`: of a frame in a process of its own Chromium draws only what is in the window.
            tall = await pages.page.evaluate("document.documentElement.scrollHeight")
            await pages.page.set_viewport_size({"width": width, "height": tall})
            await pages.page.screenshot(path=FOLDER / f"desk-{name}-{width}-{colours}.png")
            for frame in pages.page.frames:
                wide = await frame.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert wide <= 0, f"{name} has to be scrolled sideways"
