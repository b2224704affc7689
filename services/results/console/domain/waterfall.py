"""All spans of one item as one picture: its traces in order of time, and the waits between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

CONVERSATION: Final = "messaging.message.conversation_id"
WORTH_TELLING_S: Final = 1.0
ROWS: Final = 400
"""Nobody reads more; the rest is in the backend."""


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
    is_failed: bool
    attributes: Mapping[str, Any]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`left` and `width` are percent of the part's whole length; `depth` is how far below the trace's root."""

    span: Span
    depth: int
    left: float
    width: float
    offset_s: float
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One trace. Where it goes on from an earlier one (`is_linked`), `waited_s` is how long that took; otherwise how
    long nothing happened before it began, None where that is nothing to speak of."""

    trace_id: str
    rows: tuple[Row, ...]
    took_s: float
    waited_s: float | None
    is_linked: bool
    hidden: int


def waterfall(spans: Sequence[Span], media_id: str) -> tuple[Part, ...]:
    """Each trace's spans as a tree, parents before children, each level by time. Of traces that other items are in too,
    what is about others is left out; so are traces of whoever only looked at the item."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        if span.attributes.get(CONVERSATION) in {None, media_id}:
            traces.setdefault(span.trace_id, []).append(span)
    parts: list[Part] = []
    ended_ns: dict[str, int] = {}
    for own in sorted(traces.values(), key=lambda each: min(span.start_ns for span in each)):
        if not _is_look(min(own, key=lambda span: span.start_ns)):
            parts.append(_part(own, ended_ns))
            ended_ns |= {span.span_id: span.end_ns for span in own}
    return tuple(parts)


def _is_look(first: Span) -> bool:
    return first.kind == "server" and first.name.startswith("GET ")


def _part(spans: Sequence[Span], ended_ns: Mapping[str, int]) -> Part:
    ordered = list(_tree(spans))
    shown, hidden = ordered[:ROWS], len(ordered) - min(len(ordered), ROWS)
    start = min(span.start_ns for span, _ in shown)
    length = max(max(max(span.start_ns, span.end_ns) for span, _ in shown) - start, 1)
    rows = tuple(
        Row(
            span=span,
            depth=depth,
            left=round(100 * (span.start_ns - start) / length, 3),
            width=round(100 * max(span.end_ns - span.start_ns, 0) / length, 3),
            offset_s=(span.start_ns - start) / 1e9,
            took_s=max(span.end_ns - span.start_ns, 0) / 1e9,
        )
        for span, depth in shown
    )
    links = [link for span in spans if span.parent_id is None for link in span.links]
    goes_on_from = [ended_ns[link.span_id] for link in links if link.span_id in ended_ns]
    before_ns = min(goes_on_from) if goes_on_from else max(ended_ns.values(), default=start)
    waited_s = (start - before_ns) / 1e9
    return Part(
        trace_id=spans[0].trace_id,
        rows=rows,
        took_s=length / 1e9,
        waited_s=max(waited_s, 0) if goes_on_from or waited_s >= WORTH_TELLING_S else None,
        is_linked=bool(goes_on_from),
        hidden=hidden,
    )


def _tree(spans: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """With a stack of its own: who makes spans may nest them as deep as they like. A ring of parents, which nothing
    honest makes, is told flat, at the end."""
    ids = {span.span_id for span in spans}
    below: dict[str | None, list[Span]] = {}
    for span in sorted(spans, key=lambda each: (each.start_ns, each.span_id), reverse=True):
        below.setdefault(span.parent_id if span.parent_id in ids else None, []).append(span)
    waiting = [(span, 0) for span in below.get(None, [])]
    told: set[str] = set()
    while waiting:
        span, depth = waiting.pop()
        if span.span_id in told:
            continue
        told.add(span.span_id)
        yield span, depth
        waiting += [(child, depth + 1) for child in below.get(span.span_id, [])]
    yield from ((span, 0) for span in spans if span.span_id not in told)
