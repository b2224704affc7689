"""An appeal opens rounds with other reviewers about an item that has its verdict; its outcome is the next verdict."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from services.results.handler import Ports as ResultsPorts
from services.results.handler import on_outcome
from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude, sweep
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested, MediaRef
from shared.contracts.words import Action, DecidedBy, Lane, MediaKind, Status
from shared.errors import ContractError, GavelError, Permanent, Transient
from shared.identity import loop_name
from shared.ledger.entries import (
    AppealOpened,
    ContentRead,
    LoopOpened,
    Record,
    SubmissionOpened,
    Summary,
    VerdictGiven,
    content_key,
)
from tests.fakes.queues import FakeTopic
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

APPROVE, REJECT = {"ruling": "approve"}, {"ruling": "reject"}
ROUND_2, ROUND_3, ROUND_4 = (loop_name(MEDIA_ID, POLICY.version, number) for number in (2, 3, 4))
OTHER_ID = "b" * 26


@dataclass
class World:
    """REVIEW with RESULTS behind it; what REVIEW sends is delivered by `settle`."""

    review: Review_ = field(default_factory=Review_)
    verdicts: FakeTopic = field(default_factory=FakeTopic)
    alerts: FakeTopic = field(default_factory=FakeTopic)

    async def rejected(self) -> None:
        """An item that the first reviewer has rejected."""
        await on_review_requested(await self.review.accept(*weapons(70)), self.review.ports)
        await conclude(self.review.backend.end(ROUND_1, "Completed", answers=[REJECT]), self.review.ports)
        await self.settle()

    async def settle(self) -> None:
        ports = ResultsPorts(
            ledger=self.review.ledger, verdicts=self.verdicts, alerts=self.alerts, clock=lambda: self.review.now
        )
        for event in self.review.sent:
            await on_outcome(message(encode(event)), ports)
        self.review.outcomes.sent.clear()

    async def appeal(self, cause: str = "complaint-1", *, verdict: int | None = None, media_id: str = MEDIA_ID) -> None:
        await on_appeal_requested(appeal(cause, verdict=verdict, media_id=media_id), self.review.ports)

    async def end(self, name: str, *answers: object, first_worker: int = 10, status: str = "Completed") -> None:
        state = self.review.backend.end(name, status, answers=list(answers), first_worker=first_worker)
        await conclude(state, self.review.ports)
        await self.settle()

    async def record(self, media_id: str = MEDIA_ID) -> Record:
        record = await self.review.ledger.record(media_id)
        assert record is not None
        return record

    async def summary(self) -> Summary:
        return (await self.record()).summary

    async def given(self) -> list[tuple[int, Action, DecidedBy]]:
        entries = (await self.record()).entries
        verdicts = [entry for entry in entries if isinstance(entry, VerdictGiven)]
        return [(one.number, one.action, one.decided_by) for one in verdicts]


def appeal(cause: str, *, verdict: int | None = None, media_id: str = MEDIA_ID) -> Message:
    data = AppealRequested(media_id=media_id, reason="It is a toy.", verdict=verdict)
    event = CloudEvent(id=cause, source="t", type=APPEAL_REQUESTED, subject="complaint", time=AT, data=data)
    return message(encode(event))


@pytest.fixture
async def world() -> World:
    world = World()
    await world.rejected()
    return world


async def test_an_appeal_asks_others_and_more_of_them_while_the_verdict_stays_in_force(world: World) -> None:
    await world.appeal()
    wanted = world.review.backend.wanted[ROUND_2]
    assert (wanted.answers_wanted, wanted.excluded_workers, wanted.appeal_of) == (3, (f"{0:016x}",), 1)
    told = json.loads(world.review.backend.inputs[ROUND_2])
    assert (told["excludedWorkers"], told["isAppeal"], told["round"]) == ([f"{0:016x}"], True, 2)
    summary = await world.summary()
    assert (summary.status, summary.verdict, summary.verdict_number) == (Status.APPEALED, Action.REJECT, 1)


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


async def test_appeals_that_race_for_one_verdict_are_one(world: World) -> None:
    for cause in ("complaint-1", "complaint-2", "complaint-1", "complaint-3"):
        await world.appeal(cause)
    assert world.review.backend.started == 2
    appeals = [entry for entry in (await world.record()).entries if isinstance(entry, AppealOpened)]
    assert [entry.cause for entry in appeals] == ["complaint-1"]


async def test_an_appeal_told_again_after_its_verdict_changes_nothing(world: World) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    await world.appeal()
    assert world.review.backend.started == 2
    assert (await world.summary()).status is Status.DONE


async def test_an_appeal_told_again_when_the_backend_has_forgotten_its_loop_starts_no_other(world: World) -> None:
    await world.appeal()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    world.review.backend.loops.clear()
    await world.appeal()
    assert world.review.backend.started == 2


async def test_an_appeal_that_is_handled_while_its_verdict_comes_does_not_open_the_item_again(world: World) -> None:
    await world.appeal()
    before = await world.record()
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)

    async def outdated(media_id: str) -> Record:
        return before

    world.review.ledger.record = outdated  # type: ignore[method-assign]
    await world.appeal()
    del world.review.ledger.record
    summary = await world.summary()
    assert (summary.status, summary.verdict_number) == (Status.DONE, 2)


async def test_a_round_that_the_sweep_starts_late_asks_the_same_people(world: World) -> None:
    await world.appeal()
    world.review.backend.fail_next_start = (Transient("a2i-failed"), False)
    with pytest.raises(Transient):
        await world.end(ROUND_2, APPROVE, {"ruling": "restrict"}, REJECT)
    world.review.later(minutes=6)
    five = timedelta(minutes=5)
    await sweep(world.review.ports, holder="task-1", grace=five, interval=five)
    wanted = world.review.backend.wanted[ROUND_3]
    assert (len(wanted.excluded_workers), wanted.appeal_of) == (4, 1)
    assert len(json.loads(world.review.backend.inputs[ROUND_3])["excludedWorkers"]) == 4


async def test_an_old_outcome_told_again_changes_nothing_about_an_appeal(world: World) -> None:
    state = world.review.backend.loops[ROUND_1]
    await world.appeal()
    await conclude(state, world.review.ports)
    await world.settle()
    assert (await world.summary()).status is Status.APPEALED
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    await conclude(state, world.review.ports)
    await world.settle()
    summary = await world.summary()
    assert (summary.status, summary.verdict, summary.verdict_number) == (Status.DONE, Action.APPROVE, 2)


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


@pytest.mark.parametrize("method", ["record", "add", "advance"])
@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
async def test_a_crash_at_any_step_still_opens_one_round(world: World, method: str, written: bool, nth: int) -> None:
    failing = _nth(world, method, nth, written=written)
    if failing:
        with pytest.raises(Transient):
            await world.appeal()
    await world.appeal()
    assert world.review.backend.started == 2
    assert (await world.summary()).status is Status.APPEALED
    await world.end(ROUND_2, APPROVE, APPROVE, APPROVE)
    assert (await world.given())[-1] == (2, Action.APPROVE, DecidedBy.HUMAN)


@pytest.mark.parametrize("took_effect", [False, True])
async def test_a_start_whose_answer_is_lost_starts_one_loop(world: World, took_effect: bool) -> None:
    world.review.backend.fail_next_start = (Transient("a2i-failed"), took_effect)
    with pytest.raises(Transient):
        await world.appeal()
    await world.appeal("another complaint")
    assert world.review.backend.started == 2


async def test_the_sweep_finds_an_appeal_whose_loops_end_nobody_told(world: World) -> None:
    await world.appeal()
    world.review.backend.end(ROUND_2, "Completed", answers=[APPROVE, APPROVE, APPROVE], first_worker=10)
    world.review.later(minutes=6)
    five = timedelta(minutes=5)
    assert await sweep(world.review.ports, holder="task-1", grace=five, interval=five) == 1
    await world.settle()
    assert (await world.given())[-1] == (2, Action.APPROVE, DecidedBy.HUMAN)


async def test_a_tie_is_taken_to_reviewers_who_have_not_answered() -> None:
    world = World(review=Review_(policy=policy_with(answers=2)))
    await on_review_requested(await world.review.accept(*weapons(70)), world.review.ports)
    await world.end(ROUND_1, APPROVE, REJECT)
    wanted = world.review.backend.wanted[ROUND_2]
    assert wanted.excluded_workers == (f"{10:016x}", f"{11:016x}")
    assert wanted.answers_wanted == 2
    record = await world.record()
    assert wanted in [entry for entry in record.entries if isinstance(entry, LoopOpened)]


def _nth(world: World, method: str, nth: int, *, written: bool) -> bool:
    """Let the nth call of a ledger's method fail; False where an appeal makes fewer of them or writes nothing there."""
    if (method != "add" and nth > 1) or (method == "record" and written):
        return False
    ledger, calls = world.review.ledger, 0
    real = getattr(ledger, method)

    async def failing(*args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls != nth:
            return await real(*args, **more)
        if written:
            await real(*args, **more)
        error: GavelError = Transient("dynamodb-failed")
        raise error

    setattr(ledger, method, failing)
    return True
