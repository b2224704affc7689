"""The verified set as a training manifest of Rekognition's adapters.

A line is `{"source-ref": "s3://…", "content-moderation-groundtruth": {"ModerationLabels": [{"Name": "…"}]}}`; an image
without labels is safe. All images of one dataset are in one bucket (Amazon Rekognition, "Customizing moderation").
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from shared.verification.settling import settled
from shared.verification.words import Prediction, Word

DISPUTED = "disputed"
UNFINISHED = "unfinished"
OLDER_VERSION = "older-version"


class TrainingImage(msgspec.Struct, frozen=True, kw_only=True):
    """An object with everything that is to be seen in it, by those people who looked; `people` is how many did. They
    saw `version_id`, None where the bucket keeps none, and the first of their words is of `said_at`.

    `predicted` is what the base model saw, None where nobody was shown that.
    """

    bucket: str
    key: str
    labels: tuple[str, ...]
    people: int
    said_at: datetime
    version_id: str | None = None
    predicted: tuple[Prediction, ...] | None = None

    @property
    def line(self) -> str:
        """Of the manifest, without its end."""
        return _json(self._told)

    @property
    def line_with_predictions(self) -> str:
        """With what the base model saw in the shape of bulk results, so that nobody needs to ask it again."""
        if self.predicted is None:
            return self.line
        labels = [{"Name": each.label, "Confidence": each.confidence} for each in self.predicted]
        return _json(self._told | {"detect-moderation-labels": {"ModerationLabels": labels}})

    @property
    def _told(self) -> dict[str, Any]:
        labels = [{"Name": label} for label in self.labels]
        return {
            "source-ref": f"s3://{self.bucket}/{self.key}",
            "content-moderation-groundtruth": {"ModerationLabels": labels},
        }


class Words(Protocol):
    def words(self, tenant: str, *, bucket: str | None = None) -> AsyncIterator[Word]: ...


async def training_images(
    verified: Words,
    tenant: str,
    *,
    bucket: str,
    sets: Collection[str] | None = None,
    left_out: Counter[str] | None = None,
) -> AsyncIterator[TrainingImage]:
    """The tenant's images in one bucket that people agree on, of these sets or of all: a stream, in an order that never
    changes, by a digest of the key, so that a part of it is a fair sample.

    A manifest names no versions: of an object that people saw in several, only words on the newest of them count.
    Whether that is the one that is there now, S3 knows.
    `left_out` is given how many objects or words don't fit, by reason.
    """
    left = left_out if left_out is not None else Counter()
    async for words in _by_object(verified.words(tenant, bucket=bucket)):
        wanted = [word for word in words if sets is None or word.set in sets]
        current = _of_newest_version(wanted)
        left[OLDER_VERSION] += len(wanted) - len(current)
        newest = {word.by: word for word in sorted(current, key=lambda each: each.at)}.values()
        found = settled((word.image.labels, word.said) for word in newest)
        if found is None:
            left[UNFINISHED] += any(word.said.is_seen for word in newest)
        elif found.disputed:
            left[DISPUTED] += 1
        else:
            source = current[-1].image.source
            yield TrainingImage(
                bucket=source.bucket,
                key=source.key,
                labels=found.labels,
                people=found.people,
                said_at=min(word.at for word in newest),
                version_id=next((version for word in current if (version := word.image.source.version_id)), None),
                predicted=_base_predictions(current),
            )


def main_bucket(buckets: Mapping[str, int]) -> str | None:
    """Where most images are: the one that a dataset is made of when nobody says which."""
    return max(sorted(buckets), key=lambda bucket: buckets[bucket]) if buckets else None


def _base_predictions(words: list[Word]) -> tuple[Prediction, ...] | None:
    """By the run that was spoken of last."""
    of_base = [word for word in words if word.image.adapter is None]
    return max(of_base, key=lambda word: word.at).image.predictions if of_base else None


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _of_newest_version(words: list[Word]) -> list[Word]:
    """Those on the version that was spoken of last, and those that name none."""
    versions = [word.image.source.version_id for word in sorted(words, key=lambda each: each.at)]
    newest = next((version for version in reversed(versions) if version is not None), None)
    return [word for word in words if word.image.source.version_id in {None, newest}]


async def _by_object(words: AsyncIterator[Word]) -> AsyncIterator[list[Word]]:
    together: list[Word] = []
    async for word in words:
        if together and together[0].image.source.key != word.image.source.key:
            yield together
            together = []
        together.append(word)
    if together:
        yield together
