"""Boxes in the two formats that trainers read, in pixels of the picture as it is seen."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.dataset.boxes import file_name, in_pixels, write_coco, write_manifest
from cli.dataset.judging import Answer, Box, Outcome, Sighting
from cli.dataset.listing import Candidate
from cli.dataset.plan import Plan
from cli.dataset.state import Look, Placed, State
from tests.unit.dataset.test_plan import plan

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SURE = Box(left=0.1, top=0.2, width=0.3, height=0.4, confidence=95.123)
UNSURE = Box(left=0.5, top=0.5, width=0.25, height=0.25, confidence=60)


@pytest.fixture
def wanted() -> Plan:
    made: Plan = plan(dest="s3://sets/x", labels=["bird", "car"], band="50-90", with_boxes=True)
    return made


def keep(state: State, key: str, number: int, boxes: dict[str, tuple[Box, ...]], *, ruling: str | None = None) -> None:
    image = Candidate(number=number, key=key, etag=key, size_bytes=1)
    sightings = tuple(Sighting(label=label, confidence=95, boxes=own) for label, own in boxes.items())
    state.keep_answer(image, Answer(sightings=sightings))
    state.keep_look(image, Look(width=200, height=100))
    for label in boxes:
        placed = Placed(
            folder=label, number=number, key=key, etag=key, size_bytes=1, outcome=Outcome.KEPT, confidence=95
        )
        state.keep_place(placed)
        if ruling is not None:
            state.ruled(placed, ruling)


def written(wanted: Plan, state: State, folder: Path) -> tuple[list[Any], Any]:
    write_manifest(wanted, state, folder / "manifest", AT)
    write_coco(wanted, state, folder / "coco", AT)
    lines = (folder / "manifest").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], json.loads((folder / "coco").read_text(encoding="utf-8"))


def test_a_line_is_as_custom_labels_imports_it(wanted: Plan, tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        keep(state, "a b/ü.jpg", 1, {"Bird": (SURE, UNSURE)})
        (line,), _ = written(wanted, state, tmp_path)
    assert line == {
        "source-ref": "s3://sets/x/Bird/a b/ü.jpg",
        "bounding-box": {
            "image_size": [{"width": 200, "height": 100, "depth": 3}],
            "annotations": [{"class_id": 0, "top": 20, "left": 20, "width": 60, "height": 40}],
        },
        "bounding-box-metadata": {
            "objects": [{"confidence": 0.9512}],
            "class-map": {"0": "Bird"},
            "type": "groundtruth/object-detection",
            "human-annotated": "no",
            "creation-date": "2026-11-21T10:00:00.000000",
            "job-name": f"gavel-dataset/{wanted.run}",
        },
    }


def test_what_people_said_yes_to_has_the_boxes_that_they_saw(wanted: Plan, tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        keep(state, "a.jpg", 1, {"Bird": (UNSURE,)}, ruling="yes")
        (line,), _ = written(wanted, state, tmp_path)
    assert line["bounding-box-metadata"]["human-annotated"] == "yes"
    assert len(line["bounding-box"]["annotations"]) == 1


def test_an_image_in_two_folders_is_one_line_with_both_labels(wanted: Plan, tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        keep(state, "both.jpg", 1, {"Bird": (SURE,), "Car": (SURE,)})
        keep(state, "car.jpg", 2, {"Car": (SURE,)})
        lines, coco = written(wanted, state, tmp_path)
    assert [line["source-ref"] for line in lines] == ["s3://sets/x/Bird/both.jpg", "s3://sets/x/Car/car.jpg"]
    assert [one["class_id"] for one in lines[0]["bounding-box"]["annotations"]] == [0, 1]
    assert lines[1]["bounding-box-metadata"]["class-map"] == {"1": "Car"}
    assert [each["file_name"] for each in coco["images"]] == ["Bird/both.jpg", "Car/car.jpg"]


def test_coco_has_what_its_readers_want(wanted: Plan, tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        keep(state, "a.jpg", 1, {"Bird": (SURE,)})
        keep(state, "nowhere.jpg", 2, {"Bird": ()})
        keep(state, "c.jpg", 3, {"Car": (SURE, SURE)})
        lines, coco = written(wanted, state, tmp_path)
    assert len(lines) == 2, "an image without a box would teach that nothing is on it"
    assert coco["categories"] == [
        {"id": 1, "name": "Bird", "supercategory": ""},
        {"id": 2, "name": "Car", "supercategory": ""},
    ]
    assert coco["images"][1] == {"id": 2, "file_name": "Car/c.jpg", "width": 200, "height": 100}
    assert [(one["id"], one["image_id"], one["category_id"]) for one in coco["annotations"]] == [
        (1, 1, 1), (2, 2, 2), (3, 2, 2),
    ]  # fmt: skip
    assert coco["annotations"][0]["bbox"] == [20, 20, 60, 40]
    assert coco["annotations"][0]["area"] == 2400


RATIO = st.floats(0, 1)


@given(RATIO, RATIO, RATIO, RATIO, st.integers(1, 10_000), st.integers(1, 10_000))
def test_pixels_are_inside_of_the_picture(
    left: float, top: float, width: float, height: float, wide: int, high: int
) -> None:
    box = Box(left=left, top=top, width=min(width, 1 - left), height=min(height, 1 - top), confidence=1)
    drawn = in_pixels(box, 0, Look(width=wide, height=high))
    assert 0 <= drawn.left < drawn.left + drawn.width <= wide
    assert 0 <= drawn.top < drawn.top + drawn.height <= high


def test_files_are_called_after_their_folders_while_that_is_short(wanted: Plan) -> None:
    assert file_name(wanted) == "Bird+Car"
    long = plan(labels=[f"label {n:03}" for n in range(20)], allow_unknown_labels=True)
    assert file_name(long) == long.run
