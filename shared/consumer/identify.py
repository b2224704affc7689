"""Tells which item a message is about, from its envelope alone, so that logs, traces and quarantine name it."""

from shared.consumer.ports import Message
from shared.contracts.cloudevents import decode_header
from shared.errors import ContractError
from shared.identity import MEDIA_ID


def by_subject(message: Message) -> str | None:
    """For queues that only our own services send to: the event's subject, where it is a media id."""
    try:
        subject = decode_header(message.body).subject
    except ContractError:
        return None
    return subject if subject and MEDIA_ID.fullmatch(subject) else None


def unknown(message: Message) -> str | None:
    """For queues that others send to: whatever they write there could be somebody else's item. A handler that finds
    out says so by `shared.telemetry.context.about`, or in the error that it raises."""
    return None
