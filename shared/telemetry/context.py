"""Which item the current task is about, so that logs and spans can say so without being told at every line."""

from contextvars import ContextVar, Token

from opentelemetry import trace

_media_id: ContextVar[str | None] = ContextVar("media_id", default=None)

CONVERSATION_ID = "messaging.message.conversation_id"
"""The one id that an item keeps through all its messages: the media id."""


def about(media_id: str | None) -> Token[str | None]:
    """Say which item the current task is about, as soon as that is known. The consumer says it for every message
    whose sender is one of our services; INGEST says it when it has made the id."""
    if media_id is not None:
        trace.get_current_span().set_attribute(CONVERSATION_ID, media_id)
    return _media_id.set(media_id)


def current_media_id() -> str | None:
    return _media_id.get()
