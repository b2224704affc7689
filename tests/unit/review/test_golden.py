"""Golden loops come beside real ones, look like them, and touch nothing but the scores."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.review.domain.golden import candidates, golden_answer, is_drawn
from services.review.domain.rulings import LoopState
from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude, sweep
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.contracts.words import Action, BackendName, Choice, MediaKind, Status
from shared.errors import Deferred, GavelError, Permanent, Transient
from shared.identity import LOOP_NAME, MEDIA_ID, random_id
from shared.ledger.entries import (
    AnswerGiven,
    ContentRead,
    DecisionMade,
    Entry,
    EvidenceFound,
    LoopOpened,
    SubmissionOpened,
)
from shared.ledger.golden import GoldenAnswer, GoldenItem, GoldenLoop
from shared.policy.model import Policy
from tests.fakes.telemetry import metrics_in_memory, points
from tests.unit.review.cases import (
    AT,
    POLICY,
    REF,
    ROUND_1,
    SOURCE,
    SUBMISSION,
    Review_,
    evidence,
    message,
    policy_with,
    weapons,
)
from tests.unit.review.cases import MEDIA_ID as CASE

GOLDEN = "g" * 26
ANYBODY = tuple(f"{number:016x}" for number in range(3))
GRACE = timedelta(minutes=5)


def always(**review: Any) -> Policy:
    """A policy by which this case's first and second round are drawn."""
    policy = policy_with(golden_percent=50, **review)
    versions = (replace(policy, version=f"{number:016x}") for number in range(64))
    return next(each for each in versions if is_drawn(each, CASE, 1) and is_drawn(each, CASE, 2))


async def add_item(
    review: Review_, media_id: str = GOLDEN, *, right: Action = Action.REJECT, labels: tuple[str, ...] = (),
    choice: Choice = Choice.ESCALATE, severity: int = 40, answered: tuple[str, ...] = (),
) -> GoldenItem:  # fmt: skip
    """A decided item of the ledger that is golden for the policy."""
    source = SOURCE.__class__(bucket="media", key=f"uploads/{media_id[:4]}.jpg", version_id="v7")
    opened = SubmissionOpened(
        at=AT, tenant="default", kind=MediaKind.IMAGE, lane=SUBMISSION.lane, source=source, policy=REF,
        size_bytes=1, envelope="cloudevent",
    )  # fmt: skip
    decision = DecisionMade(
        at=AT, policy=REF, choice=choice, reasons=(), floor=Action.APPROVE, severity=severity, category="Violence"
    )
    await review.ledger.open(media_id, opened)
    entries: tuple[Entry, ...] = (
        ContentRead(at=AT, sha256="cd" * 32, format="JPEG", readable=source),
        EvidenceFound(at=AT, evidence=evidence(*weapons(66))),
        decision,
        *(AnswerGiven(at=AT, round=1, worker=worker, action=Action.REJECT) for worker in answered),
    )
    for entry in entries:
        await review.ledger.add(media_id, entry)
    item = GoldenItem(
        media_id=media_id, policy=POLICY.name, kind=MediaKind.IMAGE, right=right, added_at=AT, labels=labels
    )
    await review.golden.keep(item)
    return item


async def escalated(review: Review_) -> GoldenLoop:
    """The golden loop beside the case that has just come."""
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    (loop,) = review.golden.loops.values()
    return loop


def real(review: Review_) -> LoopOpened:
    (opened,) = (loop for loop in review.backend.wanted.values() if loop.name.startswith(CASE))
    return opened


