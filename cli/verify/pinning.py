"""Finds the version of each image that the model or people saw, and whether it is the one that is there now."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from shared.aws.errors import translated
from shared.contracts.messages import MediaRef
from shared.errors import Permanent
from shared.verification.training import OLDER_VERSION, TrainingImage

T = TypeVar("T")

AT_ONCE: Final = 48
MISSING: Final = "image-missing"
REASONS: Final = dict.fromkeys(("404", "NoSuchKey", "NoSuchBucket", "NotFound"), MISSING)
NO_VERSION: Final = "null"
"""Of what was put into a bucket before that kept versions."""


class Lost(StrEnum):
    """Why there is nothing to show, or to train on."""

    GONE = "gone"
    REPLACED = "replaced-since"
    OLDER = OLDER_VERSION


class ObjectHeads(Protocol):
    async def head_object(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    version_id: str | None
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """`seen_by` is when the results were there: what was put in an image's place later, the model hasn't seen."""

    s3: ObjectHeads
    seen_by: datetime

    async def pin(self, source: MediaRef) -> MediaRef | Lost:
        """Without a version where its bucket keeps none."""
        head = await _head(self.s3, source.bucket, source.key)
        if head is None:
            return Lost.GONE
        if head.modified_at > self.seen_by:
            return Lost.REPLACED
        return MediaRef(bucket=source.bucket, key=source.key, version_id=head.version_id)


async def lost(s3: ObjectHeads, images: list[TrainingImage]) -> list[Lost | None]:
    """Of each why its object isn't what people spoke of, if so: a manifest names no versions."""

    async def one(image: TrainingImage) -> Lost | None:
        head = await _head(s3, image.bucket, image.key)
        if head is None:
            return Lost.GONE
        is_same = image.said_at >= head.modified_at if image.version_id is None else image.version_id == head.version_id
        return None if is_same else Lost.OLDER

    return await asyncio.gather(*(one(image) for image in images))


async def in_groups(values: AsyncIterator[T]) -> AsyncIterator[list[T]]:
    """AT_ONCE each, and the rest."""
    group = list[T]()
    async for value in values:
        group.append(value)
        if len(group) == AT_ONCE:
            yield group
            group = []
    if group:
        yield group


async def _head(s3: ObjectHeads, bucket: str, key: str) -> _Head | None:
    try:
        with translated("images", REASONS):
            answer = await s3.head_object(Bucket=bucket, Key=key)
    except Permanent as error:
        if error.code == MISSING:
            return None
        raise
    version = answer.get("VersionId")
    return _Head(version_id=None if version == NO_VERSION else version, modified_at=answer["LastModified"])
