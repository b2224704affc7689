"""Answers of Rekognition's bulk analysis that a run delivers with its items, so that nobody asks again.

    bulk/<run>/items/<media id>.json     a `Delivery`, in the evidence bucket

Only who runs `gavel bulk` writes there, and Rekognition for them. An event names nothing but the item, since whoever
sends events could say anything of an answer; and an item is one version of one object, so that an answer is never taken
for one about what was uploaded later.
"""

from typing import Annotated, Final

import msgspec

from shared.errors import Permanent

FOLDER: Final = "bulk/"


class DeliveredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a job's results: what bulk analysis said of this image."""

    uri: str
    offset: Annotated[int, msgspec.Meta(ge=0)]
    size_bytes: Annotated[int, msgspec.Meta(ge=1, le=1_048_576)]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An item's answer, and what its job was asked with: the results themselves don't say."""

    answer: DeliveredAnswer
    min_confidence: float
    adapter: str | None = None


def delivery_key(run: str, media_id: str) -> str:
    return f"{FOLDER}{run}/items/{media_id}.json"


def read_delivery(content: bytes) -> Delivery:
    """Raises Permanent for what is none."""
    try:
        return msgspec.json.decode(content, type=Delivery)
    except (ValueError, RecursionError) as error:
        raise Permanent("bulk-answer-unreadable", "what was delivered for the item doesn't say where") from error
