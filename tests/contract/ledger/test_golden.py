"""The contract of `shared.ledger.golden_port.Golden`, for golden items in memory and in DynamoDB alike."""

from datetime import datetime, timedelta

import msgspec
import pytest

from shared.aws.golden import DynamoGolden
from shared.aws.ledger import DynamoLedger
from shared.contracts.messages import PolicyRef
from shared.contracts.words import Action, BackendName, MediaKind, Status
from shared.identity import loop_name
from shared.ledger.entries import LoopOpened
from shared.ledger.golden import GoldenAnswer, GoldenItem, GoldenLoop
from shared.ledger.golden_port import Golden
from tests.contract.ledger.conftest import NOW, Counted
from tests.fakes.golden import MemoryGolden

POLICY = PolicyRef(name="standard", version="0123456789abcdef")
ITEM, OTHER = "a" * 26, "b" * 26
LOOP, NEXT = "c" * 26, "d" * 26
BESIDE = loop_name("e" * 26, POLICY.version, 1)
LATER = NOW + timedelta(days=1)


@pytest.fixture(params=["memory", "dynamodb"])
def golden(request: pytest.FixtureRequest) -> Golden:
    if request.param == "memory":
        return MemoryGolden()
    table: str = request.getfixturevalue("table")
    # With the table, which the client's fixture makes.
    return DynamoGolden(request.getfixturevalue("dynamodb"), table, clock=lambda: NOW)


def item(media_id: str = ITEM, right: Action = Action.REJECT, policy: str = POLICY.name) -> GoldenItem:
    return GoldenItem(
        media_id=media_id, policy=policy, kind=MediaKind.IMAGE, right=right, added_at=NOW, labels=("Blood & Gore",)
    )


def loop(id_: str = LOOP, *, about: str = ITEM, beside: str = BESIDE, at: datetime = NOW) -> GoldenLoop:
    return GoldenLoop(
        id=id_,
        item=about,
        beside=beside,
        policy=POLICY,
        right=Action.REJECT,
        labels=("Blood & Gore",),
        severity=70,
        opened=LoopOpened(
            at=at,
            name=loop_name(id_, POLICY.version, 1),
            round=1,
            backend=BackendName.DESK,
            answers_wanted=2,
            excluded_workers=("ef7294f850a3d9d1",),
        ),
    )


def answer(worker: str, *, about: str = ITEM, in_loop: str = LOOP, at: datetime = NOW) -> GoldenAnswer:
    return GoldenAnswer(
        at=at,
        loop=in_loop,
        item=about,
        policy=POLICY.name,
        worker=worker,
        given=Action.APPROVE,
        right=Action.REJECT,
        labels=("Blood & Gore",),
        missed=("Blood & Gore",),
        spent_s=40.543,
    )


async def test_items_are_kept_by_policy(golden: Golden) -> None:
    for one in (item(), item(OTHER, Action.APPROVE), item(policy="other")):
        await golden.keep(one)
    assert sorted(await golden.items(POLICY.name), key=lambda one: one.media_id) == [
        item(),
        item(OTHER, Action.APPROVE),
    ]
    assert await golden.items("other") == (item(policy="other"),)
    assert await golden.items("none") == ()


async def test_keeping_an_item_again_changes_its_answer_and_forgets_nothing(golden: Golden) -> None:
    await golden.keep(item())
    await golden.draw(loop(), busy_until=LATER)
    await golden.keep(item(right=Action.RESTRICT))
    expected = msgspec.structs.replace(item(right=Action.RESTRICT), opened_at=NOW, busy_until=LATER)
    assert await golden.items(POLICY.name) == (expected,)


async def test_a_removed_item_is_drawn_no_more_until_it_is_added_again(golden: Golden) -> None:
    assert not await golden.remove(POLICY.name, ITEM, NOW)
    await golden.keep(item())
    assert await golden.remove(POLICY.name, ITEM, NOW)
    assert not await golden.remove(POLICY.name, ITEM, NOW)
    assert await golden.items(POLICY.name) == ()
    assert await golden.draw(loop(), busy_until=LATER) is None
    await golden.keep(item())
    assert await golden.draw(loop(), busy_until=LATER) == loop()


async def test_an_item_is_drawn_for_one_loop_at_a_time(golden: Golden) -> None:
    await golden.keep(item())
    assert await golden.draw(loop(), busy_until=LATER) == loop()
    assert await golden.draw(loop(NEXT, beside="another"), busy_until=LATER) is None
    await golden.open(loop())
    assert await golden.end(loop(), "answered", NOW)
    following = loop(NEXT, beside="another", at=NOW + timedelta(seconds=1))
    assert await golden.draw(following, busy_until=LATER) == following


