"""Bounding boxes of what was kept, for training: a Ground Truth manifest and COCO JSON, written row by row.

The manifest is what Rekognition Custom Labels imports: https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/
md-create-manifest-file-object-detection.html. COCO is the object detection format of cocodataset.org.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from cli.dataset.judging import Box, Outcome
from cli.dataset.plan import Plan, Wanted
from cli.dataset.state import YES, Look, Placed, State

NAME_LIMIT: Final = 120


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """How many images are in the files, and how many are not because nobody knows where on them the label is."""

    images: int
    boxes: int
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A box in pixels, of the label with this number."""

    label: int
    left: int
    top: int
    width: int
    height: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxed:
    """An image that was kept, once, in however many folders it is; `file` is where it lies under the destination."""

    file: str
    look: Look
    drawn: tuple[Drawn, ...]
    is_by_people: bool


def file_name(plan: Plan) -> str:
    """What both files are called, without suffix."""
    name = "+".join(plan.folders)
    return name if len(name) <= NAME_LIMIT else plan.run


def write_manifest(plan: Plan, state: State, path: Path, at: datetime) -> Written:
    classes = {str(number): wanted.label for number, wanted in enumerate(plan.wanted)}
    images = boxes = without = 0
    with path.open("w", encoding="utf-8") as file:
        for boxed in kept_boxes(plan, state):
            if not boxed.drawn:
                without += 1
                continue
            images, boxes = images + 1, boxes + len(boxed.drawn)
            _write(file, _line(plan, boxed, classes, at))
            file.write("\n")
    return Written(images=images, boxes=boxes, without=without)


def write_coco(plan: Plan, state: State, path: Path, at: datetime) -> None:
    """In two passes, since all images come before all annotations."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"info": ')
        what = f"{', '.join(plan.folders)} from {plan.source.address}"
        _write(file, {"description": what, "date_created": f"{at:%Y-%m-%d}"})
        file.write(', "licenses": [], "categories": ')
        _write(
            file,
            [{"id": number, "name": wanted.label, "supercategory": ""} for number, wanted in enumerate(plan.wanted, 1)],
        )
        file.write(', "images": [')
        _write_all(file, _coco_images(plan, state))
        file.write('], "annotations": [')
        _write_all(file, _coco_annotations(plan, state))
        file.write("]}\n")


def kept_boxes(plan: Plan, state: State) -> Iterator[Boxed]:
    """In the order of the folders and of the run."""
    for place, first in enumerate(plan.wanted):
        for placed in state.places(first.folder, Outcome.KEPT):
            found = [state.place(wanted.folder, placed.key) for wanted in plan.wanted]
            kept = [each if each is not None and each.outcome is Outcome.KEPT else None for each in found]
            look = state.look(placed)
            if any(kept[:place]) or look is None:
                continue
            yield Boxed(
                file=f"{first.folder}/{placed.key}",
                look=look,
                drawn=tuple(
                    drawn
                    for number, (wanted, each) in enumerate(zip(plan.wanted, kept, strict=True))
                    if each is not None
                    for drawn in _drawn(plan, state, wanted, number, each, look)
                ),
                is_by_people=any(each is not None and each.ruling == YES for each in kept),
            )


def in_pixels(box: Box, label: int, look: Look) -> Drawn:
    """Whole pixels inside of the picture, one at least."""
    left = min(round(box.left * look.width), look.width - 1)
    top = min(round(box.top * look.height), look.height - 1)
    right = min(max(round((box.left + box.width) * look.width), left + 1), look.width)
    bottom = min(max(round((box.top + box.height) * look.height), top + 1), look.height)
    return Drawn(
        label=label, left=left, top=top, width=right - left, height=bottom - top, confidence=box.confidence
    )  # fmt: skip


def _drawn(plan: Plan, state: State, wanted: Wanted, number: int, placed: Placed, look: Look) -> Iterator[Drawn]:
    """What Rekognition was sure enough of; where people said yes, the boxes that they saw."""
    answer = state.answer(placed) or state.answer_for_content(placed)
    least = plan.band.low if plan.band is not None and placed.ruling == YES else plan.threshold
    for box in answer.of(wanted.label).boxes if answer else ():
        if box.confidence >= least:
            yield in_pixels(box, number, look)


def _line(plan: Plan, boxed: Boxed, classes: dict[str, str], at: datetime) -> dict[str, Any]:
    return {
        "source-ref": f"s3://{plan.dest.bucket}/{plan.dest.below(boxed.file)}",
        "bounding-box": {
            # Custom Labels reads a depth and doesn't use it.
            "image_size": [{"width": boxed.look.width, "height": boxed.look.height, "depth": 3}],
            "annotations": [
                {"class_id": one.label, "top": one.top, "left": one.left, "width": one.width, "height": one.height}
                for one in boxed.drawn
            ],
        },
        "bounding-box-metadata": {
            "objects": [{"confidence": round(one.confidence / 100, 4)} for one in boxed.drawn],
            "class-map": {number: name for number, name in classes.items() if int(number) in _labels(boxed)},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes" if boxed.is_by_people else "no",
            "creation-date": f"{at:%Y-%m-%dT%H:%M:%S.%f}",
            "job-name": f"gavel-dataset/{plan.run}",
        },
    }


def _coco_images(plan: Plan, state: State) -> Iterator[dict[str, Any]]:
    for number, boxed in enumerate(_with_boxes(plan, state), 1):
        yield {"id": number, "file_name": boxed.file, "width": boxed.look.width, "height": boxed.look.height}


def _coco_annotations(plan: Plan, state: State) -> Iterator[dict[str, Any]]:
    identifier = 0
    for image, boxed in enumerate(_with_boxes(plan, state), 1):
        for one in boxed.drawn:
            identifier += 1
            yield {
                "id": identifier,
                "image_id": image,
                "category_id": one.label + 1,
                "bbox": [one.left, one.top, one.width, one.height],
                "area": one.width * one.height,
                "iscrowd": 0,
            }


def _with_boxes(plan: Plan, state: State) -> Iterator[Boxed]:
    return (boxed for boxed in kept_boxes(plan, state) if boxed.drawn)


def _labels(boxed: Boxed) -> set[int]:
    return {one.label for one in boxed.drawn}


def _write(file: TextIO, value: object) -> None:
    json.dump(value, file, ensure_ascii=False)


def _write_all(file: TextIO, values: Iterator[dict[str, Any]]) -> None:
    for number, value in enumerate(values):
        file.write(", " if number else "")
        _write(file, value)
