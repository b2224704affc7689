"""An appeal opens rounds with other reviewers about an item that has its verdict; its outcome is the next verdict."""

import json

import pytest

from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from shared.contracts.messages import MediaRef
from shared.contracts.words import Action, DecidedBy, Lane, MediaKind, Status
from shared.errors import ContractError, Permanent
from shared.identity import loop_name
from shared.ledger.entries import AppealOpened, ContentRead, LoopOpened, SubmissionOpened, VerdictGiven
from shared.ledger.record import content_key
from tests.unit.review.appealing import APPROVE, OTHER_ID, REJECT, ROUND_2, ROUND_3, ROUND_4, World
from tests.unit.review.cases import (
    AT,
    MEDIA_ID,
    POLICY,
    REF,
    ROUND_1,
    SUBMISSION,
    Review_,
    message,
    policy_with,
    weapons,
)


async def test_an_appeal_asks_others_and_more_of_them_while_the_verdict_stays_in_force(world: World) -> None:
    await world.appeal()
    wanted = world.review.backend.wanted[ROUND_2]
    assert (wanted.answers_wanted, wanted.excluded_workers, wanted.appeal_of) == (3, (f"{0:016x}",), 1)
    told = json.loads(world.review.backend.inputs[ROUND_2])
    assert (told["excludedWorkers"], told["isAppeal"], told["round"]) == ([f"{0:016x}"], True, 2)
    summary = await world.summary()
    assert (summary.status, summary.verdict, summary.verdict_number) == (Status.APPEALED, Action.REJECT, 1)
    (opened,) = [entry for entry in (await world.record()).entries if isinstance(entry, AppealOpened)]
    assert (opened.reason, opened.by) == ("It is a toy.", "api/client-1")


async def test_its_outcome_is_the_next_verdict_and_the_history_stays(world: World) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, APPROVE, REJECT)
    assert await world.given() == [(1, Action.REJECT, DecidedBy.HUMAN), (2, Action.APPROVE, DecidedBy.HUMAN)]
    summary = await world.summary()
    assert (summary.status, summary.verdict, summary.verdict_number) == (Status.DONE, Action.APPROVE, 2)
    assert [event.data.number for event, _, _ in world.verdicts.published] == [1, 2]
    found = await world.review.ledger.verdict_for(content_key(SUBMISSION.tenant, SUBMISSION.sha256, REF))
    assert found is not None
    assert found[1].number == 2


async def test_the_same_content_is_judged_by_the_current_verdict_and_that_can_be_appealed_against_again(
    world: World,
) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    await world.appeal("complaint-2", verdict=2)
    assert world.review.backend.wanted[ROUND_3].excluded_workers == tuple(f"{n:016x}" for n in (0, 10, 11, 12))
    await world.end(ROUND_3, REJECT, REJECT, REJECT, first_worker=20)
    assert [number for number, _, _ in await world.given()] == [1, 2, 3]
    assert (await world.summary()).verdict is Action.REJECT


async def test_disagreement_about_an_appeal_opens_another_round_of_it(world: World) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, {"ruling": "restrict"}, REJECT)
    wanted = world.review.backend.wanted[ROUND_3]
    assert (wanted.appeal_of, wanted.answers_wanted, len(wanted.excluded_workers)) == (1, 3, 4)
    await world.end(ROUND_3, APPROVE, APPROVE, REJECT, first_worker=20)
    assert (await world.given())[-1] == (2, Action.APPROVE, DecidedBy.HUMAN)


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Completed"])
async def test_an_appeal_without_a_ruling_leaves_the_verdict_and_alerts(world: World, status: str) -> None:
    await world.appeal()
    await world.end(ROUND_2, status=status)
    await world.end(ROUND_3, status=status)
    assert ROUND_4 not in world.review.backend.loops
    assert (await world.given())[-1] == (2, Action.REJECT, DecidedBy.HUMAN)
    event = world.verdicts.published[-1][0]
    assert [reason.code for reason in event.data.reasons][:2] == ["appeal-without-ruling", "reviewed"]
    assert [alert.data.code for alert, _, _ in world.alerts.published][-1] == "appeal-without-ruling"
    assert (await world.summary()).status is Status.DONE


