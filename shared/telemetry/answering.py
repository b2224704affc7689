"""The span of one HTTP request that is answered, by OpenTelemetry's HTTP conventions."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind

from shared.telemetry.carrier import extract
from shared.telemetry.spans import PROCESSING, CurrentSpan, Processing, failed, keep


class Serving(Processing):
    """Answering one HTTP request; always exported where it ends in a defect."""

    __slots__ = ("_caller",)

    def __init__(self, name: str, caller: Context, attributes: Mapping[str, Any]) -> None:
        known = trace.get_current_span(caller).get_span_context()
        links = [Link(known)] if known.is_valid else []
        super().__init__(name, Context(), SpanKind.SERVER, attributes, links)
        self._caller = caller

    def follow(self) -> None:
        if self._links:
            self._parent, self._links = self._caller, ()
            self._replace()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        if error is not None:
            self.keep("error")
        super().__exit__(kind, error, frames)


def serve(method: str, route: str | None, *, scheme: str, headers: Mapping[str, str]) -> CurrentSpan:
    """Answering one HTTP request, in a trace of its own that is linked to the caller's span where `headers` tell it:
    what is sampled, and so paid for, isn't for strangers to say. `follow` goes on in the caller's. `route` is the
    path's pattern.

    The path itself isn't told, nor the query: whatever is no route of ours can hold anything.
    https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/http/http-spans.md#http-server
    """
    return Serving(
        f"{method} {route}" if route else method,
        extract({name.lower(): value for name, value in headers.items()}),
        {"http.request.method": method, "http.route": route, "url.scheme": scheme},
    )


def follow() -> None:
    """The caller of the request at hand is known: what it causes is part of the caller's trace, sampled as that is."""
    serving = PROCESSING.get()
    if isinstance(serving, Serving):
        serving.follow()


def answered(status: int) -> None:
    """With what status the request at hand is answered: a caller's own fault is no failure of ours."""
    if status >= 500:
        keep("error")
    span = trace.get_current_span()
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        failed(span, str(status))
