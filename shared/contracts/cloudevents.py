"""CloudEvents 1.0 JSON, the envelope of every message in, between and out of the services.

Specification: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec

from shared.errors import ContractError

T = TypeVar("T")


class CloudEvent(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One event. `id` is deterministic: the same cause gives the same id, so that a receiver can drop repeats."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    data: T


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope without its payload: what must be known before the payload can be read."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime | None = None
    datacontenttype: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def event_id(type_: str, *cause: str) -> str:
    """An id made of the cause alone: 32 hexadecimal characters of a SHA-256 over type and cause."""
    return hashlib.sha256("\x1f".join((type_, *cause)).encode()).hexdigest()[:32]


def encode(event: CloudEvent[Any]) -> str:
    return msgspec.json.encode(event).decode()


def decode(body: str | bytes, type_: str, data: type[T]) -> CloudEvent[T]:
    """Read one event of exactly this type.

    Raises ContractError when the body isn't JSON, isn't a CloudEvent, has another type or version, or when its
    data doesn't fit; the message says where and what would be right.
    """
    header = decode_header(body)
    if header.type != type_:
        raise ContractError("unknown-event-type", f"type is {header.type[:100]!r}; this queue takes {type_!r}")
    return CloudEvent(
        id=header.id,
        source=header.source,
        type=header.type,
        subject=header.subject or "",
        time=header.time or datetime.now(UTC),
        data=decode_data(header, data),
    )


def decode_header(body: str | bytes) -> Header:
    try:
        header = msgspec.json.decode(body, type=Header)
    except msgspec.ValidationError as error:
        raise ContractError("not-a-cloudevent", f"not a CloudEvents 1.0 envelope: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContractError("not-json", "the body isn't JSON; send one CloudEvents 1.0 JSON object") from error
    if header.specversion != "1.0":
        raise ContractError(
            "unknown-specversion", f"specversion is {header.specversion[:20]!r}; this system reads '1.0'"
        )
    return header


def decode_data(header: Header, data: type[T]) -> T:
    try:
        return msgspec.json.decode(header.data, type=data)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ContractError("bad-event-data", f"data of {header.type} doesn't fit: {error}") from error
