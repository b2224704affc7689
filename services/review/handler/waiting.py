"""How much waits for people, as the sweep comes by it."""

from collections.abc import Iterable
from datetime import datetime

from shared.contracts.words import BackendName
from shared.ledger.entries import LoopOpened
from shared.telemetry import metrics


class Waiting:
    """Counts the loops of one sweep that aren't over."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._ages_s: dict[BackendName, list[float]] = {}

    def note(self, opened: LoopOpened) -> None:
        age_s = max(0.0, (self._now - opened.at).total_seconds())
        self._ages_s.setdefault(opened.backend, []).append(age_s)

    def tell(self, backends: Iterable[BackendName]) -> None:
        """For every backend, since a gauge that nobody sets keeps its last value."""
        for backend in backends:
            ages_s = self._ages_s.get(backend, [])
            metrics.record(metrics.LOOPS_WAITING, len(ages_s), {metrics.BACKEND: backend})
            metrics.record(metrics.OLDEST_LOOP, max(ages_s, default=0.0), {metrics.BACKEND: backend})
