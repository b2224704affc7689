"""Lines that ended with an error, begun anew: what has its answer is asked no more, what names no object never was."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cli.bulk.shapes import INVALID_LINE, Answer, ManifestError
from cli.bulk.sources import Line
from cli.bulk.state import Stage, State
from shared.identity import analysis_id, media_id
from shared.ledger.entries import EvidenceFound
from tests.unit.bulk.pipelines import AT, DECIDED, EVIDENCE, JUDGED, FakePipeline

SAFE = Answer(moderation_labels=(), moderation_model_version="7.0")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state.sqlite") as state:
        state.add_lines([Line(number=number, ref=f"s3://shop/{number}.jpg") for number in (1, 2, 3)])
        state.add_lines([Line(number=4, ref=None, code=INVALID_LINE, message="The line is not JSON.")])
        yield state


def errors(state: State) -> list[tuple[int, str]]:
    return [(error.line, error.code) for error in state.errors()]


async def test_what_failed_is_asked_about_as_another_item_and_nothing_else_is(state: State) -> None:
    pipeline = FakePipeline(bad=frozenset({"1.jpg"}), gone=frozenset({"2.jpg"}))
    await pipeline.run(state).run()
    assert errors(state) == [(1, "INVALID_IMAGE_FORMAT"), (2, "INVALID_S3_OBJECT"), (4, INVALID_LINE)]
    pipeline.bad = pipeline.gone = frozenset()
    assert state.begin_errors_anew() == 2
    await pipeline.run(state, retry=1).run()
    assert errors(state) == [(4, INVALID_LINE)]
    assert [event.data.media.key for event in pipeline.sent] == ["1.jpg", "3.jpg", "1.jpg", "2.jpg"]
    assert [event.data.bulk.run for event in pipeline.sent] == ["autumn", "autumn", ".1.autumn", ".1.autumn"]
    assert state.begin_errors_anew() == 0


async def test_what_was_given_up_and_has_ended_since_is_taken_up(state: State) -> None:
    pipeline = FakePipeline(halted=frozenset({"1.jpg"}))
    hours = iter(range(1000))
    await pipeline.run(state, clock=lambda: AT + timedelta(hours=next(hours))).run()
    assert errors(state) == [(1, "STUCK"), (4, INVALID_LINE)]
    await pipeline.ledger.add(analysis_id("shop", "1.jpg", "v1", "autumn"), EvidenceFound(at=AT, evidence=EVIDENCE))
    state.begin_errors_anew()
    await pipeline.run(state, retry=1).run()
    assert (errors(state), len(pipeline.sent)) == ([(4, INVALID_LINE)], 3)


async def test_what_is_to_be_judged_is_looked_at_again_and_not_sent(state: State) -> None:
    pipeline = FakePipeline(bad=frozenset({"1.jpg"}))
    await pipeline.run(state, JUDGED).run()
    sent = len(pipeline.sent)
    for judged_since in (False, True):
        if judged_since:  # an operator has redriven it
            item = media_id("shop", "1.jpg", "v1")
            await pipeline.ledger.add(item, EvidenceFound(at=AT, evidence=EVIDENCE))
            await pipeline.ledger.add(item, DECIDED)
        assert state.begin_errors_anew() == 1
        await pipeline.run(state, JUDGED, retry=1).run()
        assert len(pipeline.sent) == sent
        assert ((1, "INVALID_IMAGE_FORMAT") in errors(state)) is not judged_since
    assert {told.choice for told in state.told() if told.answer} == {"restrict"}


async def test_what_was_lost_is_sent_at_once(state: State) -> None:
    pipeline = FakePipeline(swallowed=frozenset({"1.jpg"}))
    hours = iter(range(1000))
    await pipeline.run(state, JUDGED, clock=lambda: AT + timedelta(hours=next(hours))).run()
    assert errors(state) == [(1, "STUCK"), (4, INVALID_LINE)]
    pipeline.swallowed = frozenset()
    state.begin_errors_anew()
    ticks = iter([True] * 20)
    await pipeline.run(state, JUDGED, retry=1, clock=lambda: AT, goes_on=lambda: next(ticks, False)).run()
    assert [told.number for told in state.told() if told.answer] == [1, 2, 3]


def test_a_job_is_asked_anew_about_what_it_had_no_answer_for_and_what_was_written_anew(state: State) -> None:
    first, second, third = state.images(Stage.NEW)
    state.keep_part(1, (first, second, third))
    state.take_error(1, ManifestError(line=1, ref=first.ref, code="INVALID_S3_OBJECT", message=""))
    state.close_part(1, AT, "NO_RESULT", "")
    for image, code in ((second, "CHANGED_SINCE"), (third, "OTHER_POLICY")):
        state.failed(image.number, code, "", SAFE)
    state.begin_errors_anew()
    assert [image.number for image in state.undivided(after=0)] == [1, 2]
    assert [told.number for told in state.told() if told.answer] == [3]
