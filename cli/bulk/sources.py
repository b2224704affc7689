"""What a run is about, line by line, in little memory: the objects of a folder in S3, or a manifest's lines."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.bulk.plan import Plan
from cli.bulk.shapes import INVALID_LINE, INVALID_REF, REF
from cli.dataset.listing import Lister, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`number` counts from 1. A line that names no object says why in `code` and `message`."""

    number: int
    ref: str | None
    code: str | None = None
    message: str = ""


async def lines(s3: Lister, plan: Plan) -> AsyncIterator[Line]:
    """Raises as `listing` does."""
    place = plan.place
    if place is None:
        for line in manifest_lines(Path(plan.source)):
            yield line
        return
    number = 0
    async for each in listing(s3, place):
        number += 1
        yield Line(number=number, ref=f"s3://{place.bucket}/{each.key}")


def manifest_lines(path: Path) -> Iterator[Line]:
    """An end of line at the very end begins no other line."""
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            yield _read(number, text)


def _read(number: int, text: bytes) -> Line:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Line(number=number, ref=None, code=INVALID_LINE, message="The line is not JSON.")
    ref = document.get("source-ref") if isinstance(document, dict) else None
    if not isinstance(ref, str):
        return Line(number=number, ref=None, code=INVALID_LINE, message="The line has no source-ref.")
    if not REF.fullmatch(ref):
        return Line(number=number, ref=ref, code=INVALID_REF, message="The source-ref is no S3 URI.")
    return Line(number=number, ref=ref)
