"""Compares what two models say of one image."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.contracts.messages import Evidence, Finding
from shared.contracts.words import Choice
from shared.ledger.entries import CanaryLooked, Difference
from shared.policy.adapters import without_adapter
from shared.policy.decide import decide
from shared.policy.model import Policy

DETECTOR: Final = "rekognition-image-canary"
TELLING_POINTS: Final = 5.0
"""Confidences closer than this are taken for the same: any two models differ in the decimals."""


class Comparison(StrEnum):
    """How far two models agree on an image; `unanswered` where the other one didn't answer."""

    SAME = "same"
    LABELS = "labels"
    DECISION = "decision"
    UNANSWERED = "unanswered"


def compared(policy: Policy, media_id: str, decisive: Evidence, other: Evidence, at: datetime) -> CanaryLooked:
    return CanaryLooked(
        at=at,
        evidence=other,
        choice=_choice(policy, media_id, decisive),
        other_choice=_choice(policy, media_id, other),
        differences=tuple(_differences(_surest(decisive.findings), _surest(other.findings))),
    )


def comparison(looked: CanaryLooked) -> Comparison:
    if looked.choice is not looked.other_choice:
        return Comparison.DECISION
    return Comparison.LABELS if looked.differences else Comparison.SAME


def _choice(policy: Policy, media_id: str, evidence: Evidence) -> Choice:
    """As REVIEW decides."""
    made = decide(policy, evidence.findings, evidence.content_types, media_id=media_id)
    return (without_adapter(policy, made) if evidence.adapter_was_ignored else made).choice


def _surest(findings: Iterable[Finding]) -> dict[str, float]:
    surest: dict[str, float] = {}
    for finding in findings:
        surest[finding.label] = max(finding.confidence, surest.get(finding.label, 0.0))
    return surest


def _differences(decisive: dict[str, float], other: dict[str, float]) -> Iterable[Difference]:
    for label in sorted(decisive.keys() | other.keys()):
        one, two = decisive.get(label), other.get(label)
        if one is None or two is None or abs(one - two) >= TELLING_POINTS:
            yield Difference(label=label, decisive=one, other=two)
