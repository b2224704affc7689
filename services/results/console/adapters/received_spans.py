"""Spans that the local stack's own OTLP receiver was sent. Elsewhere they are where the stack exports them to."""

from typing import Any, Final

import aiohttp

from services.results.console.domain.waterfall import Link, Span
from shared.errors import Transient

PATH: Final = "_gavel/otlp/spans"


class ReceivedSpans:
    def __init__(self, http: aiohttp.ClientSession, endpoint: str) -> None:
        self._http = http
        self._endpoint = endpoint.rstrip("/")

    async def about(self, media_id: str) -> list[Span]:
        try:
            async with self._http.get(f"{self._endpoint}/{PATH}", params={"conversation": media_id}) as answer:
                answer.raise_for_status()
                told = await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Transient("spans-unreachable", type(error).__name__) from error
        return [_span(each) for each in told["spans"]]


def _span(told: dict[str, Any]) -> Span:
    return Span(
        trace_id=told["trace_id"],
        span_id=told["span_id"],
        parent_id=told["parent_id"],
        name=told["name"],
        kind=told["kind"],
        service=told["service"],
        start_ns=told["start_ns"],
        end_ns=told["end_ns"],
        is_failed=told["status"] == "error",
        attributes=told["attributes"],
        links=tuple(Link(trace_id=link["trace_id"], span_id=link["span_id"]) for link in told["links"]),
    )
