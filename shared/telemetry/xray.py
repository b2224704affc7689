"""X-Ray's tracing header and W3C trace contexts, one as the other.

`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`: the root is a trace id cut after eight
digits. X-Ray takes ids that begin with any digits, so W3C ids survive the way there and back.
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re
from typing import Final

from opentelemetry.trace import SpanContext, TraceFlags, format_span_id, format_trace_id

_ROOT: Final = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT: Final = re.compile(r"[0-9a-f]{16}")


def header(span: SpanContext) -> str:
    trace_id = format_trace_id(span.trace_id)
    sampled = int(span.trace_flags.sampled)
    return f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent={format_span_id(span.span_id)};Sampled={sampled}"


def span_context(text: str) -> SpanContext | None:
    """The span that a header names; None for a header without parent, as AWS services write it, or a malformed one.

    `Sampled=?` leaves the choice to the receiver, which here means not sampled.
    """
    parts = dict(part.strip().split("=", 1) for part in text.split(";") if "=" in part)
    root, parent = _ROOT.fullmatch(parts.get("Root", "")), _PARENT.fullmatch(parts.get("Parent", ""))
    if root is None or parent is None:
        return None
    sampled = parts.get("Sampled") == "1"
    found = SpanContext(
        trace_id=int(root[1] + root[2], 16),
        span_id=int(parent[0], 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT),
    )
    return found if found.is_valid else None
