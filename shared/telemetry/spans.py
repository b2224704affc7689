"""The spans that Gavel makes, as context managers, named by OpenTelemetry's messaging and RPC conventions.

One item is one trace: what a message causes is a child of the span that sent it. Only where people took hours does a
new trace begin, linked to the old one (`resumed`). No span keeps an exception's words: they may quote the input.
https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/sqs.md
"""

from collections.abc import Mapping, Sequence
from contextvars import Token
from types import TracebackType
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode

from shared.errors import GavelError
from shared.telemetry.carrier import extract, span_named
from shared.telemetry.context import CONVERSATION_ID, current_media_id

ERROR_TYPE: Final = "error.type"
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


def process(queue: str, *, message_id: str, carrier: Mapping[str, str], receive_count: int) -> CurrentSpan:
    """Handling one message: a child of the producer's span, as the message's attributes (`carrier`) tell it.

    Which item it is about is added by `shared.telemetry.context.about`.
    """
    return _span(
        f"process {queue}",
        SpanKind.CONSUMER,
        {
            "messaging.system": "aws_sqs",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": queue,
            "messaging.message.id": message_id,
            "gavel.message.receive_count": receive_count,
        },
        context=extract(carrier),
    )


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


def call(service: str, operation: str) -> CurrentSpan:
    """One AWS request: `with call("rekognition", "DetectModerationLabels"): …`."""
    return _span(
        f"{service}.{operation}",
        SpanKind.CLIENT,
        {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation},
    )


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
