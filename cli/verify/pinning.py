"""Finds the version of each image that the model saw: that one people are shown, whatever is put in its place later."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.contracts.messages import MediaRef
from shared.errors import Permanent

MISSING: Final = "image-missing"
REASONS: Final = dict.fromkeys(("404", "NoSuchKey", "NoSuchBucket", "NotFound"), MISSING)
NO_VERSION: Final = "null"
"""Of what was put into a bucket before that kept versions."""


class Lost(StrEnum):
    """Why there is nothing to show."""

    GONE = "gone"
    REPLACED = "replaced-since"


class ObjectHeads(Protocol):
    async def head_object(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """`seen_by` is when the results were there: what was put in an image's place later, the model hasn't seen."""

    s3: ObjectHeads
    seen_by: datetime

    async def pin(self, source: MediaRef) -> MediaRef | Lost:
        """Without a version where its bucket keeps none."""
        try:
            with translated("images", REASONS):
                head = await self.s3.head_object(Bucket=source.bucket, Key=source.key)
        except Permanent as error:
            if error.code == MISSING:
                return Lost.GONE
            raise
        if head["LastModified"] > self.seen_by:
            return Lost.REPLACED
        version = head.get("VersionId")
        return MediaRef(bucket=source.bucket, key=source.key, version_id=None if version == NO_VERSION else version)
