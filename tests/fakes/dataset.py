"""A bucket of images with what each shows, and Rekognition over it, in memory: answers come in any order."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Self

from botocore.exceptions import ClientError
from PIL import Image

from cli.dataset.people import Ruling
from shared.contracts.words import Lane
from shared.limiter import LimiterState

PARENTS = {"Robin": ("Animal", "Bird"), "Car": ("Transportation", "Vehicle")}


def picture(seed: int, size: tuple[int, int] = (96, 80)) -> bytes:
    """A JPEG that looks like no other: patches of chance, soft enough for a perceptual hash to see them."""
    patches = Image.frombytes("RGB", (6, 6), random.Random(seed).randbytes(108))  # noqa: S311
    buffer = BytesIO()
    patches.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@dataclass(frozen=True, kw_only=True)
class Planted:
    """`shows` has labels with their confidences; `refused` is the AWS error code for what isn't an image."""

    content: bytes
    shows: Mapping[str, float] = field(default_factory=dict)
    refused: str | None = None

    @property
    def etag(self) -> str:
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()


class FakeRepository:
    """`calls` are the keys that Rekognition was asked about, in order; `copies` the keys that were copied to, and from;
    `written` those of everything else that was put."""

    def __init__(self, images: Mapping[str, Planted], *, seed: int = 0) -> None:
        self.images = dict(sorted(images.items(), key=lambda item: item[0].encode()))
        self.calls: list[str] = []
        self.copies: dict[str, str] = {}
        self.written: set[str] = set()
        self.most_at_once = 0
        self.refuse_copies = False
        self._at_once = 0
        self._random = random.Random(seed)  # noqa: S311

    async def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        keys = [key for key in self.images if key.startswith(request["Prefix"])]
        start = int(request.get("ContinuationToken", 0))
        page = keys[start : start + request["MaxKeys"]]
        entries = [
            {"Key": key, "ETag": f'"{self.images[key].etag}"', "Size": len(self.images[key].content)} for key in page
        ]
        more = start + len(page) < len(keys)
        return {"Contents": entries, "IsTruncated": more, "NextContinuationToken": str(start + len(page))}

    async def get_object(self, **request: Any) -> dict[str, Any]:
        content = self.images[request["Key"]].content
        if request["IfMatch"] != f'"{self.images[request["Key"]].etag}"':
            raise refusal("PreconditionFailed", "GetObject")
        if "Range" in request:
            content = content[: int(request["Range"].rpartition("-")[2]) + 1]
        return {"Body": Body(content)}

    async def copy_object(self, **request: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        if self.refuse_copies:
            raise refusal("AccessDenied", "CopyObject")
        source = request["CopySource"]["Key"]
        if self.images[source].etag != request["CopySourceIfMatch"]:
            raise refusal("PreconditionFailed", "CopyObject")
        self.copies[request["Key"]] = source
        return {}

    async def put_object(self, **request: Any) -> dict[str, Any]:
        self.written.add(request["Key"])
        return {}

    async def detect_labels(self, **request: Any) -> dict[str, Any]:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            for _ in range(self._random.randrange(6)):
                await asyncio.sleep(0)
        finally:
            self._at_once -= 1
        key = request["Image"]["S3Object"]["Name"]
        self.calls.append(key)
        planted = self.images[key]
        if planted.refused is not None:
            raise refusal(planted.refused, "DetectLabels")
        return {
            "Labels": [
                {"Name": name, "Confidence": confidence, "Parents": [{"Name": name} for name in PARENTS.get(name, ())]}
                for name, confidence in planted.shows.items()
                if confidence >= request["MinConfidence"]
            ]
        }


class Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def read(self) -> bytes:
        return self._content


class FakePeople:
    """`rulings` by the name of the loop: what is missing is still open. `stopped` are loops that were ended."""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}
        self.rulings: dict[str, Ruling] = {}
        self.stopped: list[str] = []

    async def ask(self, name: str, content: str) -> None:
        self.asked.setdefault(name, content)

    async def ruling(self, name: str) -> Ruling | None:
        return self.rulings.get(name)

    async def stop(self, name: str) -> None:
        self.stopped.append(name)


class FakeQuota:
    """Room for everybody; `lanes` are those that were asked for."""

    state = LimiterState(rate_per_s=50.0, members=1, factor=1.0, waiting={})

    def __init__(self) -> None:
        self.lanes: list[Lane] = []

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        self.lanes.append(lane)
        await asyncio.sleep(0)
        yield


def repository(shows: Sequence[Mapping[str, float]], *, seed: int = 0) -> FakeRepository:
    """An image for each, `000.jpg` and so on."""
    images = {f"{n:03}.jpg": Planted(content=picture(n), shows=shown) for n, shown in enumerate(shows)}
    return FakeRepository(images, seed=seed)


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)
