"""From an event to its verdict, and how much of that is AWS's: read out of the item's trace."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.pipeline.drive import Driver

EXPORTED_WITHIN_S = 20
GAP_S = 0.25
"""Between the end of one item and the event of the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One item's, in milliseconds: all of it, and without the time in which it waited for an AWS request of its own."""

    whole_ms: float
    own_ms: float


async def ways(driver: Driver, items: int) -> list[Way]:
    """One item after the other, so that none waits for another. The first is what services do once only."""
    media = await driver.upload(items + 1)
    sent_at = []
    for one in media:
        sent_at.append(time.time())
        await driver.tell([one])
        await driver.done([one])
        await asyncio.sleep(GAP_S)
    names = [driver.pipeline.id_of(one) for one in media]
    return [await _way(driver, name, at) for name, at in zip(names[1:], sent_at[1:], strict=True)]


async def _way(driver: Driver, media_id: str, sent_at: float) -> Way:
    """Until subscribers are told: the end of the send to the topic."""
    deadline = time.monotonic() + EXPORTED_WITHIN_S
    while True:
        spans = (await driver.pipeline.control(f"otlp/spans?conversation={media_id}"))["spans"]
        told = [span for span in spans if span["name"].endswith("-verdicts") and span["kind"] == "producer"]
        if told:
            break
        if time.monotonic() > deadline:
            raise RuntimeError(f"no verdict in the trace of {media_id}: {sorted(span['name'] for span in spans)}")
        await asyncio.sleep(0.5)
    ended_at = max(span["end_ns"] for span in told) / 1e9
    calls = [
        (span["start_ns"] / 1e9, span["end_ns"] / 1e9)
        for span in spans
        if span["attributes"].get("rpc.system") == "aws-api"
    ]
    whole_s = ended_at - sent_at
    return Way(whole_ms=1000 * whole_s, own_ms=1000 * (whole_s - covered_s(calls, sent_at, ended_at)))


def covered_s(spans: Iterable[tuple[float, float]], begin: float, end: float) -> float:
    """How much of the time from `begin` to `end` lies in at least one of the spans."""
    covered, reached = 0.0, begin
    for start, stop in sorted(spans):
        start, stop = max(start, reached), min(stop, end)
        if stop > start:
            covered += stop - start
            reached = stop
    return covered


def told(found: Sequence[Way]) -> dict[str, Any]:
    return {"whole_ms": [way.whole_ms for way in found], "own_ms": [way.own_ms for way in found]}
