"""What a run of workers has left behind: every call, and how much of the quota was used when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.quota.cases import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    at: float
    worker: str
    region: str
    lane: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Calls of a region that the emulator has let through and throttled until then."""

    at: float
    admitted: int
    throttled: int


def read_calls(files: Iterable[Path]) -> list[Call]:
    calls = []
    for file in files:
        for line in file.read_text().splitlines():
            at, region, lane, what = line.split()
            calls.append(Call(at=float(at), worker=file.stem, region=region, lane=lane, what=what))
    return calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one instant to another, as seconds since the epoch."""

    begin: float
    end: float

    def cut(self, after_s: float, until_s: float | None = None) -> "Span":
        """Without what comes before `after_s` and after `until_s`; empty where nothing is left."""
        end = self.end if until_s is None else min(self.end, self.begin + until_s)
        return Span(begin=min(end, self.begin + after_s), end=end)


def used(counts: Sequence[Count], case: Case, span: Span) -> float:
    """The share (0-1) of the quota that was used."""
    first, last = _at(counts, span.begin), _at(counts, span.end)
    admitted, seconds = last.admitted - first.admitted, last.at - first.at
    return admitted / (case.quota_per_s * seconds) if seconds else 0.0


def throttled(counts: Sequence[Count], spans: Iterable[Span]) -> float:
    """The share (0-1) of all requests in these spans that was throttled."""
    refused = asked = 0
    for span in spans:
        first, last = _at(counts, span.begin), _at(counts, span.end)
        refused += last.throttled - first.throttled
        asked += last.admitted - first.admitted + last.throttled - first.throttled
    return refused / max(1, asked)


def _at(counts: Sequence[Count], at: float) -> Count:
    return min(counts, key=lambda count: abs(count.at - at))
