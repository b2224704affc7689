"""One entry of each kind, with values that are easily lost on the way: exact floats, odd texts, missing parts."""

from datetime import UTC, datetime, timedelta

from shared.contracts.messages import ContentType, Evidence, Finding, LoopStarted, MediaRef, PolicyRef, Reason
from shared.contracts.words import Action, BackendName, Choice, DecidedBy, Lane, MediaKind
from shared.ledger.entries import (
    AnswerGiven,
    AppealOpened,
    ContentRead,
    DecisionMade,
    Discarded,
    Entry,
    EvidenceFound,
    LoopEnded,
    LoopOpened,
    Quarantined,
    Redriven,
    ReviewOverdue,
    SubmissionOpened,
    VerdictGiven,
    VideoFailed,
    VideoStarted,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
POLICY = PolicyRef(name="standard", version="0123456789abcdef")
OTHER_POLICY = PolicyRef(name="standard", version="fedcba9876543210")
SOURCE = MediaRef(bucket="media", key="a b+ü/✓.jpg", version_id="v1")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def submission(at: datetime = NOON) -> SubmissionOpened:
    return SubmissionOpened(
        at=at,
        tenant="default",
        kind=MediaKind.IMAGE,
        lane=Lane.LIVE,
        source=SOURCE,
        policy=POLICY,
        size_bytes=123_456,
        envelope="cloudevent",
        external_id="",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


def evidence(*findings: Finding, at: datetime = NOON, detector: str = "rekognition-image") -> EvidenceFound:
    return EvidenceFound(
        at=at,
        evidence=Evidence(
            detector=detector,
            model_version="7.0",
            findings=findings,
            content_types=(ContentType(name="Illustrated", confidence=93.90000152587891),),
            raw_uri="s3://evidence/evidence/m/rekognition-image.json",
            adapter_requested="arn:a",
            loop=LoopStarted(name="m-01234567-r1", arn="arn:loop"),
        ),
    )


FINDINGS = (
    Finding(label="Weapons", parent="Violence", level=2, confidence=92.59999847412109),
    Finding(label="Violence", parent="", level=1, confidence=92.59999847412109),
    Finding(label="Smoking", parent="Drugs & Tobacco Paraphernalia & Use", level=3, confidence=50, timestamp_ms=0),
    Finding(label="Weapons", parent="Violence", level=2, confidence=0.1 + 0.2, timestamp_ms=1_200),
    Finding(label="Weapons", parent="Violence", level=2, confidence=1e-7, timestamp_ms=1_700),
)
REASON = Reason(
    code="over-threshold", label="Weapons", confidence=92.59999847412109, threshold=80.0, choice=Choice.ESCALATE
)


def verdict(number: int, action: Action = Action.APPROVE, policy: PolicyRef = POLICY) -> VerdictGiven:
    return VerdictGiven(
        at=after(number),
        number=number,
        action=action,
        decided_by=DecidedBy.MODEL,
        policy=policy,
        cause=f"cause-{number}",
        reasons=(REASON, Reason(code="audit")),
        category="Violence",
    )


def quarantined(id_: str, media_id: str | None = None, at: datetime = NOON) -> Quarantined:
    return Quarantined(
        at=at,
        id=id_,
        queue="media-events",
        code="not-json",
        detail="the body isn't JSON",
        receive_count=1,
        body_uri=f"s3://evidence/quarantine/{id_}",
        media_id=media_id,
    )


def discarded(id_: str, at: datetime = NOON) -> Discarded:
    return Discarded(at=at, of=id_, by="arn:aws:iam::111122223333:user/operator", reason="a test upload")


EVERY_KIND: tuple[Entry, ...] = (
    submission(),
    ContentRead(
        at=after(0.000001),
        sha256="ab" * 32,
        format="webp",
        readable=SOURCE,
        width_px=80,
        height_px=10_000,
        perceptual_hash="8f00ff00ff00ff00",
        normalised_because="webp",
    ),
    VideoStarted(at=after(0.5), attempt=1, job_id="0f" * 32, token="m-1"),  # noqa: S106  a name
    VideoFailed(at=after(0.6), attempt=1, code="video-job-failed", detail="Internal server error"),
    evidence(*FINDINGS, at=after(1)),
    evidence(at=after(1)),
    DecisionMade(
        at=after(2),
        policy=POLICY,
        choice=Choice.ESCALATE,
        reasons=(REASON,),
        floor=Action.RESTRICT,
        severity=70,
        category="Violence",
        alert=True,
        audit=False,
    ),
    LoopOpened(at=after(3), name="m-01234567-r1", round=1, backend=BackendName.A2I, answers_wanted=3),
    AnswerGiven(
        at=after(4),
        round=1,
        worker="ef7294f850a3d9d1",
        action=Action.REJECT,
        labels=("Blood & Gore",),
        accepted_at=after(3.955),
        spent_s=40.543,
    ),
    LoopOpened(
        at=after(4.5),
        name="m-01234567-r2",
        round=2,
        backend=BackendName.DESK,
        answers_wanted=3,
        excluded_workers=("ef7294f850a3d9d1",),
        appeal_of=1,
    ),
    ReviewOverdue(at=after(4.6), round=2, target_s=3_600),
    AppealOpened(at=after(4.4), verdict=1, round=2, cause="complaint-1", reason="It is a toy."),
    LoopEnded(at=after(5), round=1, outcome="tie", output_uri="s3://evidence/output.json"),
    verdict(1),
    quarantined("q1", "m"),
    Redriven(at=after(6), of="q1", by="console/ef7294f850a3d9d1"),
    discarded("q1"),
)
