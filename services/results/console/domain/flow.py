"""What became of the items of some time: in all, and by equal stretches of that time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from services.results.api.domain.statistics import Statistics
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.ledger.record import Summary
from shared.prices import PRICES

OUTCOMES: Final = (*(action.value for action in Action), "in review", "quarantined", "under way")
"""What an item comes to, or where it stands; in the order that charts stack them in."""
UNSETTLED: Final = {
    Status.REVIEWING: "in review",
    Status.APPEALED: "in review",
    Status.QUARANTINED: "quarantined",
    Status.DISCARDED: "quarantined",
}


@dataclass(slots=True)
class Slot:
    """One stretch of the time. Latencies are of items with their first verdict that took no person, in seconds."""

    start: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def items(self) -> int:
        return self.outcomes.total()

    def percentile(self, percent: int) -> float | None:
        """The smallest latency that so many percent don't exceed."""
        ordered = sorted(self.latencies_s)
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


class Flow:
    """Of items that are added one by one, those of `since` to `until`."""

    def __init__(self, since: datetime, until: datetime, slots: int) -> None:
        self._since, self._length = since, (until - since) / slots
        self._statistics = Statistics()
        self._detected = self._images = 0
        self.slots: Sequence[Slot] = tuple(Slot(since + number * self._length) for number in range(slots))
        self.latencies = Slot(since)

    @property
    def slot_length(self) -> timedelta:
        return self._length

    def add(self, item: Summary) -> None:
        self._statistics.add(item)
        number = int((item.received_at - self._since) / self._length)
        slot = self.slots[min(max(number, 0), len(self.slots) - 1)]
        slot.outcomes[outcome(item)] += 1
        judged = item.judged
        if item.kind is MediaKind.IMAGE:
            self._images += 1
            self._detected += judged is None or judged.decided_by is not DecidedBy.REUSE
        if item.status is Status.DONE and item.verdict_number == 1 and judged and judged.decided_by in BY_ITSELF:
            # People take hours, and would be all that there is to see.
            took_s = (item.updated_at - item.received_at).total_seconds()
            slot.latencies_s.append(took_s)
            self.latencies.latencies_s.append(took_s)

    @property
    def totals(self) -> dict[str, Any]:
        """As the API tells statistics."""
        return self._statistics.told()

    @property
    def detection_usd_per_thousand(self) -> float | None:
        """What Rekognition's list price comes to for a thousand images of these, those that were reused among them."""
        price = PRICES["rekognition_image"]
        return 1000 * self._detected / self._images * price.usd / price.per if self._images else None


BY_ITSELF: Final = frozenset({DecidedBy.MODEL, DecidedBy.REUSE})


def outcome(item: Summary) -> str:
    """One of OUTCOMES."""
    if item.status in UNSETTLED:
        return UNSETTLED[item.status]
    return item.verdict.value if item.verdict is not None else "under way"
