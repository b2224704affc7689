"""Learns of images what a manifest doesn't say: that they are there, which are alike, what the base model sees."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from botocore.exceptions import ClientError

from cli.adapter.manifest import Image, SetProblems
from shared.aws.errors import error_code, translated
from shared.aws.objects import fetch
from shared.contracts.messages import MediaRef
from shared.contracts.words import Lane
from shared.detection import ImageDetector
from shared.errors import Permanent, Transient
from shared.limiter import RateLimiter

R = TypeVar("R")

AT_ONCE: Final = 32
MAX_BYTES: Final = 15 * 1024 * 1024
"""DetectModerationLabels takes no larger object from S3."""
LEAST_CONFIDENCE: Final = 5.0
"""From which on Rekognition notes what it sees when it tests an adapter: whatever threshold is tried, it is known."""
ATTEMPTS: Final = 6
FIRST_DELAY_S: Final = 0.5


class S3(Protocol):
    async def head_object(self, **request: Any) -> dict[str, Any]: ...
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """`problem` is why it can't be used; `digest` the ETag where that follows from the bytes alone."""

    problem: str | None = None
    digest: str | None = None


async def with_content(images: Sequence[Image], s3: S3) -> tuple[Image, ...]:
    """The images with what their bytes are known by. Raises SetProblems for those that aren't there or are too large.

    By the manifest's digests where every line has one, else by the ETags where all of them are digests. Where some
    aren't, as with KMS keys and uploads in parts, everything is read.
    """
    heads = await _each(images, lambda image: _head(image, s3))
    problems = [f"{image.ref}: {head.problem}" for image, head in zip(images, heads, strict=True) if head.problem]
    if problems:
        raise SetProblems(problems)
    digests = [head.digest for head in heads if head.digest is not None]
    if all(image.content for image in images):
        return tuple(images)
    if len(digests) < len(images):
        digests = await _each(images, lambda image: _digest(image, s3))
    return tuple(replace(image, content=digest) for image, digest in zip(images, digests, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a version of the base model sees of an image."""

    model_version: str
    labels: Mapping[str, float]


class Kept:
    """What the base model answered, in a file: a line for each answer, written when it came, since it was paid.

    Only what the newest version answered counts: an adapter is trained on that one, and what an older one missed it
    may see.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest: tuple[int, ...] = ()
        self._answers: dict[str, Mapping[str, float]] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                told = json.loads(line)
            except ValueError:  # cut off by a crash
                continue
            self._take(told["content"], Answer(model_version=told.get("model_version", ""), labels=told["labels"]))

    def __contains__(self, image: Image) -> bool:
        return image.content in self._answers

    def predicted(self, image: Image) -> Mapping[str, float]:
        return self._answers[image.content or ""]

    def add(self, image: Image, answer: Answer) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = {"content": image.content, "model_version": answer.model_version, "labels": answer.labels}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._take(image.content or "", answer)

    def _take(self, content: str, answer: Answer) -> None:
        version = tuple(int(part) for part in re.findall(r"[0-9]+", answer.model_version))
        if version < self._newest:
            return
        if version > self._newest:
            self._newest = version
            self._answers.clear()
        self._answers[content] = answer.labels


def unasked(images: Iterable[Image], kept: Kept) -> tuple[Image, ...]:
    """One image for each content of which nobody knows yet what the base model sees: what asking has to be paid for."""
    missing = {image.content: image for image in images if image.predicted is None and image not in kept}
    return tuple(missing.values())


async def with_predictions(
    images: Sequence[Image], kept: Kept, detector: ImageDetector, quota: RateLimiter, on_answer: Callable[[], None]
) -> tuple[Image, ...]:
    """The images with what the base model sees, asked where nobody knows. Live traffic goes before.

    Raises SetProblems for images that Rekognition refuses, Transient when it can't be asked, Permanent
    `base-model-changed` when a newer one answered than has answered before: what that costs is to be told first.
    """

    async def ask(image: Image) -> str | None:
        try:
            answer = await _asked(image, detector, quota)
        except Permanent as error:
            return f"{image.ref}: {error.code}"
        kept.add(image, answer)
        on_answer()
        return None

    problems = [each for each in await _each(unasked(images, kept), ask) if each]
    if problems:
        raise SetProblems(problems)
    if outdated := len(unasked(images, kept)):
        raise Permanent(
            "base-model-changed",
            f"there is a newer base model, and what older ones saw of {outdated:,} images counts no more: "
            "the same command again asks about these",
        )
    return tuple(
        image if image.predicted is not None else replace(image, predicted=kept.predicted(image)) for image in images
    )


async def _asked(image: Image, detector: ImageDetector, quota: RateLimiter) -> Answer:
    place, delay_s, failures = MediaRef(bucket=image.bucket, key=image.key), FIRST_DELAY_S, 0
    while True:
        try:
            async with quota.turn(Lane.BACKFILL):
                found = await detector.detect_moderation_labels(place, min_confidence=LEAST_CONFIDENCE)
            labels = {finding.label: finding.confidence for finding in found.findings}
            return Answer(model_version=found.model_version, labels=labels)
        except Transient as error:
            if error.code.endswith("-throttled"):  # the limiter slows down by itself
                continue
            failures += 1
            if failures == ATTEMPTS or error.code in {"rekognition-access-denied", "rekognition-credentials"}:
                raise
        await asyncio.sleep(delay_s)
        delay_s *= 2


async def _head(image: Image, s3: S3) -> _Head:
    try:
        with translated("images"):
            answer = await s3.head_object(Bucket=image.bucket, Key=image.key)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchKey", "NotFound", "NoSuchBucket"}:
            return _Head(problem="there is no such image")
        raise
    if not 0 < answer["ContentLength"] <= MAX_BYTES:
        return _Head(problem=f"has {answer['ContentLength']:,} bytes; Rekognition takes {MAX_BYTES:,}")
    etag = answer["ETag"].strip('"')
    is_digest = "-" not in etag and answer.get("ServerSideEncryption", "AES256") == "AES256"
    return _Head(digest=etag if is_digest and "SSECustomerAlgorithm" not in answer else None)


async def _digest(image: Image, s3: S3) -> str:
    fetched = await fetch(s3, image.bucket, image.key, what="image", limit_bytes=MAX_BYTES)
    return hashlib.sha256(fetched.body).hexdigest()


async def _each(images: Sequence[Image], do: Callable[[Image], Awaitable[R]]) -> list[R]:
    """In order, so many at once; the first failure ends the others."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(image: Image) -> R:
        async with room:
            return await do(image)

    tasks = [asyncio.ensure_future(one(image)) for image in images]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
