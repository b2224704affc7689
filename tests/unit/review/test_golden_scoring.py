"""Answers about golden items are scored once, and touch nothing but the scores."""

import json
from datetime import timedelta

import pytest

from services.review.domain.golden import golden_answer
from services.review.domain.rulings import LoopState
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude, sweep
from shared.contracts.words import Action
from shared.errors import Deferred, GavelError, Permanent, Transient
from shared.ledger.entries import AnswerGiven, LoopOpened
from shared.policy.model import Policy
from tests.fakes.telemetry import metrics_in_memory, points
from tests.unit.review.cases import AT, Review_, weapons
from tests.unit.review.cases import MEDIA_ID as CASE
from tests.unit.review.golden import ANYBODY, GOLDEN, add_item, always, escalated

GRACE = timedelta(minutes=5)


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
