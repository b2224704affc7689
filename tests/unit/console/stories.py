"""Whole records, as an item page shows them, and what was traced of them."""

from datetime import datetime, timedelta
from typing import Any, Final

from services.results.console.domain.waterfall import CONVERSATION, Link, Span
from shared.contracts.messages import ContentType, Evidence, Finding, MediaRef, PolicyRef, Reason, Segment
from shared.contracts.words import Action, BackendName, Choice, DecidedBy, Lane, MediaKind, Status
from shared.ledger.entries import (
    AnswerGiven,
    ContentRead,
    DecisionMade,
    EvidenceFound,
    LoopEnded,
    LoopOpened,
    SubmissionOpened,
    VerdictGiven,
)
from shared.ledger.record import Judged
from tests.fakes.console import NOW, ConsoleWorld
from tests.unit.console.judged import media_id

HOSTILE: Final = '"><script>document.documentElement.dataset.ran = 1</script><img src=x onerror="alert(1)">'
POLICY: Final = PolicyRef(name="standard", version="0123456789abcdef")
TRACES: Final = ("4bf92f3577b34da6a3ce929d0e0e4736", "a3ce929d0e0e47364bf92f3577b34da6")
WORKER: Final = "0123456789abcdef"
SEGMENT: Final = Segment(
    label="Weapon Violence", parent="Graphic Violence", level=3, start_ms=1_200, end_ms=4_800, confidence=92.6, frames=8
)


def findings(label: str = "Weapon Violence") -> tuple[Finding, ...]:
    return (
        Finding(label="Violence", parent="", level=1, confidence=92.6),
        Finding(label="Graphic Violence", parent="Violence", level=2, confidence=92.6),
        Finding(label=label, parent="Graphic Violence", level=3, confidence=92.6),
        Finding(label="Alcohol", parent="", level=1, confidence=71.2),
        Finding(label="Alcoholic Beverages", parent="Alcohol", level=2, confidence=71.2),
    )


async def reviewed(
    world: ConsoleWorld,
    number: int = 1,
    *,
    tenant: str = "shop",
    key: str = "uploads/cat.jpg",
    label: str = "Weapon Violence",
    kind: MediaKind = MediaKind.IMAGE,
    rule: str = "Violence",
) -> str:
    """An item that two reviewers have decided about two hours after it came in."""
    id_, at = media_id(number), NOW - timedelta(hours=number + 3)

    def after(**time: float) -> datetime:
        return at + timedelta(**time)

    source = MediaRef(bucket=f"{tenant}-media", key=key, version_id="3HL4kqtJvjVBH40Nrjfkd")
    reasons = (
        Reason(code="review-band", label=label, confidence=92.6, threshold=80, rule=rule, choice=Choice.ESCALATE),
        Reason(code="approve-band", label="Alcohol", confidence=71.2, threshold=90, choice=Choice.APPROVE),
    )
    segments = (SEGMENT,) if kind is MediaKind.VIDEO else ()
    await world.ledger.open(
        id_,
        SubmissionOpened(
            at=at,
            tenant=tenant,
            kind=kind,
            lane=Lane.LIVE,
            source=source,
            policy=POLICY,
            size_bytes=348_211,
            envelope="cloudevent",
            external_id=key,
            traceparent=f"00-{TRACES[0]}-00f067aa0ba902b7-01",
        ),
    )
    evidence = Evidence(
        detector="rekognition.DetectModerationLabels",
        model_version="7.0",
        findings=findings(label),
        content_types=(ContentType(name="Illustrated", confidence=93.9),),
        raw_uri="s3://evidence/raw.json",
    )
    for entry in (
        ContentRead(
            at=after(seconds=0.2), sha256="ab" * 32, format="jpeg", readable=source, width_px=1600, height_px=1067
        ),
        EvidenceFound(at=after(seconds=0.9), evidence=evidence),
        DecisionMade(
            at=after(seconds=1.1),
            policy=POLICY,
            choice=Choice.ESCALATE,
            reasons=reasons,
            floor=Action.APPROVE,
            severity=93,
            category="Violence",
            segments=segments,
        ),
        LoopOpened(
            at=after(seconds=1.2),
            name=f"{id_}-01234567-r1",
            round=1,
            backend=BackendName.DESK,
            answers_wanted=2,
            traceparent=f"00-{TRACES[0]}-00f067aa0ba902b8-01",
        ),
        AnswerGiven(at=after(hours=1), round=1, worker=WORKER, action=Action.REJECT, labels=(label,), spent_s=14.2),
        AnswerGiven(at=after(hours=2), round=1, worker="f" * 16, action=Action.REJECT, spent_s=31.0),
        LoopEnded(at=after(hours=2, seconds=1), round=1, outcome="ruled", action=Action.REJECT),
        VerdictGiven(
            at=after(hours=2, seconds=2),
            number=1,
            action=Action.REJECT,
            decided_by=DecidedBy.HUMAN,
            policy=POLICY,
            cause="c",
            reasons=(Reason(code="reviewed", rule="round 1"), *reasons),
            category="Violence",
            segments=segments,
        ),
    ):
        await world.ledger.add(id_, entry)
    judged = Judged(decided_by=DecidedBy.HUMAN, labels=(label, "Violence"), reviewers=(WORKER,))
    end = after(hours=2, seconds=2)
    await world.ledger.advance(id_, Status.DONE, end, verdict=Action.REJECT, verdict_number=1, judged=judged)
    return id_


