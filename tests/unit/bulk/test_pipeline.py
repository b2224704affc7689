"""Images through the pipeline: in the lane that waits, a window at a time, found again by their ids."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from cli.bulk.sources import Line
from cli.bulk.state import Image, State
from cli.runs import RunProblem
from shared.contracts.delivered import Delivery, read_delivery
from shared.contracts.messages import MediaRef
from shared.contracts.words import Action, DecidedBy, Lane, MediaKind
from shared.errors import Transient
from shared.identity import analysis_id, media_id
from shared.ledger.entries import SubmissionOpened, VerdictGiven
from tests.unit.bulk.pipelines import AT, DELIVERED, JUDGED, PLAN, REF, FakePipeline


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state.sqlite") as state:
        state.add_lines([Line(number=number, ref=f"s3://shop/{number}.jpg") for number in range(1, 6)])
        yield state


async def test_every_image_is_asked_about_once_in_the_lane_that_waits(state: State) -> None:
    pipeline = FakePipeline()
    await pipeline.run(state).run()
    assert len(pipeline.sent) == 5
    assert {event.data.lane for event in pipeline.sent} == {Lane.BACKFILL}
    assert {(e.data.bulk.run, e.data.bulk.is_judged, e.data.bulk.min_confidence) for e in pipeline.sent} == {
        ("autumn", False, 20.0)
    }
    assert all(told.answer and told.answer.moderation_labels[0].name == "Smoking" for told in state.told())
    await pipeline.run(state).run()
    assert len(pipeline.sent) == 5


async def test_what_cannot_be_has_its_reason_once(state: State) -> None:
    state.add_lines([Line(number=6, ref="s3://elsewhere/6.jpg")])
    pipeline = FakePipeline(gone=frozenset({"1.jpg"}), bad=frozenset({"2.jpg"}))
    await pipeline.run(state).run()
    assert [(error.line, error.code) for error in state.errors()] == [
        (1, "INVALID_S3_OBJECT"),
        (2, "INVALID_IMAGE_FORMAT"),
        (6, "BUCKET_NOT_ALLOWED"),
    ]


async def test_a_crash_finds_what_was_sent_and_sends_it_no_more(state: State) -> None:
    pipeline = FakePipeline()
    ticks = iter([True, False])
    await pipeline.run(state, window=2, goes_on=lambda: next(ticks)).run()
    sent = len(pipeline.sent)
    assert 0 < sent < 5
    await pipeline.run(state).run()
    assert (len(pipeline.sent), state.counts().done) == (5, 5)
    assert len({event.id for event in pipeline.sent}) == 5


async def test_no_more_than_the_window_is_on_its_way_and_nothing_begins_once_cancelled(state: State) -> None:
    pipeline = FakePipeline(swallowed=frozenset(f"{number}.jpg" for number in range(1, 6)))
    ticks = iter([True] * 4 + [False])
    await pipeline.run(state, window=2, goes_on=lambda: next(ticks)).run()
    assert (len(pipeline.sent), state.counts().sent) == (2, 2)
    pipeline = FakePipeline()
    await pipeline.run(state, may_begin=lambda: False, goes_on=iter([True, False]).__next__).run()
    assert pipeline.sent == []


async def test_what_the_pipeline_has_lost_is_sent_again_and_given_up_after_some_hours(state: State) -> None:
    pipeline = FakePipeline(swallowed=frozenset({"2.jpg"}))
    minutes = iter(range(0, 10_000, 5))
    await pipeline.run(state, clock=lambda: AT + timedelta(minutes=next(minutes))).run()
    assert len({event.id for event in pipeline.sent}) == 5
    assert len(pipeline.sent) > 5
    (error,) = state.errors()
    assert (error.line, error.code) == (2, "STUCK")
    assert analysis_id("shop", "2.jpg", "v1", "autumn") in error.message


async def test_what_stands_still_is_given_up_after_some_hours_by_a_cancelled_run_too(state: State) -> None:
    pipeline = FakePipeline(halted=frozenset({"2.jpg"}))
    await pipeline.run(state, goes_on=iter([True, True, False]).__next__, clock=lambda: AT).run()
    assert (state.counts().sent, state.counts().done) == (1, 4)
    hours = iter(range(1000))
    later = AT + timedelta(days=1)
    cancelled = pipeline.run(state, may_begin=lambda: False, clock=lambda: later + timedelta(hours=next(hours)))
    await cancelled.run()
    assert [(error.line, error.code) for error in state.errors()] == [(2, "STUCK")]
    assert len(pipeline.sent) == 5


async def test_a_name_that_has_asked_something_else_is_told_and_not_its_answers(state: State, tmp_path: Path) -> None:
    pipeline = FakePipeline()
    await pipeline.run(state).run()
    for plan in (
        msgspec.structs.replace(PLAN, min_confidence=70.0),
        msgspec.structs.replace(PLAN, adapter="arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1"),
    ):
        with State(tmp_path / f"{plan.min_confidence}" / "state.sqlite") as elsewhere:
            elsewhere.add_lines([Line(number=1, ref="s3://shop/1.jpg")])
            with pytest.raises(RunProblem, match="another --name"):
                await pipeline.run(elsewhere, plan).run()
            assert elsewhere.counts().done == 0


async def test_what_passes_does_not_end_a_run(state: State) -> None:
    pipeline = FakePipeline(failures=[Transient("sqs-failed"), Transient("source-throttled")])
    await pipeline.run(state).run()
    assert state.counts().done == 5
    pipeline = FakePipeline(failures=[Transient("sqs-access-denied")])
    state.add_lines([Line(number=6, ref="s3://shop/6.jpg")])
    with pytest.raises(Transient, match="sqs-access-denied"):
        await pipeline.run(state).run()


async def test_a_policy_s_choice_is_waited_for(state: State) -> None:
    pipeline = FakePipeline()
    await pipeline.run(state, JUDGED).run()
    assert {told.choice for told in state.told()} == {"restrict"}
    assert all(event.data.bulk.is_judged for event in pipeline.sent)


async def test_a_verdict_that_was_taken_over_has_the_evidence_of_its_source_or_is_an_error(state: State) -> None:
    pipeline = FakePipeline(swallowed=frozenset({"1.jpg", "2.jpg"}))
    source = media_id("shop", "3.jpg", "v1")
    for key, of in (("1.jpg", source), ("2.jpg", media_id("shop", "elsewhere.jpg", "v1"))):
        item = media_id("shop", key, "v1")
        opened = SubmissionOpened(
            at=AT, tenant="default", kind=MediaKind.IMAGE, lane=Lane.BACKFILL, source=MediaRef(bucket="shop", key=key),
            policy=REF, size_bytes=1, envelope="cloudevent",
        )  # fmt: skip
        taken_over = VerdictGiven(
            at=AT, number=1, action=Action.RESTRICT, decided_by=DecidedBy.REUSE, policy=REF, cause="c", reasons=(),
            reused_from=of,
        )  # fmt: skip
        await pipeline.ledger.open(item, opened)
        await pipeline.ledger.add(item, taken_over)
    await pipeline.run(state, JUDGED).run()
    assert [told.number for told in state.told() if told.answer and told.answer.moderation_labels] == [1, 3, 4, 5]
    assert [(error.line, error.code) for error in state.errors()] == [(2, "EVIDENCE_MISSING")]


async def test_what_another_policy_judges_is_not_judged_by_this_one(state: State) -> None:
    pipeline = FakePipeline()
    await pipeline.run(state, msgspec.structs.replace(JUDGED, policy="strict")).run()
    assert pipeline.sent == []
    assert {error.code for error in state.errors()} == {"OTHER_POLICY"}


async def test_an_answer_is_delivered_unless_its_object_was_written_anew(state: State) -> None:
    pipeline = FakePipeline()
    run = pipeline.run(state, JUDGED)
    asked_at = AT + timedelta(seconds=1)
    await run._send(Image(number=1, ref="s3://shop/1.jpg", delivered=DELIVERED, asked_at=asked_at))
    item = media_id("shop", "1.jpg", "v1")
    assert pipeline.sent[0].data.bulk.answer_of == item
    assert {key: read_delivery(body) for key, body in pipeline.written.items()} == {
        ("evidence", f"bulk/autumn/items/{item}.json"): Delivery(answer=DELIVERED, min_confidence=50.0)
    }
    pipeline.written_at = AT + timedelta(seconds=2)
    await run._send(Image(number=2, ref="s3://shop/2.jpg", delivered=DELIVERED, asked_at=asked_at))
    assert len(pipeline.sent) == 1
    assert [error.code for error in state.errors()] == ["CHANGED_SINCE"]


async def test_what_was_written_in_the_second_in_which_its_job_began_is_asked_about_again(state: State) -> None:
    pipeline = FakePipeline()
    asked_at = AT + timedelta(milliseconds=900)
    image = Image(number=1, ref="s3://shop/1.jpg", delivered=DELIVERED, asked_at=asked_at)
    await pipeline.run(state, JUDGED)._send(image)
    assert (pipeline.sent[0].data.bulk.answer_of, pipeline.written) == (None, {})
