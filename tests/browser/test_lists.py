"""Lists as templates write them into attributes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.desk import Desk, Server, page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser, server: Server) -> AsyncIterator[Page]:
    page = await browser.new_page()
    await page.goto(f"{server.origin}/static/crowd-html-elements.js")
    yield page
    await page.close()


async def _read(page: Page, text: str) -> Any:
    return await page.evaluate(
        "async text => { const { readList } = await import('/static/crowd/list.js');"
        " try { return JSON.stringify(readList(text)); } catch (error) { return error.name; } }",
        text,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('["a", "b"]', '["a","b"]'),
        ("['a', 'b',]", '["a","b"]'),
        ("[]", "[]"),
        ("  [ ]\n", "[]"),
        ("""[ { name: "Weapons", parentName: "Violence", }, ]""", '[{"name":"Weapons","parentName":"Violence"}]'),
        ("""[{'label': 'a', "n": 1.5, x: -2e3, t: true, f: false, z: null}]""", None),
        ("[Cat, Dog]", '["Cat","Dog"]'),
        ('["Blood &amp; Gore", "it&#39;s", "&lt;b&gt;"]', '["Blood & Gore","it\'s","<b>"]'),
        ('["Drugs & Tobacco"]', '["Drugs & Tobacco"]'),
        (r'["a\"b", "c\\", "\u00fc\n"]', r'["a\"b","c\\","ü\n"]'),
        ("""["it's", 'say "hi"']""", '["it\'s","say \\"hi\\""]'),
        ("{ text: 'None of the above' }", '{"text":"None of the above"}'),
        ('{"__proto__": {"a": 1}}', '{"__proto__":{"a":1}}'),
    ],
)
async def test_a_list_is_read_as_a2i_reads_it(page: Page, text: str, value: str | None) -> None:
    expected = value or '[{"label":"a","n":1.5,"x":-2000,"t":true,"f":false,"z":null}]'
    assert await _read(page, text) == expected


@pytest.mark.parametrize("text", ["", "[", '["a', "[a b]", "[,]", '["a"] x', "{a}", "{a: }", '["\\u12"]', "[" * 100])
async def test_what_is_no_list_is_a_syntax_error(page: Page, text: str) -> None:
    assert await _read(page, text) == "SyntaxError"


async def test_a_list_is_never_run(desk: Desk) -> None:
    task = await desk.open(page_of("<crowd-classifier name='c' categories='[window.run = 1]'></crowd-classifier>"))
    assert await task.locator("body").evaluate("() => window.run") is None