async def test_a_loop_that_was_never_ended_holds_its_item_no_longer_than_said(golden: Golden) -> None:
    await golden.keep(item())
    await golden.draw(loop(), busy_until=LATER)
    following = loop(NEXT, beside="another", at=LATER)
    assert await golden.draw(following, busy_until=LATER + timedelta(days=1)) == following
    # Its own end, when it comes after all, doesn't free what another loop has.
    await golden.open(loop())
    await golden.end(loop(), "expired", LATER)
    (found,) = await golden.items(POLICY.name)
    assert found.busy_until == LATER + timedelta(days=1)


async def test_beside_a_real_loop_there_is_what_was_drawn_first(golden: Golden) -> None:
    for media_id in (ITEM, OTHER):
        await golden.keep(item(media_id))
    assert await golden.drawn(POLICY.name, BESIDE) is None
    await golden.draw(loop(), busy_until=LATER)
    assert await golden.draw(loop(NEXT, about=OTHER), busy_until=LATER) == loop()
    assert await golden.drawn(POLICY.name, BESIDE) == loop()
    free = [one.media_id for one in await golden.items(POLICY.name) if one.busy_until == NOW]
    assert free == [OTHER]


async def test_a_loop_is_opened_once_and_ends_once(golden: Golden) -> None:
    await golden.keep(item())
    assert await golden.loop(LOOP) is None
    assert await golden.open(loop())
    assert not await golden.open(loop())
    assert await golden.loop(LOOP) == loop()
    assert await golden.end(loop(), "answered", LATER)
    assert not await golden.end(loop(), "expired", LATER)
    over = msgspec.structs.replace(loop(), outcome="answered", ended_at=LATER)
    assert await golden.loop(LOOP) == over
    assert not await golden.open(loop())
    assert await golden.loop(LOOP) == over


async def test_an_unknown_loop_has_no_end(golden: Golden) -> None:
    assert not await golden.end(loop(), "answered", NOW)
    assert await golden.loop(LOOP) is None


async def test_open_loops_come_oldest_first_until_they_are_over(golden: Golden) -> None:
    early, late = loop(at=NOW - timedelta(days=40)), loop(NEXT, at=NOW)
    for one in (late, early):
        await golden.open(one)
    assert [one async for one in golden.open_loops(before=LATER)] == [early, late]
    assert [one async for one in golden.open_loops(before=NOW)] == [early]
    await golden.end(early, "expired", NOW)
    assert [one async for one in golden.open_loops(before=LATER)] == [late]


async def test_an_answer_counts_once(golden: Golden) -> None:
    one, two = "0" * 16, "1" * 16
    assert await golden.add_answer(answer(one))
    assert not await golden.add_answer(answer(one, at=NOW + timedelta(seconds=1)))
    assert await golden.add_answer(answer(two))
    assert await golden.add_answer(answer(one, in_loop=NEXT))
    assert await golden.add_answer(answer("2" * 16, about=OTHER))
    assert await golden.answered_by(POLICY.name, ITEM) == (one, two)
    assert await golden.answered_by("other", ITEM) == ()


async def test_answers_are_found_by_their_time(golden: Golden) -> None:
    times = [NOW - timedelta(days=3), NOW - timedelta(days=1, hours=1), NOW - timedelta(seconds=1)]
    for number, at in enumerate(times):
        await golden.add_answer(answer(f"{number:016x}", at=at))
    assert [one.at async for one in golden.answers(since=times[0])] == times
    assert [one.at async for one in golden.answers(since=times[1])] == times[1:]
    assert [one async for one in golden.answers(since=times[2])] == [answer(f"{2:016x}", at=times[2])]
    assert [one async for one in golden.answers(since=NOW)] == []


async def test_the_ledger_knows_nothing_of_it(dynamo_ledger: DynamoLedger, dynamodb: Counted, table: str) -> None:
    golden = DynamoGolden(dynamodb, table, clock=lambda: NOW)
    await golden.keep(item())
    await golden.draw(loop(), busy_until=LATER)
    await golden.open(loop())
    await golden.add_answer(answer("0" * 16))
    for media_id in (ITEM, LOOP):
        assert await dynamo_ledger.record(media_id) is None
    for status in Status:
        assert [one async for one in dynamo_ledger.by_status(status, before=LATER)] == []


async def test_a_golden_loop_costs_these_requests(dynamodb: Counted, table: str) -> None:
    golden = DynamoGolden(dynamodb, table, clock=lambda: NOW)
    await golden.keep(item())
    dynamodb.calls.clear()
    await golden.drawn(POLICY.name, BESIDE)
    await golden.items(POLICY.name)
    await golden.answered_by(POLICY.name, ITEM)
    await golden.draw(loop(), busy_until=LATER)
    await golden.open(loop())
    assert dynamodb.calls == ["get_item", "query", "query", "update_item", "put_item", "put_item"]
    dynamodb.calls.clear()
    await golden.loop(LOOP)
    await golden.add_answer(answer("0" * 16))
    await golden.end(loop(), "answered", NOW)
    assert dynamodb.calls == ["get_item", "put_item", "put_item", "update_item"]
