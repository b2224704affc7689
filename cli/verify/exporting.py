"""Writes the verified set as a training manifest, as a stream, and tells what doesn't fit into it."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cli.verify.pinning import ObjectHeads, in_groups, lost
from shared.verification.counts import together
from shared.verification.port import Verified
from shared.verification.training import TrainingImage, main_bucket, training_images


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """`left_out`: objects and words that don't fit, by reason; `elsewhere`: verified images in other buckets."""

    images: int
    safe: int
    labels: dict[str, int]
    bucket: str | None
    left_out: dict[str, int]
    elsewhere: dict[str, int]


async def unknown_sets(verified: Verified, tenant: str, names: Collection[str]) -> list[str]:
    """Those that the tenant doesn't have: a misspelt one would only make the manifest smaller."""
    begun = {each.name for each in await verified.sets() if each.tenant == tenant}
    return sorted({*names} - begun - {*await verified.all_counts(tenant)})


async def write_manifest(
    verified: Verified,
    s3: ObjectHeads,
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
            spoken_of = training_images(verified, tenant, bucket=place, sets=sets, left_out=left)
            async for image in _current(spoken_of, s3, left):
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


async def _current(
    images: AsyncIterator[TrainingImage], s3: ObjectHeads, left_out: Counter[str]
) -> AsyncIterator[TrainingImage]:
    async for group in in_groups(images):
        for image, why in zip(group, await lost(s3, group), strict=True):
            if why is None:
                yield image
            else:
                left_out[why.value] += 1


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
