"""Writes the verified set as a training manifest, as a stream, and tells what doesn't fit into it."""

import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from shared.verification.counts import together
from shared.verification.port import Verified
from shared.verification.training import main_bucket, training_images


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """`left_out`: objects and words that don't fit, by reason; `elsewhere`: verified images in other buckets."""

    images: int
    safe: int
    labels: dict[str, int]
    bucket: str | None
    left_out: dict[str, int]
    elsewhere: dict[str, int]


async def write_manifest(
    verified: Verified,
    tenant: str,
    to: Path | None,
    *,
    bucket: str | None,
    sets: Collection[str] | None,
    with_predictions: bool = False,
) -> Exported:
    """To standard output where no file is named; of the bucket that most images are in where none is."""
    counts = await verified.all_counts(tenant)
    buckets = together(each for name, each in counts.items() if sets is None or name in sets).buckets
    place = bucket or main_bucket(buckets)
    left: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    images = safe = 0
    with _written(to) as file:
        if place is not None:
            async for image in training_images(verified, tenant, bucket=place, sets=sets, left_out=left):
                print(image.line_with_predictions if with_predictions else image.line, file=file)
                images, safe = images + 1, safe + (not image.labels)
                labels.update(image.labels)
    return Exported(
        images=images,
        safe=safe,
        labels=dict(sorted(labels.items())),
        bucket=place,
        left_out={why: count for why, count in sorted(left.items()) if count},
        elsewhere={other: count for other, count in buckets.items() if other != place},
    )


@contextmanager
def _written(to: Path | None) -> Iterator[TextIO]:
    """The file is there when everything was written, and before that what was there before."""
    if to is None:
        yield sys.stdout
        return
    part = to.with_name(f"{to.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