def span(number: int, name: str, service: str, start_s: float, took_s: float, **changes: Any) -> Span:
    """The first of all spans has number 1, and each is below the one before, if nothing else is said."""
    start_ns = int((NOW - timedelta(hours=4)).timestamp() * 1e9) + int(start_s * 1e9)
    values: dict[str, Any] = {
        "trace_id": TRACES[0],
        "span_id": f"{number:016x}",
        "parent_id": f"{number - 1:016x}" if number > 1 else None,
        "name": name,
        "kind": "consumer",
        "service": service,
        "start_ns": start_ns,
        "end_ns": start_ns + int(took_s * 1e9),
        "is_failed": False,
        "attributes": {},
    }
    return Span(**values | changes)


def traced(id_: str) -> list[Span]:
    """Both traces of a reviewed item, as the receiver gives them: by time."""
    said = {CONVERSATION: id_}
    first = [
        span(1, "process gavel-local-media-events", "ingest", 0, 0.21, attributes=said),
        span(2, "s3.GetObject", "ingest", 0.02, 0.04, kind="client", attributes=said),
        span(3, "send gavel-local-moderation-requests", "ingest", 0.15, 0.05, parent_id=f"{1:016x}", kind="producer"),
        span(4, "process gavel-local-moderation-requests", "moderate", 0.27, 0.66, attributes=said),
        span(5, "rekognition.DetectModerationLabels", "moderate", 0.31, 0.41, kind="client", attributes=said),
        span(6, "process gavel-local-review-requests", "review", 0.97, 0.24, parent_id=f"{4:016x}", attributes=said),
        span(
            *(7, "events.PutEvents", "review", 1.1, 0.02),
            kind="client",
            is_failed=True,
            attributes=said | {"error.type": "ThrottlingException"},
        ),
    ]
    later: dict[str, Any] = {"trace_id": TRACES[1], "attributes": said}
    link = (Link(trace_id=TRACES[0], span_id=f"{6:016x}"),)
    return [
        *first,
        span(8, "conclude loop", "review", 7200, 0.3, parent_id=None, kind="internal", links=link, **later),
        span(9, "send gavel-local-outcomes", "review", 7200.1, 0.05, kind="producer", **later),
        span(10, "process gavel-local-outcomes", "results", 7200.2, 0.4, **later),
        span(11, "send gavel-local-verdicts", "results", 7200.3, 0.06, kind="producer", **later),
    ]
