"""The desk's own pages: whatever tasks, answers and addresses hold is text there, and that is all."""

import json
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.browser.own_pages import OwnPages, given, listed, task
from tests.browser.test_hostile import HOSTILE
from tests.fakes.desk import WRONG

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
