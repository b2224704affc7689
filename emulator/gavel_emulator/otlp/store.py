"""The last spans that were sent here, and the newest value of every metric, in memory."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

SPANS_KEPT: Final = 100_000
"""Some thousands of items; the oldest traces go first, whole."""
CONVERSATION: Final = "messaging.message.conversation_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Times are nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    service: str
    start_ns: int
    end_ns: int
    status: str
    attributes: dict[str, Any]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    name: str
    unit: str
    service: str
    attributes: dict[str, Any]
    value: Any


class Store:
    def __init__(self, *, spans_kept: int = SPANS_KEPT) -> None:
        self._lock = threading.Lock()
        self._spans_kept = spans_kept
        self._traces: OrderedDict[str, dict[str, Span]] = OrderedDict()
        self._count = 0
        self._by_conversation: dict[str, dict[str, None]] = {}
        self._points: dict[tuple[Any, ...], Point] = {}

    def add(self, spans: Iterable[Span]) -> None:
        with self._lock:
            for span in spans:
                trace = self._traces.setdefault(span.trace_id, {})
                self._count += span.span_id not in trace
                trace[span.span_id] = span
                if conversation := span.attributes.get(CONVERSATION):
                    self._by_conversation.setdefault(str(conversation), {})[span.trace_id] = None
            while self._count > self._spans_kept and len(self._traces) > 1:
                self._forget(next(iter(self._traces)))

    def note(self, points: Iterable[Point]) -> None:
        with self._lock:
            for point in points:
                self._points[point.name, point.service, *sorted(map(str, point.attributes.items()))] = point

    def about(self, conversation: str) -> list[Span]:
        """All spans of every trace that has a span about this, by their starts."""
        with self._lock:
            return self._spans(self._by_conversation.get(conversation, ()))

    def trace(self, trace_id: str) -> list[Span]:
        with self._lock:
            return self._spans([trace_id] if trace_id in self._traces else [])

    def points(self, name: str | None) -> list[Point]:
        with self._lock:
            return [point for point in self._points.values() if name in {None, point.name}]

    def clear(self) -> None:
        with self._lock:
            self._traces.clear()
            self._by_conversation.clear()
            self._points.clear()
            self._count = 0

    def _spans(self, trace_ids: Iterable[str]) -> list[Span]:
        found = [span for trace_id in trace_ids for span in self._traces[trace_id].values()]
        return sorted(found, key=lambda span: (span.start_ns, span.span_id))

    def _forget(self, trace_id: str) -> None:
        for span in self._traces.pop(trace_id).values():
            self._count -= 1
            traces = self._by_conversation.get(str(span.attributes.get(CONVERSATION)), {})
            traces.pop(trace_id, None)
            if not traces:
                self._by_conversation.pop(str(span.attributes.get(CONVERSATION)), None)
