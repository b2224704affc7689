"""What Rekognition's bulk analysis writes, and what this command writes alike whoever was asked.

`results.jsonl` has a line for each image that has an answer, `manifest-summary.json` counts lines and names every one
that has none (Developer Guide, "Bulk analysis output manifests").
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from shared.contracts.messages import Evidence

REF: Final = re.compile(r"s3://(?P<bucket>[0-9A-Za-z.\-_]{3,255})/(?P<key>.{1,1024})", re.DOTALL)
LINE: Final = "line-numer"
"""AWS's guide spells it so, in every copy. UNVERIFIED whether the service does: both spellings are read."""

INVALID_LINE: Final = "INVALID_JSON_LINE"
INVALID_REF: Final = "INVALID_SOURCE_REF"
INVALID_OBJECT: Final = "INVALID_S3_OBJECT"
INVALID_FORMAT: Final = "INVALID_IMAGE_FORMAT"
TOO_LARGE: Final = "IMAGE_TOO_LARGE"
UNREADABLE: Final = "UNREADABLE_RESULT"
NO_RESULT: Final = "NO_RESULT"
CHANGED: Final = "CHANGED_SINCE"
CODES: Final = {
    "object-missing": INVALID_OBJECT,
    "object-deleted": INVALID_OBJECT,
    "version-missing": INVALID_OBJECT,
    "image-not-readable": INVALID_OBJECT,
    "not-media": INVALID_FORMAT,
    "not-an-image": INVALID_FORMAT,
    "object-empty": INVALID_FORMAT,
    "image-truncated": INVALID_FORMAT,
    "image-unreadable": INVALID_FORMAT,
    "image-format-refused": INVALID_FORMAT,
    "image-too-large": TOO_LARGE,
    "image-too-small": "INVALID_PARAMETER",
    "detection-refused": "INVALID_PARAMETER",
}
"""The pipeline's reasons by the names of the exceptions with which Rekognition refuses the same. AWS documents no
codes: those of its own summaries are taken as they are."""


class Label(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    confidence: float
    name: str
    parent_name: str = ""
    taxonomy_level: int = 1


class ContentType(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    confidence: float
    name: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """DetectModerationLabels's, by its own names. No labels at all is an answer too, so that they must be told."""

    moderation_labels: tuple[Label, ...]
    moderation_model_version: str
    content_types: tuple[ContentType, ...] = ()
    project_version: str | msgspec.UnsetType = msgspec.UNSET


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the results."""

    ref: str = msgspec.field(name="source-ref")
    answer: Answer = msgspec.field(name="detect-moderation-labels")


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    ref: str = msgspec.field(name="source-ref")


class ManifestError(msgspec.Struct, frozen=True, kw_only=True):
    """A line without a result. `ref` is None where none could be read, `line` 0 where none was told."""

    line: int
    ref: str | None
    code: str
    message: str


def answer_of(evidence: Evidence) -> Answer:
    return Answer(
        moderation_labels=tuple(
            Label(confidence=one.confidence, name=one.label, parent_name=one.parent, taxonomy_level=one.level)
            for one in evidence.findings
        ),
        moderation_model_version=evidence.model_version,
        content_types=tuple(ContentType(confidence=one.confidence, name=one.name) for one in evidence.content_types),
        project_version=evidence.adapter_used or msgspec.UNSET,
    )


def code_of(reason: str) -> str:
    """A reason of the pipeline's as a code of the summary."""
    return CODES.get(reason) or reason.replace("-", "_").upper()


def read_result(line: bytes) -> Result | ManifestError | None:
    """A line of a job's results; an error of its object where there is no answer in it that can be read; None where
    not even the object can be."""
    try:
        return msgspec.json.decode(line, type=Result)
    except (ValueError, RecursionError):
        pass
    try:
        ref = msgspec.json.decode(line, type=_Named).ref
    except (ValueError, RecursionError):
        return None
    return ManifestError(line=0, ref=ref, code=UNREADABLE, message="The job's line about it has no answer to be read.")


def read_errors(content: bytes) -> Iterator[ManifestError]:
    """The errors of a manifest summary, whatever else is in it; what can't be read is left out."""
    try:
        document = msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return
    errors = document.get("errors") if isinstance(document, dict) else None
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            line, ref = error.get(LINE, error.get("line-number")), error.get("source-ref")
            yield ManifestError(
                line=int(str(line)) if str(line).isdecimal() else 0,
                ref=ref if isinstance(ref, str) else None,
                code=str(error.get("code", "UNKNOWN")),
                message=str(error.get("message", "")),
            )


def summary_lines(lines: int, invalid: int, errors: Iterable[ManifestError]) -> Iterator[bytes]:
    """A manifest summary in pieces: there may be as many errors as lines."""
    statistics = {"total-json-lines": lines, "valid-json-lines": lines - invalid, "invalid-json-lines": invalid}
    yield b'{"version":"1.0","statistics":' + msgspec.json.encode(statistics) + b',"errors":['
    for number, error in enumerate(errors):
        told: dict[str, Any] = {LINE: error.line}
        if error.ref is not None:
            told["source-ref"] = error.ref
        piece = msgspec.json.encode({**told, "code": error.code, "message": error.message})
        yield (b",\n" if number else b"\n") + piece
    yield b"]}\n"
