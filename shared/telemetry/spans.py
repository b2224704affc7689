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
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode

from shared.errors import GavelError
from shared.telemetry.carrier import extract, span_named
from shared.telemetry.context import CONVERSATION_ID, current_media_id

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
    """Handling one message. A handler that comes upon something that must be seen keeps it, and what follows."""

    __slots__ = ("_began_ns", "_name", "_parent", "_previous")

    def __init__(self, name: str, parent: Context, attributes: Mapping[str, Any]) -> None:
        super().__init__(_TRACER.start_span(name, parent, SpanKind.CONSUMER), attributes)
        self._name = name
        self._parent = parent
        self._began_ns = time.time_ns()
        self._previous: Token[Processing | None] | None = None

    def __enter__(self) -> Span:
        self._previous = _processing.set(self)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if self._previous is not None:
            _processing.reset(self._previous)
        super().__exit__(kind, error, frames)

    def keep(self, why: str) -> None:
        """Put a span that is exported in the place of one that isn't: spans can't be sampled afterwards."""
        if self.span.get_span_context().trace_flags.sampled:
            return
        self.span = _TRACER.start_span(
            self._name,
            self._parent,
            SpanKind.CONSUMER,
            attributes={KEPT: why},
            start_time=self._began_ns,
        )
        told = {**self._attributes, CONVERSATION_ID: current_media_id()}
        self.span.set_attributes({name: value for name, value in told.items() if value is not None})
        otel_context.attach(trace.set_span_in_context(self.span))


_processing: ContextVar[Processing | None] = ContextVar("processing", default=None)


def keep(why: str) -> None:
    """Have the handling of the message at hand exported whatever was sampled, and all that follows from here on: what
    it sends carries the decision to the next service. `why` is a word: error, reject or alert."""
    processing = _processing.get()
    if processing is not None:
        processing.keep(why)


def process(queue: str, *, message_id: str, carrier: Mapping[str, str], receive_count: int) -> CurrentSpan:
    """Handling one message: a child of the producer's span, as the message's attributes (`carrier`) tell it.

    Which item it is about is added by `shared.telemetry.context.about`.
    """
    return Processing(
        f"process {queue}",
        extract(carrier),
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


def send(system: str, destination: str, *, conversation_id: str) -> CurrentSpan:
    """Sending one message to a queue (`aws_sqs`) or a topic (`aws.sns`), until it is accepted. Its context is what
    the message carries, so it is there for each message of a batch."""
    return _span(
        f"send {destination}",
        SpanKind.PRODUCER,
        {
            "messaging.system": system,
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": destination,
            CONVERSATION_ID: conversation_id,
        },
    )


def batch(system: str, destination: str, senders: Sequence[SpanContext]) -> AbstractContextManager[object]:
    """The request that carries several messages: below the first of the sends that wait for it, and linked to the
    others. Nothing where none of them is sampled."""
    sampled = [sender for sender in senders if sender.trace_flags.sampled]
    if not sampled:
        return nullcontext()
    return _span(
        f"send {destination}",
        SpanKind.CLIENT,
        {
            "messaging.system": system,
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": destination,
            "messaging.batch.message_count": len(senders),
        },
        context=trace.set_span_in_context(trace.NonRecordingSpan(sampled[0]), Context()),
        links=[Link(sender) for sender in sampled[1:]],
    )


def request(service: str, operation: str) -> Span:
    """One AWS request, begun: whoever asks ends it. It isn't made current, since nothing happens below it."""
    attributes = {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation}
    media_id = current_media_id()
    if media_id is not None:
        attributes[CONVERSATION_ID] = media_id
    return _TRACER.start_span(f"{service}.{operation}", None, SpanKind.CLIENT, attributes=attributes)


def resumed(name: str, traceparent: str | None) -> CurrentSpan:
    """A new trace for what goes on after a wait of hours, linked to the span that began the wait.

    A child would keep its trace open for days, past every backend's window for sampling and storing it.
    """
    before = span_named(traceparent)
    return _span(
        name,
        SpanKind.INTERNAL,
        {CONVERSATION_ID: current_media_id()},
        context=Context(),
        links=[Link(before)] if before else (),
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
