"""The manifests that an adapter learns from: JSON Lines, an image and what it shows in each (Developer Guide, "Manifest
file formats").

    {"source-ref": "s3://b/k.jpg", "content-moderation-groundtruth": {"ModerationLabels": [{"Name": "Smoking"}]}}

A line that can't be used is left out and listed. The codes are those of Custom Labels, whose validation manifests the
API describes; the guide for adapters names none.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gavel_emulator.rekognition.taxonomy import taxonomy

TRUTH = "content-moderation-groundtruth"
SOURCE_REF = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)", re.DOTALL)
TESTED_SHARE = 0.2
"""Of the training images, where the service makes the test set (Custom Labels' share)."""


@dataclass(frozen=True, slots=True)
class LineError:
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`number` counts from 1; `truth` has every ancestor; with an `error` nothing else can be counted on."""

    number: int
    text: str
    entry: Any = None
    bucket: str = ""
    key: str = ""
    truth: frozenset[str] = frozenset()
    error: LineError | None = None


class TrainingFailed(Exception):
    """The training can't go on; the text is the version's StatusMessage."""


def read_lines(content: bytes) -> list[Line]:
    """Every line that isn't blank."""
    texts = content.decode("utf-8", errors="replace").splitlines()
    return [_read(number, text) for number, text in enumerate(texts, start=1) if text.strip()]


def split(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """Those to train with and those to test with, by the hash of an image's key: always the same ones, and no image in
    both.
    """
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        digest = hashlib.sha256(line.key.encode()).digest()
        sides[int.from_bytes(digest[:4]) < TESTED_SHARE * 2**32].append(line)
    return sides


def check_bucket(lines: Sequence[Line]) -> str:
    """The one bucket of a dataset's images. Raises TrainingFailed."""
    buckets = {line.bucket for line in lines if line.error is None}
    if len(buckets) != 1:
        raise TrainingFailed(
            "All images of a dataset must be in the same Amazon S3 bucket."
            if buckets
            else "The manifest file has no valid JSON lines."
        )
    return buckets.pop()


def _read(number: int, text: str) -> Line:
    def bad(code: str, message: str, entry: Any = None) -> Line:
        return Line(number=number, text=text, entry=entry, error=LineError(code, message))

    try:
        entry = json.loads(text)
    except ValueError:
        return bad("ERROR_INVALID_JSON_LINE", "The line is not valid JSON.")
    if not isinstance(entry, dict):
        return bad("ERROR_INVALID_JSON_LINE", "The line is not a JSON object.")
    if "source-ref" not in entry:
        return bad("ERROR_MISSING_SOURCE_REF", "The source-ref key is missing.", entry)
    place = SOURCE_REF.fullmatch(entry["source-ref"]) if isinstance(entry["source-ref"], str) else None
    if place is None:
        return bad("ERROR_INVALID_SOURCE_REF_FORMAT", "The source-ref is not an Amazon S3 location.", entry)
    if TRUTH not in entry:
        return bad("ERROR_NO_LABEL_ATTRIBUTES", f"The {TRUTH} key is missing.", entry)
    names = _names(entry[TRUTH])
    if names is None:
        return bad("ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT", f"The {TRUTH} has no list of ModerationLabels.", entry)
    unknown = [name for name in names if name not in taxonomy().labels]
    if unknown:
        return bad("ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT", f"{unknown[0]!r} is not a moderation label.", entry)
    truth = frozenset(label.name for name in names for label in taxonomy().lineage(name))
    return Line(number=number, text=text, entry=entry, bucket=place["bucket"], key=place["key"], truth=truth)


def _names(truth: Any) -> list[str] | None:
    labels = truth.get("ModerationLabels") if isinstance(truth, dict) else None
    if not isinstance(labels, list) or not all(isinstance(label, dict) for label in labels):
        return None
    names = [label.get("Name") for label in labels]
    return names if all(isinstance(name, str) for name in names) else None
