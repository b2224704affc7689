"""What tells that a video job has ended: which job it is, and of which item."""

from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.cloudevents import decode
from shared.contracts.messages import VIDEO_ENDED, VideoEnded
from shared.errors import ContractError
from shared.identity import MEDIA_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The end of a job as it is told: how it ended, only the job itself says for sure."""

    media_id: str
    job_id: str


class _Notification(msgspec.Struct, frozen=True):
    """Rekognition's message, as far as it is needed. What AWS prints of its `API` and `Status` differs from page to
    page, so neither is read."""

    job_id: str = msgspec.field(name="JobId")
    tag: str = msgspec.field(name="JobTag")


def ended(body: str) -> Ended:
    """Read what tells of a job's end: Rekognition's notification, bare or in SNS's envelope, or our own sweep's event.

    Raises ContractError for anything else.
    """
    outer = _json_object(body)
    if "specversion" in outer:
        event = decode(body, VIDEO_ENDED, VideoEnded)
        return Ended(media_id=_media_id(event.subject), job_id=event.data.job_id)
    if "JobId" not in outer and isinstance(outer.get("Message"), str):
        outer = _json_object(outer["Message"])
    try:
        told = msgspec.convert(outer, _Notification)
    except msgspec.ValidationError as error:
        raise ContractError(
            "not-a-video-end", f"neither a notification of a video job nor our own event: {error}"
        ) from error
    return Ended(media_id=_media_id(told.tag), job_id=told.job_id)


def _json_object(body: str) -> dict[str, Any]:
    try:
        outer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ContractError("not-json", "the body isn't JSON") from error
    if not isinstance(outer, dict):
        raise ContractError("not-an-object", "the body is JSON, but not an object")
    return outer


def _media_id(tag: str | None) -> str:
    if tag is None or not MEDIA_ID.fullmatch(tag):
        raise ContractError("not-a-video-end", "the job wasn't started by this service: its tag is no media id")
    return tag
