"""Golden loops come beside real ones, as often as the policy says, and look like them."""

import json
from datetime import timedelta

import pytest

from services.review.domain.golden import candidates, golden_input, golden_loop, is_drawn
from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested, Segment
from shared.contracts.words import Action, BackendName, Choice, MediaKind, Status
from shared.errors import Transient
from shared.identity import LOOP_NAME, MEDIA_ID, random_id
from shared.ledger.entries import LoopOpened
from shared.ledger.golden import GoldenAnswer, GoldenItem
from tests.unit.review.cases import AT, POLICY, ROUND_1, SUBMISSION, Review_, message, policy_with, weapons
from tests.unit.review.cases import MEDIA_ID as CASE
from tests.unit.review.golden import ANYBODY, GOLDEN, add_item, always, escalated, real, seen

LATER = AT + timedelta(minutes=5)


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

    async def test_an_item_under_appeal_is_left_out(self) -> None:
        review = Review_(policy=always())
        await add_item(review)
        await review.ledger.advance(GOLDEN, Status.APPEALED, AT, verdict_number=1)
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

    async def test_beside_a_video_there_is_a_video_with_its_segments(self) -> None:
        review = Review_(policy=always())
        segment = Segment(
            label="Weapons", parent="Violence", level=2, start_ms=1_200, end_ms=4_800, confidence=66.0, frames=8
        )
        item = await add_item(review, kind=MediaKind.VIDEO, segments=(segment,))
        record = await review.ledger.record(GOLDEN)
        assert record is not None
        beside = LoopOpened(
            at=AT, name=ROUND_1, round=1, backend=BackendName.DESK, kind=MediaKind.VIDEO, answers_wanted=1
        )
        loop = golden_loop(item, record, review.policy, beside, loop_id="l" * 26, severity=1, excluded=(), at=AT)
        told = json.loads(golden_input(loop, record, review.policy) or "")
        assert (loop.opened.kind, told["kind"]) == (MediaKind.VIDEO, "video")
        assert [(each["label"], each["startMs"], each["endMs"]) for each in told["segments"]] == [
            ("Weapons", 1_200, 4_800)
        ]


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
                media_id="b", policy="p", kind=MediaKind.IMAGE, right=Action.REJECT, added_at=AT, busy_until=LATER
            ),
        ]
        loop = LoopOpened(at=AT, name="x", round=1, backend=BackendName.DESK, answers_wanted=1)
        assert candidates(items, SUBMISSION, loop, AT) == []
        assert [each.media_id for each in candidates(items, SUBMISSION, loop, LATER)] == ["b"]
