"""From an event to its verdict, and how much of that is AWS's: read out of the item's trace."""

import asyncio
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.pipeline.drive import Driver
from tests.bench.report import middle

EXPORTED_WITHIN_S = 20
FIRST = 3
"""Items that aren't counted: they meet what services do once only."""
DETECTION = "rekognition.DetectModerationLabels"
SERVICES = ("ingest", "moderate", "review", "results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """At one service: its own time, the time of its AWS requests (detection apart), and how many they were."""

    own_s: float
    aws_s: float
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One item's: from the event's send to the verdict's, and of that what it wasn't waiting for an AWS request."""

    whole_s: float
    own_s: float
    detection_s: float
    stays: Mapping[str, Stay]

    @property
    def hop_s(self) -> float:
        """Between two services, on average: what isn't spent in any of them."""
        inside = sum(stay.own_s + stay.aws_s for stay in self.stays.values()) + self.detection_s
        return max(0.0, self.whole_s - inside) / len(self.stays)


async def ways(driver: Driver, items: int, *, per_s: float) -> list[Way]:
    """So many items, so rarely that hardly one waits for another: one in each 1/per_s, at a moment by chance, so that
    they don't keep step with whoever polls."""
    first, media = await driver.upload(FIRST), await driver.upload(items)
    for one in first:
        await driver.tell([one])
        await driver.done([one])
    draw, began, sent_at = random.Random(1), time.time(), []  # noqa: S311
    for number, one in enumerate(media):
        await asyncio.sleep(max(0.0, began + (number + draw.random()) / per_s - time.time()))
        sent_at.append(time.time())
        await driver.tell([one])
    await driver.done(media)
    return [await _way(driver, driver.pipeline.id_of(one), at) for one, at in zip(media, sent_at, strict=True)]


async def _way(driver: Driver, media_id: str, sent_at: float) -> Way:
    """Until subscribers are told: the end of the send to the topic."""
    deadline = time.monotonic() + EXPORTED_WITHIN_S
    while True:
        spans = [_Span.read(span) for span in await _spans(driver, media_id)]
        told = [span for span in spans if span.name.endswith("-verdicts") and span.kind == "producer"]
        done = {span.service for span in spans if span.kind == "consumer"}
        if told and done >= set(SERVICES):
            break
        if time.monotonic() > deadline:
            raise RuntimeError(f"the trace of {media_id} isn't whole: {sorted(span.name for span in spans)}")
        await asyncio.sleep(0.5)
    ended_at = max(span.end for span in told)
    calls = [span for span in spans if span.is_request]
    detections = [span for span in calls if span.name == DETECTION]
    return Way(
        whole_s=ended_at - sent_at,
        own_s=ended_at - sent_at - covered_s([span.bounds for span in calls], sent_at, ended_at),
        detection_s=sum(span.end - span.begin for span in detections),
        stays={name: _stay([span for span in spans if span.service == name]) for name in SERVICES},
    )


async def _spans(driver: Driver, media_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await driver.pipeline.control(f"otlp/spans?conversation={media_id}"))["spans"]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Instants are seconds since the epoch."""

    name: str
    kind: str
    service: str
    begin: float
    end: float
    is_request: bool

    @property
    def bounds(self) -> tuple[float, float]:
        return self.begin, self.end

    @classmethod
    def read(cls, span: Mapping[str, Any]) -> "_Span":
        return cls(
            name=span["name"],
            kind=span["kind"],
            service=span["service"],
            begin=span["start_ns"] / 1e9,
            end=span["end_ns"] / 1e9,
            is_request=span["attributes"].get("rpc.system") == "aws-api",
        )


def _stay(spans: Sequence[_Span]) -> Stay:
    inside = max((span for span in spans if span.kind == "consumer"), key=lambda span: span.end - span.begin)
    calls = [span for span in spans if span.is_request]
    every = covered_s([span.bounds for span in calls], inside.begin, inside.end)
    others = [span for span in calls if span.name != DETECTION]
    return Stay(
        own_s=inside.end - inside.begin - every,
        aws_s=covered_s([span.bounds for span in others], inside.begin, inside.end),
        requests=len(others),
    )


def covered_s(spans: Iterable[tuple[float, float]], begin: float, end: float) -> float:
    """How much of the time from `begin` to `end` lies in at least one of the spans."""
    covered, reached = 0.0, begin
    for start, stop in sorted(spans):
        start, stop = max(start, reached), min(stop, end)
        if stop > start:
            covered += stop - start
            reached = stop
    return covered


def typical(found: Sequence[Way]) -> dict[str, Stay]:
    """Each service's middle values."""
    return {
        name: Stay(
            own_s=middle(way.stays[name].own_s for way in found),
            aws_s=middle(way.stays[name].aws_s for way in found),
            requests=round(middle(way.stays[name].requests for way in found)),
        )
        for name in SERVICES
    }


def told(found: Sequence[Way]) -> dict[str, Any]:
    return {
        "whole_s": [way.whole_s for way in found],
        "own_s": [way.own_s for way in found],
        "hop_s": middle(way.hop_s for way in found),
        "detection_s": middle(way.detection_s for way in found),
        "services": typical(found),
    }
