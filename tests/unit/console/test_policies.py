"""The policy pages: versions and what differs, an edited text checked, and simulated as deciding anew would be."""

import asyncio
import re
from datetime import timedelta
from io import BytesIO

import pytest

from services.results.console.domain.diffs import Line, diff
from services.results.console.ports import ROOT
from services.results.console.web.app import FORM_LIMIT_BYTES
from services.results.console.web.policies import LIMITS
from shared.contracts.messages import Finding, PolicyRef
from shared.contracts.words import Action, Choice
from shared.ledger.record import Record
from shared.policy.decide import decide
from shared.policy.load import load
from tests.fakes.console import MIXED, NOW, SHOP, ConsoleWorld
from tests.fakes.ledger import MemoryLedger
from tests.unit.console.judged import judged, media_id
from tests.unit.console.visiting import Visitor, visiting
from tests.unit.policy.strategies import finding, with_ancestors


class HeldLedger(MemoryLedger):
    """Answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def record(self, media_id: str) -> Record | None:
        self.is_asked.set()
        await self.may_answer.wait()
        return await super().record(media_id)


def text(reject_at: int, *, comment: str = "ours") -> str:
    rule = f"  Violence:\n    review_from: 50\n    reject_at: {reject_at}\n"
    return f"# {comment}\nname: standard\nrules:\n{rule}unlisted: approve\n"


def deployed(*reject_at: int) -> tuple[ConsoleWorld, list[PolicyRef]]:
    """The policy of both tenants in so many versions, the last in force."""
    world = ConsoleWorld()
    return world, [
        world.history.deploy(text(each), NOW - timedelta(days=len(reject_at) - number))
        for number, each in enumerate(reject_at)
    ]


async def tried(visitor: Visitor, edited: str, *, do: str = "simulate", status: int = 200, items: int = 100) -> str:
    return await visitor.send("/policies/standard", status=status, text=edited, do=do, items=str(items))


def cells(page: str, caption: str) -> dict[str, list[int]]:
    """The rows of a matrix by what was."""
    table = page[page.index(caption) :]
    table = table[: table.index("</table>")]
    rows = re.findall(r'<tr><th scope="row"><span class="tag (\w+)">.*?</th>(.*?)</tr>', table)
    return {was: [int(count) for count in re.findall(r"<td[^>]*>([\d,]+)</td>", row)] for was, row in rows}


async def test_versions_are_listed_with_what_is_in_force_since_when() -> None:
    world, (old, new) = deployed(90, 80)
    world.history.deploy(text(90), NOW)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/policies/standard")
        assert page.index(new.version) < page.rindex(f"<code>{old.version}</code>")
        assert f'<code>{old.version}</code> <span class="tag good">in force</span>' in page
        assert "since 2026-11-21 12:00 UTC" in page
        listed = await visitor.page("/policies")
        assert old.version in listed
        assert "blog, shop" in listed or "shop, blog" in listed


async def test_the_newest_version_is_compared_with_the_one_before_unless_asked() -> None:
    world, (first, second, third) = deployed(90, 80, 70)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/policies/standard")
        assert re.search(r'class="sign">-</td><td class="code">    reject_at: 80', page)
        assert re.search(r'class="sign">\+</td><td class="code">    reject_at: 70', page)
        page = await visitor.page("/policies/standard", before=first.version, after=second.version)
        assert re.search(r'class="sign">-</td><td class="code">    reject_at: 90', page)
        await visitor.page("/policies/standard", status=404, before="0" * 16, after=third.version)
        await visitor.page("/policies/standard", status=404, edit="../standard/current")


def test_a_diff_has_signs_and_tells_where_lines_were_left_out() -> None:
    before = [f"line {number}" for number in range(20)]
    after = [*before[:10], "another", *before[11:]]
    lines = diff("\n".join(before), "\n".join(after))
    assert lines[0] == Line(sign="@", text="-8,7 +8,7")
    assert [line for line in lines if line.sign in "+-"] == [
        Line(sign="-", text="line 10"),
        Line(sign="+", text="another"),
    ]
    assert diff("same", "same") == []


async def test_hostile_texts_are_shown_as_what_they_are() -> None:
    world = ConsoleWorld()
    hostile = "</textarea><script>alert(1)</script>"
    for number, each in enumerate((90, 80)):
        world.history.deploy(text(each, comment=f"{number} {hostile}"), NOW + timedelta(hours=number))
    async with visiting(world=world) as visitor:
        page = await visitor.page("/policies/standard")
        assert hostile not in page
        assert page.count("&lt;script&gt;alert(1)") >= 3
        page = await tried(visitor, f"name: standard\nrules:\n  '{hostile}': {{}}\n", do="check", status=400)
        assert hostile not in page


async def test_checking_tells_every_problem_with_its_line_and_keeps_what_was_written() -> None:
    world, _ = deployed(90)
    edited = "name: standard\nrules:\n  Violense:\n    reject_at: 90\n  Weapons:\n    reject_at: 900\n"
    async with visiting(world=world) as visitor:
        page = await tried(visitor, edited, do="check", status=400)
        assert "2 problems" in page
        assert re.search(r'data-line="3">line 3</a>.*Violence', page)
        assert 'data-line="6">line 6</a>' in page
        assert "  Violense:\n    reject_at: 90" in page


async def test_a_long_policy_is_taken_and_what_is_longer_than_any_is_told() -> None:
    world, _ = deployed(90)
    long = text(80, comment="é" * 60_000)
    async with visiting(world=world) as visitor:
        assert "Sound:" in await tried(visitor, long, do="check", status=200)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        longer = BytesIO(b"x" * (FORM_LIMIT_BYTES + 1))
        async with visitor.http.post(f"{ROOT}/policies/standard", data=longer, headers=form) as answer:
            assert answer.status == 413
            assert "larger than any form" in await answer.text()


async def test_a_policy_of_another_name_is_none_of_these_items() -> None:
    world, _ = deployed(90)
    async with visiting(world=world) as visitor:
        page = await tried(visitor, text(80).replace("name: standard", "name: other"), status=400)
        assert 'data-line="2">line 2</a>' in page


async def test_a_sound_edit_tells_its_version_and_what_differs() -> None:
    world, _ = deployed(90)
    async with visiting(world=world) as visitor:
        page = await tried(visitor, text(85).replace("\n", "\r\n"), do="check")
        assert load(text(85), origin="t").version in page
        assert re.search(r"rules\.Violence\.reject_at.*90.*85", page, re.DOTALL)
        assert "Items decided again" not in page


async def test_a_simulation_says_what_deciding_anew_says_and_links_what_changes() -> None:
    world, (ref,) = deployed(90)
    confidences = [10.0, 60.0, 85.0, 95.0, 85.0]
    before = [decide(load(text(90), origin="t"), _findings(each), (), media_id="m").choice for each in confidences]
    for number, (confidence, choice) in enumerate(zip(confidences, before, strict=True)):
        people = choice is Choice.ESCALATE
        await judged(
            world,
            number,
            confidence=confidence,
            choice=choice,
            verdict=Action.APPROVE if people else Action(choice.value),
            policy=ref,
            answers={"a" * 16: Action.APPROVE} if people else None,
            ruling=Action.APPROVE if people else None,
        )
    edited = text(80)
    after = [decide(load(edited, origin="t"), _findings(each), (), media_id="m").choice for each in confidences]
    async with visiting(world=world) as visitor:
        page = await tried(visitor, edited)
    words = list(Choice)
    assert cells(page, "What the policy chooses") == {
        was.value: [
            sum((one, other) == (was, would) for one, other in zip(before, after, strict=True)) for would in words
        ]
        for was in words
    }
    changed = [media_id(number) for number in range(5) if before[number] is not after[number]]
    assert changed == [media_id(2), media_id(4)]
    assert re.findall(r'href="/console/items/(\w+)"', page) == changed
    assert "<dd>2 <small>40.0 %</small></dd>" in page  # approved by people, and would be rejected
    assert "<dd>3 → 1 <small>60.0 % → 20.0 %</small></dd>" in page
    assert "<dd>18.0 → 6.0</dd>" in page  # answers a day: these came in within four hours


async def test_other_tenants_items_are_in_no_simulation() -> None:
    world, (ref,) = deployed(90)
    await judged(world, 1, policy=ref)
    theirs = await judged(world, 2, policy=ref, tenant="blog")
    async with visiting(SHOP, world=world) as visitor:
        page = await tried(visitor, text(80))
        assert "<dd>1 <small>" in page
        assert theirs not in page
        assert "judges the items of shop ·" in page


async def test_a_policy_of_no_tenant_of_mine_is_as_if_it_was_not_there() -> None:
    world, _ = deployed(90)
    world.history.deploy(text(90).replace("name: standard", "name: secret"), NOW)
    async with visiting(MIXED, world=world) as visitor:
        assert "secret" not in await visitor.page("/policies")
        assert await visitor.page("/policies/secret", status=404) == await visitor.page("/policies/none", status=404)
        await visitor.send("/policies/secret", status=404, text=text(90))


async def test_only_the_listed_numbers_of_items_can_be_asked_for() -> None:
    world, (ref,) = deployed(90)
    for number in range(LIMITS[0] + 5):
        await judged(world, number, policy=ref)
    async with visiting(world=world) as visitor:
        page = await tried(visitor, text(80), items=1_000_000)
        assert f"<dd>{LIMITS[0]} <small>" in page
        assert f"At most {LIMITS[-1]:,} items" in page


async def test_one_simulation_at_a_time_and_the_next_is_told() -> None:
    world, (ref,) = deployed(90)
    world.ledger = held = HeldLedger()
    await judged(world, 1, policy=ref)
    async with visiting(world=world) as visitor:
        first = asyncio.create_task(tried(visitor, text(80)))
        await held.is_asked.wait()
        assert "Another simulation is under way" in await tried(visitor, text(80))
        held.may_answer.set()
        assert "Items decided again" in await first


async def test_what_detectors_saw_that_is_gone_is_left_out_and_told() -> None:
    world, (ref,) = deployed(90)
    await judged(world, 1, policy=ref)
    world.ledger.items[media_id(1)].entries.pop("evidence#d")
    async with visiting(world=world) as visitor:
        page = await tried(visitor, text(80))
        assert "1 left out: no evidence" in page
        assert "no items of this policy" in page


@pytest.mark.parametrize("csrf", ["", "another"])
async def test_a_form_that_another_page_sent_simulates_nothing(csrf: str) -> None:
    world, _ = deployed(90)
    async with visiting(world=world) as visitor:
        page = await visitor.send("/policies/standard", status=403, csrf=csrf, text=text(80), do="simulate")
        assert "come from this page" in page


def _findings(confidence: float) -> tuple[Finding, ...]:
    return tuple(with_ancestors(finding("Violence", confidence)))