async def test_who_came_to_no_ruling_about_a_models_verdict_is_found_all_the_same() -> None:
    world = World()
    await on_review_requested(await world.review.accept(*weapons(97)), world.review.ports)
    await world.settle()
    await world.appeal()
    for number, name in enumerate((ROUND_1, ROUND_2)):
        await world.end(name, APPROVE, {"ruling": "restrict"}, REJECT, first_worker=10 * number)
    assert (await world.given())[-1] == (2, Action.REJECT, DecidedBy.MODEL)
    judged = (await world.summary()).judged
    assert judged is not None
    assert judged.reviewers == tuple(f"{n:016x}" for n in (0, 1, 2, 10, 11, 12))
    assert [one.media_id async for one in world.review.ledger.by_status(Status.DONE)] == [MEDIA_ID]


async def test_reviewers_of_an_appeal_may_rule_milder_than_the_policy_by_itself() -> None:
    world = World()
    await on_review_requested(await world.review.accept(*weapons(97)), world.review.ports)
    await world.settle()
    assert await world.given() == [(1, Action.REJECT, DecidedBy.MODEL)]
    await world.appeal()
    await world.end(ROUND_1, APPROVE, APPROVE, APPROVE)
    assert (await world.given())[-1] == (2, Action.APPROVE, DecidedBy.HUMAN)


async def test_an_item_that_got_anothers_verdict_is_shown_with_that_ones_evidence(world: World) -> None:
    source = MediaRef(bucket="media", key="copy.jpg", version_id="v1")
    ledger = world.review.ledger
    opened = SubmissionOpened(
        at=AT, tenant="default", kind=MediaKind.IMAGE, lane=Lane.LIVE, source=source, policy=REF, size_bytes=1,
        envelope="s3",
    )  # fmt: skip
    await ledger.open(OTHER_ID, opened)
    await ledger.add(OTHER_ID, ContentRead(at=AT, sha256=SUBMISSION.sha256, format="JPEG", readable=source))
    given = VerdictGiven(
        at=AT, number=1, action=Action.REJECT, decided_by=DecidedBy.REUSE, policy=REF, cause="c", reasons=(),
        reused_from=MEDIA_ID,
    )  # fmt: skip
    await ledger.add(OTHER_ID, given)
    await ledger.advance(OTHER_ID, Status.DONE, AT, verdict=Action.REJECT, verdict_number=1)
    await world.appeal(media_id=OTHER_ID)
    told = json.loads(world.review.backend.inputs[loop_name(OTHER_ID, POLICY.version, 1)])
    assert told["taskObject"] == "s3://media/copy.jpg"
    assert [label["name"] for label in told["labels"]] == ["Weapons", "Violence"]


@pytest.mark.parametrize(
    ("media_id", "verdict", "code"),
    [("c" * 26, None, "appeal-of-unknown-item"), (MEDIA_ID, 2, "appeal-of-other-verdict")],
)
async def test_what_cannot_be_appealed_against_is_refused_with_the_reason(
    world: World, media_id: str, verdict: int | None, code: str
) -> None:
    with pytest.raises(Permanent) as caught:
        await world.appeal(media_id=media_id, verdict=verdict)
    assert (caught.value.code, caught.value.media_id) == (code, None)
    assert (await world.summary()).status is Status.DONE


async def test_an_item_without_a_verdict_cannot_be_appealed_against() -> None:
    world = World()
    await on_review_requested(await world.review.accept(*weapons(70)), world.review.ports)
    with pytest.raises(Permanent) as caught:
        await world.appeal()
    assert caught.value.code == "appeal-without-verdict"


async def test_a_message_of_another_kind_is_refused() -> None:
    with pytest.raises(ContractError):
        await on_appeal_requested(message("{}"), Review_().ports)


async def test_a_tie_is_taken_to_reviewers_who_have_not_answered() -> None:
    world = World(review=Review_(policy=policy_with(answers=2)))
    await on_review_requested(await world.review.accept(*weapons(70)), world.review.ports)
    await world.end(ROUND_1, APPROVE, REJECT)
    wanted = world.review.backend.wanted[ROUND_2]
    assert wanted.excluded_workers == (f"{10:016x}", f"{11:016x}")
    assert wanted.answers_wanted == 2
    record = await world.record()
    assert wanted in [entry for entry in record.entries if isinstance(entry, LoopOpened)]
