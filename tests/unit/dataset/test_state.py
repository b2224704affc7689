"""What was paid for and done stays, also for the next process."""

from pathlib import Path
from typing import Any

from msgspec import structs

from cli.dataset.judging import Answer, Outcome, Sighting
from cli.dataset.listing import Candidate
from cli.dataset.plan import Plan
from cli.dataset.state import PAGE, Placed, State
from cli.run_state import forget
from tests.unit.dataset.test_plan import plan

IMAGE = Candidate(number=1, key="ü a.jpg", etag="e1", size_bytes=10)
ANSWER = Answer(sightings=(Sighting(label="Bird", confidence=80),))


def placed(number: int = 1, **more: Any) -> Placed:
    values: dict[str, Any] = {"folder": "Bird", "key": f"{number:05}.jpg", "etag": "e1", "size_bytes": 10}
    return Placed(**(values | {"number": number, "outcome": Outcome.KEPT, "confidence": 95.0} | more))


def test_answers_are_known_by_object_and_by_content_to_the_next_process(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        state.keep_answer(IMAGE, ANSWER)
        state.keep_fact("plan", plan())
    with State(tmp_path / "state") as state:
        assert state.answer(IMAGE) == ANSWER
        assert state.answer(structs.replace(placed(), key=IMAGE.key)) == ANSWER
        twin = Candidate(number=2, key="b.jpg", etag="e1", size_bytes=10)
        assert (state.answer(twin), state.answer_for_content(twin)) == (None, ANSWER)
        assert state.answer_for_content(Candidate(number=2, key="b.jpg", etag="e1", size_bytes=11)) is None
        assert state.fact("plan", Plan) == plan()
        assert state.calls == 1


def test_what_was_done_stays_when_an_image_is_judged_anew_and_goes_when_it_has_changed(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        state.keep_place(placed(outcome=Outcome.UNCERTAIN))
        state.copied(placed())
        state.asked_people(placed(), "loop")
        state.ruled(placed(), "yes")
        state.keep_place(placed())
        found = state.place("Bird", "00001.jpg")
        assert found is not None
        assert (found.outcome, found.is_copied, found.loop, found.ruling) == (Outcome.KEPT, True, "loop", "yes")
        state.keep_place(placed(etag="e2"))
        found = state.place("Bird", "00001.jpg")
        assert found is not None
        assert (found.is_copied, found.loop, found.ruling) == (False, None, None)


def test_places_come_in_order_and_may_change_while_they_are_read(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        for number in reversed(range(1, PAGE + 50)):
            state.keep_place(placed(number))
        seen = []
        for each in state.places("Bird", Outcome.KEPT):
            state.copied(each)
            seen.append(each.number)
    assert seen == list(range(1, PAGE + 50))


def test_only_earlier_images_are_repeated(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        state.keep_place(placed(5, key="five.jpg"))
        at = [Candidate(number=number, key="x", etag="e1", size_bytes=10) for number in (4, 6)]
        assert [state.same_bytes("Bird", image, (Outcome.KEPT,)) for image in at] == [None, "five.jpg"]


def test_near_misses_are_of_those_that_were_judged_and_are_nowhere(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        for number, confidence in ((1, 80.0), (2, 85.0), (3, 95.0), (4, 89.0)):
            image = Candidate(number=number, key=f"{number}.jpg", etag=str(number), size_bytes=1)
            state.keep_answer(image, Answer(sightings=(Sighting(label="Bird", confidence=confidence),)))
        state.keep_place(placed(2, key="2.jpg", outcome=Outcome.UNCERTAIN))
        assert state.nearest_misses(below=90, until=3, limit=9) == [("1.jpg", "1", 80.0)]


def test_a_copy_is_whole_and_forgetting_leaves_nothing(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        state.keep_place(placed())
        state.copy_to(tmp_path / "copy")
        with State(tmp_path / "copy") as copy:
            assert copy.place("Bird", "00001.jpg") == placed()
        forget(tmp_path / "state")
    forget(tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
