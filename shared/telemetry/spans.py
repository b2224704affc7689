"""The spans that Gavel makes, as context managers, named by OpenTelemetry's messaging and RPC conventions.

One item is one trace: what a message causes is a child of the span that sent it. Only where people took hours does a
new trace begin, linked to the old one (`resumed`). No span keeps an exception's words: they may quote the input.
https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/sqs.md
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Final, NamedTuple

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode

from shared.errors import GavelError
from shared.identity import MEDIA_ID
from shared.telemetry.carrier import extract, span_named
from shared.telemetry.context import CONVERSATION_ID, about, current_media_id

ERROR_TYPE: Final = "error.type"
KEPT: Final = "gavel.kept"
"""On a span that is exported whatever the ratio: why. The sampler goes by it (`shared.telemetry.setup`)."""
_TRACER: Final = trace.get_tracer("gavel")


class CurrentSpan:
    """Makes a span current, ends it, and marks it failed by the type of the exception that leaves it."""

    __slots__ = ("_attributes", "_token", "span")

    def __init__(self, span: Span, attributes: Mapping[str, Any]) -> None:
        self.span = span
        self._attributes = attributes
        self._token: Token[Context] | None = None

    def __enter__(self) -> Span:
        if self.span.is_recording():
            self.span.set_attributes({name: value for name, value in self._attributes.items() if value is not None})
        self._token = otel_context.attach(trace.set_span_in_context(self.span))
        return self.span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if self._token is not None:
            otel_context.detach(self._token)
        if error is not None:
            failed(self.span, error.code if isinstance(error, GavelError) else type(error).__qualname__)
        self.span.end()


def failed(span: Span, code: str) -> None:
    span.set_attribute(ERROR_TYPE, code)
    span.set_status(StatusCode.ERROR)


class Processing(CurrentSpan):
    """Handling one message, or one request. A handler that comes upon something that must be seen keeps it, and what
    follows."""

    __slots__ = ("_began_ns", "_kind", "_links", "_name", "_parent", "_previous")

    def __init__(
        self, name: str, parent: Context, kind: SpanKind, attributes: Mapping[str, Any], links: Sequence[Link] = ()
    ) -> None:
        super().__init__(_begun(name, parent, kind, links), attributes)
        self._name = name
        self._kind = kind
        self._parent = parent
        self._links = links
        self._began_ns = time.time_ns()
        self._previous: Token[Processing | None] | None = None

    def __enter__(self) -> Span:
        self._previous = PROCESSING.set(self)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if self._previous is not None:
            PROCESSING.reset(self._previous)
        super().__exit__(kind, error, frames)

    def keep(self, why: str) -> None:
        """Put a span that is exported in the place of one that isn't: spans can't be sampled afterwards."""
        if self.span.get_span_context().trace_flags.sampled:
            return
        self._replace({KEPT: why})

    def _replace(self, attributes: Mapping[str, Any] | None = None) -> None:
        """The span that was is never ended, so never exported."""
        self.span = _TRACER.start_span(
            self._name,
            self._parent,
            self._kind,
            attributes=attributes,
            links=self._links,
            start_time=self._began_ns,
        )
        told = {**self._attributes, CONVERSATION_ID: current_media_id()}
        self.span.set_attributes({name: value for name, value in told.items() if value is not None})
        otel_context.attach(trace.set_span_in_context(self.span))


def _begun(name: str, parent: Context, kind: SpanKind, links: Sequence[Link]) -> Span:
    """A span below one that isn't sampled would only be one more id that nobody ever sees: the parent stands for it.
    Our samplers would decide alike, at ten times the cost."""
    above = trace.get_current_span(parent)
    context = above.get_span_context()
    if context.is_valid and not context.trace_flags.sampled:
        return above
    return _TRACER.start_span(name, parent, kind, links=links)


PROCESSING: Final[ContextVar[Processing | None]] = ContextVar("processing", default=None)
"""What the current task handles."""


def keep(why: str) -> None:
    """Have the handling of the message at hand exported whatever was sampled, and all that follows from here on: what
    it sends carries the decision to the next service. `why` is a word: error, reject or alert."""
    processing = PROCESSING.get()
    if processing is not None:
        processing.keep(why)


def process(queue: str, *, message_id: str, carrier: Mapping[str, str], receive_count: int) -> CurrentSpan:
    """Handling one message: a child of the producer's span, as the message's attributes (`carrier`) tell it.

    Which item it is about is added by `shared.telemetry.context.about`.
    """
    return Processing(
        f"process {queue}",
        extract(carrier),
        SpanKind.CONSUMER,
        {
            "messaging.system": "aws_sqs",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": queue,
            "messaging.message.id": message_id,
            "gavel.message.receive_count": receive_count,
        },
    )


def process_failed(code: str) -> None:
    """The message at hand couldn't be settled as it should, or not yet: always exported."""
    keep("error")
    failed(trace.get_current_span(), code)


