"""What an answer says of an image: labels, their children and aliases, boxes, the threshold and the band."""

import pytest

from cli.dataset.judging import Answer, Box, Outcome, SeenLabel, Sighting, outcome, sightings
from cli.dataset.plan import Wanted
from tests.unit.dataset.test_plan import plan

BIRD = Wanted(label="Bird", folder="Bird")
CAR = Wanted(label="Car", folder="Car")
LEFT = Box(left=0.1, top=0.1, width=0.3, height=0.3, confidence=90)
RIGHT = Box(left=0.6, top=0.1, width=0.3, height=0.3, confidence=80)
NEARLY_LEFT = Box(left=0.101, top=0.1, width=0.3, height=0.3, confidence=85)


def test_a_child_is_a_sighting_of_its_ancestors_even_when_those_are_not_in_the_answer() -> None:
    robin = SeenLabel(name="Robin", confidence=91, parents=("Animal", "Bird"), boxes=(LEFT,))
    assert sightings([robin], [BIRD]) == (Sighting(label="Bird", confidence=91, boxes=(LEFT,)),)


def test_the_surest_counts_and_a_parent_never_finds_its_child() -> None:
    bird, robin = SeenLabel(name="Bird", confidence=95), SeenLabel(name="Robin", confidence=60, parents=("Bird",))
    assert sightings([bird, robin], [BIRD])[0].confidence == 95
    assert sightings([bird], [Wanted(label="Robin", folder="Robin")]) == ()


def test_names_are_compared_without_case_and_aliases_count() -> None:
    seen = SeenLabel(name="CAR", confidence=70, aliases=("Automobile",))
    assert sightings([seen], [CAR])[0].confidence == 70
    assert sightings([seen], [Wanted(label="automobile", folder="x")])[0].confidence == 70


def test_what_a_label_and_its_child_both_frame_is_one_thing() -> None:
    bird = SeenLabel(name="Bird", confidence=95, boxes=(NEARLY_LEFT, RIGHT))
    robin = SeenLabel(name="Robin", confidence=91, parents=("Animal", "Bird"), boxes=(LEFT,))
    assert sightings([bird, robin], [BIRD])[0].boxes == (LEFT, RIGHT)


def test_boxes_of_one_label_are_never_merged() -> None:
    flock = SeenLabel(name="Bird", confidence=95, boxes=(LEFT, NEARLY_LEFT))
    assert sightings([flock], [BIRD])[0].boxes == (LEFT, NEARLY_LEFT)


@pytest.mark.parametrize(
    ("confidence", "without", "with_band"),
    [
        (90.0, Outcome.KEPT, Outcome.KEPT),
        (89.9, Outcome.REJECTED, Outcome.REJECTED),
        (80.0, Outcome.REJECTED, Outcome.REJECTED),
        (79.9, Outcome.REJECTED, Outcome.UNCERTAIN),
        (50.0, Outcome.REJECTED, Outcome.UNCERTAIN),
        (49.9, Outcome.REJECTED, Outcome.REJECTED),
    ],
)
def test_threshold_and_band_have_their_lower_ends_in_them(
    confidence: float, without: Outcome, with_band: Outcome
) -> None:
    assert outcome(confidence, plan()) is without
    assert outcome(confidence, plan(band="50-80")) is with_band


def test_what_was_not_seen_has_no_confidence() -> None:
    answer = Answer(sightings=(Sighting(label="Bird", confidence=71),))
    assert answer.of("Car").confidence == 0
    assert answer.confidence == 71
    assert Answer().confidence == 0
