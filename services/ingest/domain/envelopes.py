"""Reads what producers put on `media-events`: four envelopes, one meaning.

    Gavel's own CloudEvent        gavel.media.submitted.v1
    S3 notification               {"Records": […]}
    EventBridge "Object Created"  {"source": "aws.s3", "detail-type": …}
    any of them, wrapped by SNS   {"Type": "Notification", "Message": "…"}

Nothing but ContractError leaves this module, whatever the body is: a malformed event is quarantined, it never stops
a consumer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar, assert_never
from urllib.parse import unquote_plus

import msgspec

from shared.contracts.cloudevents import decode
from shared.contracts.messages import MEDIA_SUBMITTED, BulkItem, MediaRef, MediaSubmitted
from shared.contracts.words import Lane
from shared.errors import ContractError

T = TypeVar("T")

MAX_BODY_BYTES: Final = 256 * 1024
"""SQS takes 1 MiB. An event about one object with the longest key, escaped and wrapped twice, stays far below this."""
MAX_KEY_BYTES: Final = 1024
MAX_VERSION_BYTES: Final = 1024
MAX_TENANT_CHARS: Final = 128
"""The tenant is the message group, and SQS takes 128 characters there."""
MAX_EXTERNAL_ID_CHARS: Final = 256
NULL_VERSION: Final = "null"
"""S3's version id for what was written while the bucket kept no versions: it pins nothing, an upload replaces it."""
BUCKET: Final = re.compile(r"[0-9A-Za-z.\-_]{3,255}")
EXPECTED: Final = (
    f"send a CloudEvents 1.0 JSON object of type {MEDIA_SUBMITTED!r}, an S3 notification, "
    'an EventBridge "Object Created" event, or one of these wrapped by SNS'
)


