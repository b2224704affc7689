"""What a run keeps: each object once, whatever names it, and lines in their order."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.bulk.plan import Mode, Plan
from cli.bulk.shapes import Answer, Label
from cli.bulk.sources import Line, manifest_lines
from cli.bulk.state import Counts, Stage, State
from cli.bulk.summary import write_files

SMOKES = Answer(
    moderation_labels=(Label(confidence=88.1, name="Smoking"), Label(confidence=88.1, name="Products")),
    moderation_model_version="7.0",
)
PLAN = Plan(run="autumn", source="s3://shop/", mode=Mode.FAN_OUT, stack="dev", min_confidence=50)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "autumn" / "state.sqlite") as state:
        state.add_lines([
            Line(number=1, ref="s3://shop/a.jpg"),
            Line(number=2, ref=None, code="INVALID_JSON_LINE", message="The line is not JSON."),
            Line(number=3, ref="s3://shop/b.jpg"),
            Line(number=4, ref="s3://shop/a.jpg"),
        ])  # fmt: skip
        yield state


def test_a_manifest_s_lines_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(
        b'{"source-ref":"s3://shop/a b.jpg"}\n\n{"source":1}\n[]\n{"source-ref":"https://shop/a"}\n'
        b'{"source-ref":"s3://shop/\xc3\xbc"}\n\xff\n{"source-ref":"s3://shop/z","more":[1]}'
    )
    found = list(manifest_lines(path))
    assert [line.number for line in found] == list(range(1, 9))
    assert {line.number: line.ref for line in found if not line.code} == {
        1: "s3://shop/a b.jpg",
        6: "s3://shop/ü",
        8: "s3://shop/z",
    }
    assert {line.number: line.code for line in found if line.code} == {
        2: "INVALID_JSON_LINE", 3: "INVALID_JSON_LINE", 4: "INVALID_JSON_LINE", 5: "INVALID_SOURCE_REF",
        7: "INVALID_JSON_LINE",
    }  # fmt: skip


def test_an_object_that_is_named_twice_is_asked_about_once_and_told_twice(state: State, tmp_path: Path) -> None:
    assert state.counts() == Counts(lines=4, repeats=1, sent=0, done=1)
    assert [image.number for image in state.images(Stage.NEW)] == [1, 3]
    first, second = state.images(Stage.NEW)
    state.sent(first, "m1")
    assert [image.media_id for image in state.images(Stage.SENT)] == ["m1"]
    state.answered(first, SMOKES, None)
    state.failed(second.number, "INVALID_S3_OBJECT", "There is no such object.")
    summary = write_files(PLAN, state, tmp_path / "out", price_usd=0.001, is_cancelled=False)
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["source-ref"] for line in lines] == ["s3://shop/a.jpg"] * 2
    assert (summary.results, summary.repeats, summary.waiting, summary.cost_usd) == (2, 1, 0, 0.001)
    assert summary.labels == {"Products": 2, "Smoking": 2}
    assert summary.histogram == (0, 0, 0, 0, 0, 0, 0, 0, 2, 0)
    assert summary.errors == {"INVALID_JSON_LINE": 1, "INVALID_S3_OBJECT": 1}
    assert [(one.line, one.ref) for one in state.errors()] == [(2, None), (3, "s3://shop/b.jpg")]


def test_an_answer_that_names_no_adapter_was_not_the_adapter_s(state: State, tmp_path: Path) -> None:
    first, second = state.images(Stage.NEW)
    state.answered(first, SMOKES, None)
    state.answered(second, msgspec.structs.replace(SMOKES, project_version="arn"), None)

    def ignored(**plan: Any) -> int:
        asked = msgspec.structs.replace(PLAN, **plan)
        return write_files(asked, state, tmp_path, price_usd=0.001, is_cancelled=False).adapter_ignored

    assert ignored(adapter="arn") == 2  # two lines name the object
    assert ignored(adapter="arn", mode=Mode.MEDIA_ANALYSIS) == 0
    assert ignored() == 0


def test_what_was_answered_and_not_judged_keeps_its_answer(state: State, tmp_path: Path) -> None:
    for image in state.images(Stage.NEW):
        state.failed(image.number, "CHANGED_SINCE", "It was written anew.", SMOKES)
    summary = write_files(PLAN, state, tmp_path / "out", price_usd=0.001, is_cancelled=True)
    assert (summary.results, summary.unjudged, summary.is_cancelled) == (3, {"CHANGED_SINCE": 3}, True)
    assert summary.errors == {"INVALID_JSON_LINE": 1}


def test_what_an_interrupted_listing_has_left_is_forgotten(state: State) -> None:
    state.begin_list()
    assert state.counts().lines == 0
