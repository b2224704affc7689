"""Counts what became of items: verdicts, who decided, how long it took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.contracts.words import DecidedBy, Status
from shared.ledger.record import Summary

LABELS_TOLD: Final = 50
PERCENTILES: Final = (50, 90, 99)


class Statistics:
    """Of items that are added one by one; the latencies alone are kept, eight bytes each."""

    def __init__(self) -> None:
        self._items = 0
        self._counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("status", "verdict", "decided_by", "kind", "label", "tenant", "policy")
        }
        self._latencies_s: list[float] = []

    def add(self, item: Summary) -> None:
        self._items += 1
        policy = f"{item.policy.name}@{item.policy.version}" if item.policy else None
        judged = item.judged
        for name, value in (
            ("status", item.status),
            ("verdict", item.verdict),
            ("decided_by", judged.decided_by if judged else None),
            ("kind", item.kind),
            ("tenant", item.tenant),
            ("policy", policy),
        ):
            if value is not None:
                self._counts[name][str(value)] += 1
        self._counts["label"].update(judged.labels if judged else ())
        if item.status is Status.DONE and item.verdict_number == 1:
            # Later verdicts are those of appeals, whose time is the appellant's.
            self._latencies_s.append((item.updated_at - item.received_at).total_seconds())

    def told(self) -> dict[str, Any]:
        decided = self._counts["decided_by"]
        judged = decided.total()
        by_people = decided[DecidedBy.HUMAN] + decided[DecidedBy.FAIL_CLOSED]
        return {
            "items": self._items,
            **{name: dict(counts.most_common(LABELS_TOLD)) for name, counts in self._counts.items()},
            "review_rate": by_people / judged if judged else None,
            "reuse_rate": decided[DecidedBy.REUSE] / judged if judged else None,
            "latency_s": _percentiles(sorted(self._latencies_s)),
        }


def _percentiles(ordered: Sequence[float]) -> Mapping[str, float | None]:
    """The smallest value that so many percent don't exceed; None of nothing."""
    return {
        f"p{percent}": ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None
        for percent in PERCENTILES
    }