class Envelope(StrEnum):
    CLOUDEVENT = "cloudevent"
    S3 = "s3"
    EVENTBRIDGE = "eventbridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One object that somebody wants moderated. `envelope` says how it was told, with `sns+` before it if wrapped."""

    media: MediaRef
    envelope: str
    tenant: str | None = None
    external_id: str | None = None
    lane: Lane = Lane.LIVE
    bulk: BulkItem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one message says; `problems` are the records of a many-record notification that say nothing usable.

    Both empty: S3's test event, or folder markers. Such a message has done its duty.
    """

    sightings: tuple[Sighting, ...] = ()
    problems: tuple[ContractError, ...] = ()


class _Bucket(msgspec.Struct, frozen=True):
    name: str


class _S3Object(msgspec.Struct, frozen=True, rename="camel"):
    key: str
    size: int | None = None
    version_id: str | None = None


class _S3Entity(msgspec.Struct, frozen=True):
    bucket: _Bucket
    object: _S3Object


class _S3Record(msgspec.Struct, frozen=True, rename="camel"):
    event_version: str
    event_source: str
    event_name: str
    s3: _S3Entity


class _EventBridgeObject(msgspec.Struct, frozen=True, rename="kebab"):
    key: str
    size: int | None = None
    version_id: str | None = None


class _EventBridgeDetail(msgspec.Struct, frozen=True):
    bucket: _Bucket
    object: _EventBridgeObject


class _Notification(msgspec.Struct, frozen=True, rename="pascal"):
    type: str
    message: str = ""


def read(body: str) -> Reading:
    """What the message says. Raises ContractError, with what would be right, when it says nothing usable at all."""
    outer = _json_object(body)
    if "Type" not in outer:
        return _read_inner(body, outer)
    message = _sns_message(outer)
    inner = _read_inner(message, _json_object(message))
    return replace(inner, sightings=tuple(replace(one, envelope=f"sns+{one.envelope}") for one in inner.sightings))


def _read_inner(body: str, outer: dict[str, Any]) -> Reading:
    if outer.get("Event") == "s3:TestEvent":
        return Reading()
    match _kind(outer):
        case Envelope.CLOUDEVENT:
            return Reading(sightings=(_from_cloudevent(body),))
        case Envelope.EVENTBRIDGE:
            sighting = _from_eventbridge(outer)
            return Reading(sightings=(sighting,) if sighting else ())
        case Envelope.S3:
            return _from_s3(outer["Records"])
        case None:
            raise ContractError("unknown-envelope", f"not an envelope that this queue takes; {EXPECTED}")
        case never:
            assert_never(never)


def _kind(outer: dict[str, Any]) -> Envelope | None:
    if "specversion" in outer:
        return Envelope.CLOUDEVENT
    if "Records" in outer:
        return Envelope.S3
    return Envelope.EVENTBRIDGE if "detail-type" in outer else None


def _json_object(body: str) -> dict[str, Any]:
    try:
        size = len(body.encode())
        if size > MAX_BODY_BYTES:
            raise ContractError(
                "body-too-large", f"the body has {size:,} bytes; an event has at most {MAX_BODY_BYTES:,}"
            )
        outer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ContractError("not-json", f"the body isn't JSON; {EXPECTED}") from error
    except RecursionError as error:
        raise ContractError("not-json", f"the body's JSON is nested too deeply; {EXPECTED}") from error
    if not isinstance(outer, dict):
        raise ContractError("not-an-object", f"the body is JSON, but not an object; {EXPECTED}")
    return outer


def _sns_message(outer: dict[str, Any]) -> str:
    notification = _fitting(outer, _Notification, "bad-sns-envelope", "the SNS envelope")
    if notification.type != "Notification":
        raise ContractError(
            "not-a-notification",
            f"an SNS message of type {notification.type[:40]!r}; only 'Notification' carries an event "
            "(SNS confirms a subscription to a queue of its own account by itself)",
        )
    if not notification.message:
        raise ContractError(
            "bad-sns-envelope", "the SNS envelope has no Message; publish the event as the message text"
        )
    return notification.message


def _from_cloudevent(body: str) -> Sighting:
    event = decode(body, MEDIA_SUBMITTED, MediaSubmitted).data
    if event.tenant is not None and not 1 <= len(event.tenant) <= MAX_TENANT_CHARS:
        raise ContractError("bad-tenant", f"data.tenant has 1 to {MAX_TENANT_CHARS} characters, or is left out")
    if event.external_id is not None and len(event.external_id) > MAX_EXTERNAL_ID_CHARS:
        raise ContractError("bad-external-id", f"data.external_id has at most {MAX_EXTERNAL_ID_CHARS} characters")
    return Sighting(
        media=_media(event.media.bucket, event.media.key, event.media.version_id),
        envelope=Envelope.CLOUDEVENT,
        tenant=event.tenant,
        external_id=event.external_id,
        # Whoever sends collections can't send them ahead of what people wait for.
        lane=event.lane if event.bulk is None else Lane.BACKFILL,
        bulk=event.bulk,
    )


def _from_eventbridge(outer: dict[str, Any]) -> Sighting | None:
    """None for a folder marker. Keys in EventBridge events are not form-encoded, unlike those of notifications."""
    if (outer.get("source"), outer["detail-type"]) != ("aws.s3", "Object Created"):
        raise ContractError(
            "unknown-eventbridge-event",
            "an EventBridge event of another kind; match source 'aws.s3' and detail-type 'Object Created' in the rule",
        )
    detail = _fitting(outer.get("detail"), _EventBridgeDetail, "bad-eventbridge-event", "detail of the event")
    if _is_folder_marker(detail.object.key, detail.object.size):
        return None
    media = _media(detail.bucket.name, detail.object.key, detail.object.version_id)
    return Sighting(media=media, envelope=Envelope.EVENTBRIDGE)


def _from_s3(records: Any) -> Reading:
    if not isinstance(records, list) or not records:
        raise ContractError("bad-s3-event", "Records is a list of at least one record")
    found = [_attempt(_from_s3_record, record) for record in records]
    problems = tuple(each for each in found if isinstance(each, ContractError))
    if len(records) == 1 and problems:
        raise problems[0]
    return Reading(sightings=tuple(each for each in found if isinstance(each, Sighting)), problems=problems)


def _from_s3_record(value: Any) -> Sighting | None:
    """None for a folder marker."""
    record = _fitting(value, _S3Record, "bad-s3-event", "the record")
    # AWS: equal major version means compatible; minor versions only add fields.
    if record.event_source != "aws:s3" or record.event_version.split(".")[0] != "2":
        raise ContractError(
            "unknown-s3-event-version",
            f"a record of {record.event_source[:40]!r} version {record.event_version[:20]!r}; "
            "this queue reads 'aws:s3' version 2.x",
        )
    if not record.event_name.startswith("ObjectCreated:"):
        raise ContractError(
            "unwanted-s3-event",
            f"{record.event_name[:60]!r}; configure the bucket to notify of s3:ObjectCreated:* only",
        )
    try:
        key = unquote_plus(record.s3.object.key, errors="strict")
    except UnicodeError as error:
        raise ContractError("bad-key", "the object's key isn't form-encoded UTF-8, as in S3's notifications") from error
    if _is_folder_marker(key, record.s3.object.size):
        return None
    return Sighting(
        media=_media(record.s3.bucket.name, key, record.s3.object.version_id),
        envelope=Envelope.S3,
    )


def _is_folder_marker(key: str, size: int | None) -> bool:
    """The S3 console makes an empty object of this name for "Create folder"; nobody means it as media."""
    return key.endswith("/") and size == 0


def _media(bucket: str, key: str, version_id: str | None) -> MediaRef:
    if not BUCKET.fullmatch(bucket):
        raise ContractError("bad-bucket", "a bucket's name has 3 to 255 letters, digits, dots, hyphens or underscores")
    if not key or len(key.encode()) > MAX_KEY_BYTES:
        raise ContractError("bad-key", f"an object's key has 1 to {MAX_KEY_BYTES:,} bytes")
    if version_id is not None and not 1 <= len(version_id.encode()) <= MAX_VERSION_BYTES:
        raise ContractError("bad-version", f"a version id has 1 to {MAX_VERSION_BYTES:,} bytes, or is left out")
    return MediaRef(bucket=bucket, key=key, version_id=None if version_id == NULL_VERSION else version_id)


def _fitting(value: Any, type_: type[T], code: str, what: str) -> T:
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise ContractError(code, f"{what} doesn't fit: {error}") from error


def _attempt(read_one: Callable[[Any], Sighting | None], value: Any) -> Sighting | ContractError | None:
    try:
        return read_one(value)
    except ContractError as error:
        return error