def send(system: str, destination: str, *, subject: str) -> CurrentSpan:
    """Sending one message to a queue (`aws_sqs`) or a topic (`aws.sns`), until it is accepted. Its context is what
    the message carries, so it is there for each message of a batch.

    `subject` is the event's, told where it is a media id: a producer's event is about a key, or about a name of theirs.
    """
    return _span(
        f"send {destination}",
        SpanKind.PRODUCER,
        {
            "messaging.system": system,
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": destination,
            CONVERSATION_ID: subject if MEDIA_ID.fullmatch(subject) else current_media_id(),
        },
    )


class Sending(NamedTuple):
    """A send that waits for its request, and the item that it is about."""

    context: SpanContext
    media_id: str | None


def sending() -> Sending:
    """The send at hand."""
    return Sending(trace.get_current_span().get_span_context(), current_media_id())


class Carrying(CurrentSpan):
    """The request that carries several messages. What is asked of AWS for it is about the first one's item too."""

    __slots__ = ("_about", "_media_id")

    def __init__(self, span: Span, attributes: Mapping[str, Any], media_id: str | None) -> None:
        super().__init__(span, attributes)
        self._media_id = media_id
        self._about: Token[str | None] | None = None

    def __enter__(self) -> Span:
        span = super().__enter__()
        self._about = about(self._media_id)
        return span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if self._about is not None:
            self._about.var.reset(self._about)
        super().__exit__(kind, error, frames)


def batch(system: str, destination: str, sendings: Sequence[Sending]) -> AbstractContextManager[object]:
    """The request that carries several messages: below the first of the sends that wait for it, and linked to the
    others. Nothing where none of them is sampled."""
    sampled = [each for each in sendings if each.context.trace_flags.sampled]
    if not sampled:
        return nullcontext()
    first, *others = sampled
    span = _TRACER.start_span(
        f"send {destination}",
        trace.set_span_in_context(trace.NonRecordingSpan(first.context), Context()),
        SpanKind.CLIENT,
        links=[Link(each.context) for each in others],
    )
    attributes = {
        "messaging.system": system,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": destination,
        "messaging.batch.message_count": len(sendings),
    }
    return Carrying(span, attributes, first.media_id)


def request(service: str, operation: str) -> Span:
    """One AWS request, begun: whoever asks ends it. It isn't made current, since nothing happens below it."""
    attributes = {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation}
    media_id = current_media_id()
    if media_id is not None:
        attributes[CONVERSATION_ID] = media_id
    return _TRACER.start_span(f"{service}.{operation}", None, SpanKind.CLIENT, attributes=attributes)


def resumed(name: str, traceparent: str | None) -> CurrentSpan:
    """A new trace for what goes on after a wait of hours, linked to the span that began the wait, and to the one that
    heard of its end.

    A child would keep its trace open for days, past every backend's window for sampling and storing it.
    """
    before, here = span_named(traceparent), trace.get_current_span().get_span_context()
    return _span(
        name,
        SpanKind.INTERNAL,
        {CONVERSATION_ID: current_media_id()},
        context=Context(),
        links=[Link(linked) for linked in (before, here) if linked is not None and linked.is_valid],
    )


def _span(
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, Any],
    *,
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> CurrentSpan:
    # Attributes are set on entering, and only where the span is sampled: most aren't.
    return CurrentSpan(_TRACER.start_span(name, context, kind, links=links), attributes)
