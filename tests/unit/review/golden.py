"""A policy, golden items and loops that the tests of golden items share."""

import json
from dataclasses import replace
from typing import Any

from services.review.domain.golden import is_drawn
from services.review.handler.cases import on_review_requested
from shared.contracts.messages import MediaRef, Segment
from shared.contracts.words import Action, Choice, MediaKind, Status
from shared.ledger.entries import (
    AnswerGiven,
    ContentRead,
    DecisionMade,
    Entry,
    EvidenceFound,
    LoopOpened,
    SubmissionOpened,
)
from shared.ledger.golden import GoldenItem, GoldenLoop
from shared.policy.model import Policy
from tests.unit.review.cases import AT, MEDIA_ID, POLICY, REF, SUBMISSION, Review_, evidence, policy_with, weapons

GOLDEN = "g" * 26
ANYBODY = tuple(f"{number:016x}" for number in range(3))


def always(**review: Any) -> Policy:
    """A policy by which this case's first and second round are drawn."""
    policy = policy_with(golden_percent=50, **review)
    versions = (replace(policy, version=f"{number:016x}") for number in range(64))
    return next(each for each in versions if is_drawn(each, MEDIA_ID, 1) and is_drawn(each, MEDIA_ID, 2))


async def add_item(
    review: Review_, media_id: str = GOLDEN, *, right: Action = Action.REJECT, labels: tuple[str, ...] = (),
    choice: Choice = Choice.ESCALATE, severity: int = 40, answered: tuple[str, ...] = (),
    kind: MediaKind = MediaKind.IMAGE, segments: tuple[Segment, ...] = (),
) -> GoldenItem:  # fmt: skip
    """A decided item of the ledger that is golden for the policy."""
    source = MediaRef(bucket="media", key=f"uploads/{media_id[:4]}.jpg", version_id="v7")
    opened = SubmissionOpened(
        at=AT, tenant="default", kind=kind, lane=SUBMISSION.lane, source=source, policy=REF,
        size_bytes=1, envelope="cloudevent",
    )  # fmt: skip
    decision = DecisionMade(
        at=AT, policy=REF, choice=choice, reasons=(), floor=Action.APPROVE, severity=severity, category="Violence",
        segments=segments,
    )  # fmt: skip
    await review.ledger.open(media_id, opened)
    entries: tuple[Entry, ...] = (
        ContentRead(at=AT, sha256="cd" * 32, format="JPEG", readable=source),
        EvidenceFound(at=AT, evidence=evidence(*weapons(66))),
        decision,
        *(AnswerGiven(at=AT, round=1, worker=worker, action=Action.REJECT) for worker in answered),
    )
    for entry in entries:
        await review.ledger.add(media_id, entry)
    await review.ledger.advance(media_id, Status.DONE, AT, verdict=right, verdict_number=1)
    item = GoldenItem(media_id=media_id, policy=POLICY.name, kind=kind, right=right, added_at=AT, labels=labels)
    await review.golden.keep(item)
    return item


async def escalated(review: Review_) -> GoldenLoop:
    """The golden loop beside the case that has just come."""
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    (loop,) = review.golden.loops.values()
    return loop


def real(review: Review_) -> LoopOpened:
    (opened,) = (loop for loop in review.backend.wanted.values() if loop.name.startswith(MEDIA_ID))
    return opened


def seen(review: Review_, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(review.backend.inputs[name])
    return told
