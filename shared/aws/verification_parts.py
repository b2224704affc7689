"""The images of sets that people verify, in the evidence bucket: a set's own copy of what the model said, by parts.

verification/<tenant>/<set>/<folder>/<number>.json    a Part

Whoever begins a set writes its parts first, into a folder that nobody else has: of two that begin one of the same name
at once, neither touches the other's.
"""

from typing import Any, Final, Protocol
from urllib.parse import quote

import msgspec

from shared.aws.errors import translated
from shared.aws.objects import ObjectReader, fetch
from shared.errors import Transient
from shared.verification.sets import Part, VerificationSet

FOLDER: Final = "verification"
LIMIT_BYTES: Final = 16 * 1024 * 1024
"""A part has 480 images, of which one with 30 labels has some 3 KB."""


class ObjectWriter(Protocol):
    async def put_object(self, **request: Any) -> dict[str, Any]: ...


async def write_part(s3: ObjectWriter, bucket: str, set_: VerificationSet, number: int, part: Part) -> None:
    with translated("evidence"):
        await s3.put_object(
            Bucket=bucket,
            Key=part_key(set_, number),
            Body=msgspec.json.encode(part),
            ContentType="application/json",
        )


class SetParts:
    def __init__(self, s3: ObjectReader, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    async def part(self, set_: VerificationSet, number: int) -> Part:
        """Raises Transient while it isn't there: evidence expires, and a set with it."""
        key = part_key(set_, number)
        fetched = await fetch(self._s3, self._bucket, key, what="verification-part", limit_bytes=LIMIT_BYTES)
        try:
            return msgspec.json.decode(fetched.body, type=Part)
        except msgspec.DecodeError as error:
            raise Transient("verification-part-unreadable", key) from error


def part_key(set_: VerificationSet, number: int) -> str:
    place = f"{set_.name}/{set_.folder}" if set_.folder else set_.name
    return f"{FOLDER}/{quote(set_.tenant, safe='')}/{place}/{number:06}.json"
