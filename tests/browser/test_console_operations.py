"""Policies, reviewers and quarantine as operators use them, by mouse and by keyboard."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, expect

from shared.contracts.words import Action, Choice
from shared.declines import Declined, DeclineReason
from shared.ledger.golden import GoldenAnswer
from tests.browser.console_pages import ConsolePages, console_pages
from tests.fakes.console import NOW, ConsoleWorld
from tests.fakes.declines import FakeDeclines
from tests.unit.console.judged import judged, waiting
from tests.unit.console.test_quarantine import HOSTILE, filed

pytestmark = pytest.mark.asyncio(loop_scope="session")

POLICY: Final = (Path(__file__).parents[2] / "infra" / "policies" / "standard.yaml").read_text(encoding="utf-8")
ANNE, BERT, CARL = (character * 16 for character in "abc")
A, S, R = Action.APPROVE, Action.RESTRICT, Action.REJECT


async def busy_world() -> ConsoleWorld:
    """Two versions of a policy, items, people's answers about some, declines, and messages that failed."""
    world = ConsoleWorld()
    world.history.deploy(POLICY.replace("reject_at: 95", "reject_at: 97"), NOW - timedelta(days=20))
    ref = world.history.deploy(POLICY, NOW - timedelta(days=3))
    for number in range(40):
        people = {ANNE: R, BERT: R if number % 3 else S, CARL: R} if number % 4 == 0 else None
        await judged(
            world,
            number,
            label=("Explicit Nudity", "Weapons", "Alcohol", "Violence")[number % 4],
            confidence=60.0 + number,
            choice=Choice.ESCALATE if people else Choice.APPROVE,
            verdict=R if people else A,
            policy=ref,
            answers=people,
            ruling=R if people else None,
        )
    for number, (worker, given) in enumerate([(ANNE, R), (ANNE, R), (BERT, A), (BERT, R), (CARL, R)] * 3):
        answer = GoldenAnswer(
            at=NOW - timedelta(hours=number + 1),
            loop=f"golden-{number}",
            item="goldenitemgoldenitemgolden",
            policy="standard",
            worker=worker,
            given=given,
            right=R,
        )
        await world.golden.add_answer(answer)
    _, loop = await waiting(world, 60)
    world.declines = FakeDeclines({loop: [Declined(reason=DeclineReason.TOO_MUCH, at=NOW)]})
    await filed(world, 70, code="image-too-small", detail="8 x 8 px; Rekognition wants 80 px at least")
    await filed(world, 71, tenant=None, code="not-json", detail=HOSTILE, kept={"body": HOSTILE})
    return world


@pytest.fixture
async def world() -> ConsoleWorld:
    return await busy_world()


async def test_a_change_is_checked_simulated_and_led_to_its_items(browser: Browser, world: ConsoleWorld) -> None:
    async with console_pages(browser, world) as console:
        page = console.page
        await console.show("/policies")
        await console.looked_at("policies")
        await page.get_by_role("link", name="standard").click()
        await expect(page.locator(".diff .more .code").first).to_contain_text("reject_at: 95")
        await expect(page.locator("[data-lines]")).to_contain_text("12")
        editor = page.get_by_role("textbox", name="The policy (YAML)")
        wrong = POLICY.replace("reject_at: 95", "reject_at: 950")
        await editor.fill(wrong)
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_role("alert")).to_contain_text("problem")
        await console.looked_at("policy-problems")
        await page.locator("[data-line]").first.click()
        selected = await editor.evaluate("all => all.value.slice(all.selectionStart, all.selectionEnd)")
        assert "reject_at: 950" in selected
        await editor.fill(POLICY.replace("reject_at: 95", "reject_at: 70"))
        await page.get_by_role("button", name="Simulate").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Verdicts that change")).to_be_visible()
        await console.looked_at("policy-simulated")
        link = page.locator("[data-result] a.mono").first
        assert (await link.get_attribute("href") or "").startswith("/console/items/")
        assert console.problems == [REFUSED]


async def test_reviewers_are_pseudonyms_with_intervals(browser: Browser, world: ConsoleWorld) -> None:
    async with console_pages(browser, world) as console:
        await console.show("/reviewers")
        await expect(console.page.locator(".interval svg").first).to_be_visible()
        await console.looked_at("reviewers")
        await console.page.get_by_role("link", name="7 days").click()
        await expect(console.page.locator("[aria-current]", has_text="7 days")).to_be_visible()
        assert console.problems == []


async def test_a_message_is_read_sent_again_and_another_discarded(browser: Browser, world: ConsoleWorld) -> None:
    async with console_pages(browser, world) as console:
        page = console.page
        await console.show("/quarantine")
        await console.looked_at("quarantine")
        await page.get_by_role("link", name="quarantine#q71").click()
        await expect(page.locator("pre.message")).to_contain_text("<script>alert(1)</script>\\u202egnp.exe")
        await console.looked_at("quarantined")
        await page.get_by_role("button", name="Discard…").click()
        await console.looked_at("discard")
        await page.get_by_role("textbox").fill("a test's")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Discarded")
        await _sent_again(console)
        assert [sent["MessageBody"] for sent in world.queues.sent] == ['{"a": 1}']
        assert console.problems == []


async def _sent_again(console: ConsolePages) -> None:
    page = console.page
    await page.locator("main table a.mono").first.click()
    await page.get_by_role("button", name="Send again…").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Send this message again?")
    assert console.world.queues.sent == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Sent again")


REFUSED: Final = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
"""What Chromium says of the page that has the problems."""
