"""What reviewers are asked, and what their answers amount to."""

import json
import re
from typing import Any

import pytest

from cli.dataset.judging import Answer, Box, Outcome, Sighting
from cli.dataset.people import Ruling, loop_input, loop_name, read_answers
from cli.dataset.plan import Plan, Wanted
from cli.dataset.state import Placed
from tests.unit.dataset.test_plan import plan

A2I_NAME = re.compile(r"[a-z0-9](-*[a-z0-9]){0,62}")
BIRD = Wanted(label="Bird", folder="Bird")


def placed(**more: Any) -> Placed:
    values: dict[str, Any] = {
        "folder": "Bird",
        "number": 1,
        "key": "ein Vogel.jpg",
        "etag": "e",
        "size_bytes": 5,
        "outcome": Outcome.UNCERTAIN,
        "confidence": 71.4,
    }
    return Placed(**(values | more))


def answers(*fields: Any) -> dict[str, Any]:
    return {"humanAnswers": [{"workerId": str(n), "answerContent": {"ruling": each}} for n, each in enumerate(fields)]}


YES, NO = {"yes": True, "no": False}, {"yes": False, "no": True}


@pytest.mark.parametrize(
    ("output", "ruling"),
    [
        (answers(YES), Ruling.YES),
        (answers(NO), Ruling.NO),
        (answers(YES, NO, YES), Ruling.YES),
        (answers(YES, NO), Ruling.NONE),
        (answers(), Ruling.NONE),
        (answers("yes"), Ruling.YES),
        (answers({"yes": True, "no": True}), Ruling.NONE),
        (answers({"yes": False, "no": False}), Ruling.NONE),
        (answers("maybe"), Ruling.NONE),
        (answers(["yes"]), Ruling.NONE),
        (answers(None), Ruling.NONE),
        ({"humanAnswers": "none"}, Ruling.NONE),
        ({"humanAnswers": [None, {"answerContent": []}]}, Ruling.NONE),
        (None, Ruling.NONE),
    ],
)
def test_most_answers_decide_and_doubt_decides_nothing(output: Any, ruling: Ruling) -> None:
    assert read_answers(output) is ruling


def test_a_loop_has_one_name_for_one_question() -> None:
    wanted: Plan = plan(band="50-90")
    name = loop_name(wanted, placed(), BIRD)
    assert A2I_NAME.fullmatch(name)
    assert loop_name(plan(band="40-90"), placed(confidence=50.0, number=9), BIRD) == name
    others = (
        loop_name(wanted, placed(etag="f"), BIRD),
        loop_name(wanted, placed(key="b.jpg"), BIRD),
        loop_name(wanted, placed(), Wanted(label="Robin", folder="Bird")),
        loop_name(plan(dest="s3://other"), placed(), BIRD),
    )
    assert name not in others
    assert len(set(others)) == 4


def test_reviewers_see_the_label_and_its_boxes_in_percent() -> None:
    box = Box(left=0.12345, top=0.2, width=0.3, height=0.4, confidence=70)
    answer = Answer(sightings=(Sighting(label="Bird", confidence=71.4, boxes=(box,)),))
    told = json.loads(loop_input(placed(), BIRD, answer, "s3://pictures/x"))
    assert (told["label"], told["confidence"], told["taskObject"]) == ("Bird", 71.4, "s3://pictures/x")
    assert told["boxes"] == [{"left": 12.35, "top": 20.0, "width": 30.0, "height": 40.0}]
