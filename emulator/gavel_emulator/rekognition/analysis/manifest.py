"""A job's manifest, line by line, and the two files that a job leaves (Developer Guide, "Bulk analysis")."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gavel_emulator.rekognition.errors import RekognitionError

MAX_BYTES = 50 * 1024 * 1024
MAX_IMAGES = 10_000
"""Developer Guide, "Guidelines and quotas"."""

TOLD = ("ModerationLabels", "ModerationModelVersion", "ContentTypes")
"""What a result has of DetectModerationLabels's answer: which adapter has given it isn't told."""

REF = re.compile(r"s3://(?P<bucket>[0-9A-Za-z.\-_]{3,255})/(?P<key>.{1,1024})", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a line gave no result. `ref` is its source-ref where one could be read. The codes are the emulator's: AWS
    documents none."""

    line: int
    code: str
    message: str
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line that names an object; whether that is an image shows later."""

    line: int
    ref: str
    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    entry: Entry
    answer: Mapping[str, Any]
    """DetectModerationLabels's."""


def count_lines(manifest: bytes) -> int:
    """An end of line at the very end begins no other line."""
    return manifest.count(b"\n") + (not manifest.endswith(b"\n")) if manifest else 0


def read_lines(manifest: bytes) -> Iterator[Entry | Problem]:
    lines = manifest.removesuffix(b"\n").split(b"\n") if manifest else []
    return (_read(line, number) for number, line in enumerate(lines, start=1))


def image_problem(entry: Entry, refusal: RekognitionError) -> Problem:
    """`InvalidImageFormatException` is INVALID_IMAGE_FORMAT."""
    words = re.findall(r"[A-Z][a-z0-9]*", refusal.code.removesuffix("Exception"))
    return Problem(line=entry.line, ref=entry.ref, code="_".join(words).upper(), message=refusal.message)


def results_file(results: Iterable[Result]) -> bytes:
    lines = (
        {
            "source-ref": one.entry.ref,
            "detect-moderation-labels": {name: one.answer[name] for name in TOLD if name in one.answer},
        }
        for one in results
    )
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def summary_file(lines: int, problems: Iterable[Problem]) -> bytes:
    errors = [_told(problem) for problem in problems]
    return json.dumps(
        {
            "version": "1.0",
            "statistics": {
                "total-json-lines": lines,
                "valid-json-lines": lines - len(errors),
                "invalid-json-lines": len(errors),
            },
            "errors": errors,
        },
        ensure_ascii=False,
    ).encode()


def _read(line: bytes, number: int) -> Entry | Problem:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return Problem(line=number, code="INVALID_JSON_LINE", message="The line is not JSON.")
    ref = document.get("source-ref") if isinstance(document, dict) else None
    if not isinstance(ref, str):
        return Problem(line=number, code="INVALID_JSON_LINE", message="The line has no source-ref.")
    place = REF.fullmatch(ref)
    if place is None:
        return Problem(line=number, ref=ref, code="INVALID_SOURCE_REF", message="The source-ref is no S3 URI.")
    return Entry(line=number, ref=ref, bucket=place["bucket"], key=place["key"])


def _told(problem: Problem) -> dict[str, Any]:
    # The guide spells it so, in every copy.
    told: dict[str, Any] = {"line-numer": problem.line}
    if problem.ref is not None:
        told["source-ref"] = problem.ref
    return {**told, "code": problem.code, "message": problem.message}