def seen(review: Review_, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(review.backend.inputs[name])
    return told


class TestOpening:
    async def test_reviewers_cannot_tell_it_from_the_real_one(self) -> None:
        review = Review_(policy=always(answers=3))
        await add_item(review, answered=ANYBODY[:1])
        golden, beside = (await escalated(review)).opened, real(review)
        assert LOOP_NAME.match(golden.name)
        assert golden.name.partition("-")[2] == beside.name.partition("-")[2]
        assert GOLDEN not in json.dumps(seen(review, golden.name))
        assert seen(review, golden.name).keys() == seen(review, beside.name).keys()
        for alike in ("policy", "instructions", "round", "isAppeal", "excludedWorkers", "kind"):
            assert seen(review, golden.name)[alike] == seen(review, beside.name)[alike]
        assert seen(review, golden.name)["mediaId"] == golden.name[:26]
        assert seen(review, golden.name)["taskObject"] == "s3://media/uploads/gggg.jpg"
        assert seen(review, golden.name)["severity"] == 40
        assert (golden.answers_wanted, golden.backend, golden.appeal_of) == (3, beside.backend, None)

    async def test_its_id_follows_from_nothing(self) -> None:
        names = set()
        for _ in range(2):
            review = Review_(policy=always())
            await add_item(review)
            names.add((await escalated(review)).opened.name)
        assert len(names) == 2
        assert all(MEDIA_ID.fullmatch(random_id()) for _ in range(100))

    async def test_what_needed_no_person_has_the_severity_of_the_case(self) -> None:
        review = Review_(policy=always())
        await add_item(review, choice=Choice.APPROVE, severity=0)
        loop = await escalated(review)
        assert seen(review, loop.opened.name)["severity"] == seen(review, real(review).name)["severity"] == 70

    async def test_whoever_knows_the_item_does_not_get_it(self) -> None:
        review = Review_(policy=always())
        await add_item(review, answered=ANYBODY[:1])
        before = GoldenAnswer(
            at=AT, loop="earlier", item=GOLDEN, policy=POLICY.name, worker=ANYBODY[2],
            given=Action.APPROVE, right=Action.REJECT,
        )  # fmt: skip
        await review.golden.add_answer(before)
        assert (await escalated(review)).opened.excluded_workers == (ANYBODY[0], ANYBODY[2])

    async def test_the_same_message_again_opens_no_other(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        await add_item(review, "h" * 26)
        request = await review.accept(*weapons(70))
        for _ in range(5):
            await on_review_requested(request, review.ports)
        assert len(review.golden.loops) == 1
        assert review.backend.started == 2

    @pytest.mark.parametrize("method", ["drawn", "items", "draw", "open"])
    @pytest.mark.parametrize("written", [False, True])
    async def test_what_fails_costs_at_most_the_golden_loop(self, method: str, written: bool) -> None:
        review = Review_(policy=always())
        await add_item(review)
        review.golden.fail_next(method, Transient("dynamodb-failed"), written=written)
        request = await review.accept(*weapons(70))
        for _ in range(2):
            await on_review_requested(request, review.ports)
        record = await review.ledger.record(CASE)
        assert record is not None
        assert record.summary.status is Status.REVIEWING
        assert len(review.golden.loops) <= 1

    async def test_one_item_is_before_reviewers_once(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        loop = await escalated(review)
        await conclude(review.backend.end(real(review).name, "Completed", answers=[]), review.ports)
        assert list(review.golden.loops) == [loop.id]
        (item,) = await review.golden.items(POLICY.name)
        assert item.busy_until == AT + timedelta(seconds=POLICY.review.expires_after_s)
        await conclude(review.backend.end(loop.opened.name, "Stopped"), review.ports)
        (item,) = await review.golden.items(POLICY.name)
        assert item.busy_until == review.now

    async def test_no_golden_items_no_golden_loops(self) -> None:
        review = Review_(policy=always())
        await on_review_requested(await review.accept(*weapons(70)), review.ports)
        assert review.golden.loops == {}
        assert review.backend.started == 1

    async def test_an_item_is_not_shown_beside_itself(self) -> None:
        review = Review_(policy=always())
        await add_item(review, CASE)
        await on_review_requested(await review.accept(*weapons(70)), review.ports)
        assert review.golden.loops == {}

    async def test_beside_loops_of_rekognition_there_is_none(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        await on_review_requested(await review.accept(*weapons(70), loop=ROUND_1), review.ports)
        assert review.golden.loops == {}

    async def test_beside_an_appeal_it_looks_like_an_appeal(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        await review.golden.remove(POLICY.name, GOLDEN, AT)
        await on_review_requested(await review.accept(*weapons(70)), review.ports)
        state = review.backend.end(real(review).name, "Completed", answers=[{"ruling": "reject"}])
        await conclude(state, review.ports)
        await review.ledger.advance(CASE, Status.DONE, AT, verdict=Action.REJECT, verdict_number=1)
        await add_item(review)
        data = AppealRequested(media_id=CASE, reason="It is a toy.")
        event = CloudEvent(id="c", source="t", type=APPEAL_REQUESTED, subject="", time=AT, data=data)
        await on_appeal_requested(message(encode(event)), review.ports)
        (loop,) = review.golden.loops.values()
        told = seen(review, loop.opened.name)
        assert (loop.opened.appeal_of, loop.opened.answers_wanted) == (1, 3)
        assert (told["isAppeal"], told["round"]) == (True, 2)


class TestDrawing:
    def test_the_share_is_as_the_policy_says_and_a_repeat_draws_alike(self) -> None:
        policy = policy_with(golden_percent=20)
        drawn = [is_drawn(policy, f"{number}", 1) for number in range(5_000)]
        assert drawn == [is_drawn(policy, f"{number}", 1) for number in range(5_000)]
        assert 0.18 < sum(drawn) / len(drawn) < 0.22
        assert not any(is_drawn(POLICY, f"{number}", 1) for number in range(100))

    def test_every_round_is_drawn_by_itself(self) -> None:
        policy = policy_with(golden_percent=50)
        rounds = [tuple(is_drawn(policy, f"{number}", round_) for round_ in (1, 2)) for number in range(100)]
        assert len(set(rounds)) == 4

    def test_those_come_first_that_were_not_seen_for_the_longest_time(self) -> None:
        def item(name: str, minutes: int | None) -> GoldenItem:
            opened_at = None if minutes is None else AT - timedelta(minutes=minutes)
            return GoldenItem(
                media_id=name, policy="p", kind=MediaKind.IMAGE, right=Action.REJECT, added_at=AT, opened_at=opened_at
            )

        def order(beside: str) -> list[str]:
            items = [item("a", 1), item("b", None), item("c", 60), item("d", None), item("e", None)]
            loop = LoopOpened(at=AT, name=beside, round=1, backend=BackendName.DESK, answers_wanted=1)
            return [each.media_id for each in candidates(items, SUBMISSION, loop, AT)]

        assert order("x")[3:] == ["c", "a"]
        assert order("x") == order("x")
        assert len({tuple(order(f"{number}")[:3]) for number in range(50)}) == 6

    def test_neither_videos_beside_images_nor_what_is_open_already(self) -> None:
        items = [
            GoldenItem(media_id="v", policy="p", kind=MediaKind.VIDEO, right=Action.REJECT, added_at=AT),
            GoldenItem(
                media_id="b", policy="p", kind=MediaKind.IMAGE, right=Action.REJECT, added_at=AT, busy_until=AT + GRACE
            ),
        ]
        loop = LoopOpened(at=AT, name="x", round=1, backend=BackendName.DESK, answers_wanted=1)
        assert candidates(items, SUBMISSION, loop, AT) == []
        assert [each.media_id for each in candidates(items, SUBMISSION, loop, AT + GRACE)] == ["b"]


class TestScoring:
    async def test_every_answer_is_held_against_the_right_one_and_nothing_else_happens(self) -> None:
        review = Review_(policy=always(answers=2))
        await add_item(review)
        loop = await escalated(review)
        items = json.dumps(sorted(review.ledger.items))
        state = review.backend.end(loop.opened.name, "Completed", answers=[{"ruling": "reject"}, {"ruling": "approve"}])
        for _ in range(3):
            await conclude(state, review.ports)
        assert [(one.given, one.right, one.is_right) for one in review.golden.given.values()] == [
            (Action.REJECT, Action.REJECT, True),
            (Action.APPROVE, Action.REJECT, False),
        ]
        assert review.golden.loops[loop.id].outcome == "answered"
        assert (review.sent, review.alerts.published) == ([], [])
        assert json.dumps(sorted(review.ledger.items)) == items
        assert loop.id not in review.ledger.items
        for media_id in (CASE, GOLDEN):
            record = await review.ledger.record(media_id)
            assert record is not None
            assert not any(isinstance(entry, AnswerGiven) for entry in record.entries)
            assert loop.opened.name not in repr(record)

    @pytest.mark.parametrize("method", ["loop", "add_answer", "end"])
    @pytest.mark.parametrize("written", [False, True])
    async def test_a_crash_anywhere_scores_no_answer_twice(self, method: str, written: bool) -> None:
        if method == "loop" and written:
            return
        review, reader = Review_(policy=always()), metrics_in_memory()
        await add_item(review)
        loop = await escalated(review)
        state = review.backend.end(loop.opened.name, "Completed", answers=[{"ruling": "reject"}])
        review.golden.fail_next(method, Transient("dynamodb-failed"), written=written)
        with pytest.raises(Transient):
            await conclude(state, review.ports)
        await conclude(state, review.ports)
        assert len(review.golden.given) == 1
        assert {"gavel.backend": "a2i", "gavel.right": "true"} in points(reader)["gavel.golden.answers"]

    @pytest.mark.parametrize(
        ("status", "code", "given", "outcome"),
        [
            ("Failed", "Expired", None, "expired"),
            ("Failed", "ValidationError", None, "failed"),
            ("Stopped", None, None, "stopped"),
            ("Completed", None, [], "no-answers"),
            ("Completed", None, [{"ruling": "perhaps"}], "no-answers"),
        ],
    )
    async def test_without_an_answer_it_is_gone(
        self, status: str, code: str | None, given: list[dict[str, str]] | None, outcome: str
    ) -> None:
        review = Review_(policy=always())
        await add_item(review)
        loop = await escalated(review)
        await conclude(review.backend.end(loop.opened.name, status, failure_code=code, answers=given), review.ports)
        assert review.golden.loops[loop.id].outcome == outcome
        assert review.golden.given == {}
        assert (review.backend.started, review.sent) == (2, [])

    async def test_another_loop_by_its_id_is_nobodys(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        loop = await escalated(review)
        forged = LoopState(name=loop.opened.name.replace("-r1", "-r9"), status="Completed")
        with pytest.raises(Permanent):
            await conclude(forged, review.ports)

    @pytest.mark.parametrize(
        ("confirmed", "missed"),
        [(("Graphic Violence", "Weapons"), ()), (("Violence",), ("Weapons",)), (("Weapons",), ()), ((), None)],
    )
    async def test_a_label_is_confirmed_by_itself_or_by_a_narrower_one(
        self, confirmed: tuple[str, ...], missed: tuple[str, ...] | None
    ) -> None:
        review = Review_(policy=always())
        await add_item(review, labels=("Violence", "Weapons"))
        loop = await escalated(review)
        given = AnswerGiven(at=AT, round=1, worker=ANYBODY[0], action=Action.REJECT, labels=confirmed)
        assert golden_answer(loop, given).missed == (("Violence", "Weapons") if missed is None else missed)


class TestSweep:
    async def _sweep(self, review: Review_) -> int:
        return await sweep(review.ports, holder="task-1", grace=GRACE, interval=GRACE)

    async def test_an_end_that_nobody_told_is_found(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        loop = await escalated(review)
        review.backend.end(loop.opened.name, "Completed", answers=[{"ruling": "reject"}])
        review.later(minutes=6)
        assert await self._sweep(review) == 1
        assert len(review.golden.given) == 1
        review.later(minutes=6)
        assert await self._sweep(review) == 0

    @pytest.mark.parametrize("error", [Transient("a2i-failed"), Deferred("human-loop-quota", delay_s=300)])
    async def test_a_loop_that_was_written_and_not_started_is_started(self, error: GavelError) -> None:
        review = await self._not_started(error)
        review.later(minutes=6)
        await self._sweep(review)
        assert review.backend.started == 2

    async def test_a_loop_that_the_backend_refuses_is_given_up(self) -> None:
        review = await self._not_started(Permanent("loop-refused"))
        review.backend.fail_next_start = (Permanent("loop-refused"), False)
        review.later(minutes=6)
        await self._sweep(review)
        assert [loop.outcome for loop in review.golden.loops.values()] == ["refused"]

    async def test_a_loop_that_was_never_started_is_forgotten_in_the_end(self) -> None:
        review = await self._not_started(Transient("a2i-failed"))
        review.later(days=2)
        await self._sweep(review)
        assert [loop.outcome for loop in review.golden.loops.values()] == ["not-started"]

    async def _not_started(self, error: GavelError) -> Review_:
        """The real loop is started, the golden one beside it isn't."""
        review = Review_(policy=always())
        await add_item(review)
        start = review.backend.start

        async def only_real(loop: LoopOpened, policy: Policy, content: str) -> None:
            if not loop.name.startswith(CASE):
                raise error
            await start(loop, policy, content)

        review.backend.start = only_real  # type: ignore[method-assign]
        await on_review_requested(await review.accept(*weapons(70)), review.ports)
        review.backend.start = start  # type: ignore[method-assign]
        assert review.backend.started == 1
        return review
