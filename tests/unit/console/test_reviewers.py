"""The reviewers' page: pseudonyms and counts, for those who see every tenant's items."""

import re
from datetime import timedelta

import pytest

from services.results.console import reviewing
from shared.contracts.words import Action, Choice
from shared.declines import Declined, DeclineReason
from shared.ledger.golden import GoldenAnswer
from tests.fakes.console import NOW, SHOP, ConsoleWorld
from tests.fakes.declines import FakeDeclines
from tests.unit.console.judged import judged, media_id, waiting
from tests.unit.console.visiting import visiting

ANNE, BERT = "a" * 16, "b" * 16
A, R = Action.APPROVE, Action.REJECT


def golden(worker: str, given: Action, number: int, *, item: str = "gggg") -> GoldenAnswer:
    return GoldenAnswer(
        at=NOW - timedelta(hours=number),
        loop=f"loop-{number}",
        item=item,
        policy="p",
        worker=worker,
        given=given,
        right=R,
    )


async def reviewed(world: ConsoleWorld) -> None:
    """Two items: on the first both say the same, on the second Anne is overruled."""
    await judged(world, 1, choice=Choice.ESCALATE, verdict=R, answers={ANNE: R, BERT: R}, ruling=R)
    await judged(world, 2, choice=Choice.ESCALATE, verdict=R, answers={ANNE: A, BERT: R}, ruling=R, tenant="blog")
    await judged(world, 3)


def row(page: str, name: str) -> str:
    found = re.search(rf"<tr[^>]*><th scope=\"row\"[^>]*>(?:(?!</tr>).)*{name}.*?</tr>", page, re.DOTALL)
    assert found, name
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip()


async def test_agreement_alpha_and_medians_are_told_by_reviewer_and_label() -> None:
    world = ConsoleWorld()
    await reviewed(world)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/reviewers")
    assert "2 items of the last 30 days" in page
    # Coincidences reject-reject 2, approve-reject 1 and 1: 1 - 3 * 2 / (2 * 1 * 3).
    assert row(page, "everybody") == "everybody 4 75.0 % 0.00 10 s"
    assert row(page, ANNE).startswith(f"{ANNE} 2 50.0 %")
    assert row(page, BERT) == f"{BERT} 2 100.0 % — 11 s"
    assert row(page, "Violence").startswith("Violence 4 75.0 %")


async def test_golden_answers_have_an_interval_and_their_mistakes() -> None:
    world = ConsoleWorld()
    for number, (worker, given) in enumerate([(ANNE, R), (ANNE, R), (ANNE, A), (BERT, R)], start=1):
        await world.golden.add_answer(golden(worker, given, number))
    async with visiting(world=world) as visitor:
        page = await visitor.page("/reviewers", days="7")
        assert row(page, ANNE) == f"{ANNE} 3 66.7 % 21–94 % — reject → approve 1"
        assert row(page, "gggg").startswith("item gggg 4 75.0 %")
    world.golden.given.clear()
    await world.golden.add_answer(golden(ANNE, R, 24 * 8))
    async with visiting(world=world) as visitor:
        assert "No answers about golden items" in await visitor.page("/reviewers", days="7")
        assert ANNE in await visitor.page("/reviewers", days="30")


async def test_declines_are_told_by_case_and_never_by_who_it_was() -> None:
    world = ConsoleWorld()
    (once, loop), (twice, other) = await waiting(world, 1), await waiting(world, 2)
    too_much = Declined(reason=DeclineReason.TOO_MUCH, at=NOW)
    world.declines = FakeDeclines(
        {loop: [too_much], other: [too_much, Declined(reason=DeclineReason.CANNOT_JUDGE, at=NOW)]}
    )
    async with visiting(world=world) as visitor:
        page = await visitor.page("/reviewers")
        assert page.index(twice) < page.index(once)
        assert row(page, twice) == f"{twice} 1 2 × it is too much 2026-11-21 12:00"
        assert "2 × it is too much" in page


async def test_where_nobody_works_at_the_desk_declines_are_not_spoken_of() -> None:
    async with visiting(world=ConsoleWorld(declines=None)) as visitor:
        assert "Declined" not in await visitor.page("/reviewers")


async def test_it_is_for_those_who_see_every_tenants_items() -> None:
    world = ConsoleWorld()
    await reviewed(world)
    async with visiting(SHOP, world=world) as visitor:
        assert "for your group" in await visitor.page("/reviewers", status=403)
        assert "/reviewers" not in await visitor.page("/policies")


async def test_of_very_many_only_the_newest_are_read_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ConsoleWorld()
    for number in range(1, 8):
        await judged(world, number, choice=Choice.ESCALATE, verdict=R, answers={ANNE: R}, ruling=R)
    monkeypatch.setattr(reviewing, "REVIEWED", 5)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/reviewers")
        assert "5 items of the last 30 days that people answered about; the newest only" in page
    monkeypatch.setattr(reviewing, "REVIEWED", 100)
    monkeypatch.setattr(reviewing, "LOOKED_AT", 3)
    async with visiting(world=world) as visitor:
        assert "3 items of the last 30 days that people answered about; the newest only" in await visitor.page(
            "/reviewers"
        )
    assert media_id(1) != media_id(2)
