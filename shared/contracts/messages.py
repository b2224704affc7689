"""The payloads of every event type, with the version in the type's name.

A payload only grows by optional fields; anything else is a new version beside the old one. `examples/` holds named
cases of each, and `schemas/` the JSON Schema for producers and subscribers in other languages; tests keep both in step.
"""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from shared.contracts.words import Action, Choice, DecidedBy, Lane, MediaKind, Severity

MEDIA_SUBMITTED: Final = "gavel.media.submitted.v1"
MODERATION_REQUESTED: Final = "gavel.moderation.requested.v1"
VIDEO_ENDED: Final = "gavel.video.ended.v1"
REVIEW_REQUESTED: Final = "gavel.review.requested.v1"
APPEAL_REQUESTED: Final = "gavel.appeal.requested.v1"
OUTCOME_REACHED: Final = "gavel.outcome.reached.v1"
VERDICT_REACHED: Final = "gavel.verdict.reached.v1"
ALERT_RAISED: Final = "gavel.alert.raised.v1"

APPEAL_WITHOUT_RULING: Final = "appeal-without-ruling"
"""The first reason of a verdict that an appeal left as it was, since no round of it came to a ruling."""


class MediaRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where the media is in S3. Without `version_id` the version current when INGEST looks is meant, and pinned."""

    bucket: str
    key: str
    version_id: str | None = None


class BulkItem(msgspec.Struct, frozen=True, kw_only=True):
    """An image of a bulk run (`gavel bulk`), named by `run`.

    One that `is_judged` is an item like any other: its tenant's policy decides. Where bulk analysis has answered
    already, `answer_of` is the id of the item that it has answered about (`shared.contracts.delivered`). Any other is
    only looked at: `min_confidence` and `adapter` are what is asked for, it is an item of the run's alone
    (`shared.identity.analysis_id`), and it ends with its evidence, without a verdict.
    """

    run: Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9_.\-]{1,64}$")]
    is_judged: bool = False
    min_confidence: Annotated[float, msgspec.Meta(ge=0, le=100)] = 50.0
    adapter: Annotated[str, msgspec.Meta(min_length=20, max_length=2048)] | None = None
    answer_of: Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{26}$")] | None = None


class MediaSubmitted(msgspec.Struct, frozen=True, kw_only=True):
    """What a producer sends to `media-events`.

    `tenant` may be left out where the bucket belongs to one tenant. `external_id` is the producer's own name for the
    item and comes back in the verdict. Images of bulk runs are in the lane `backfill` whatever `lane` says.
    """

    media: MediaRef
    tenant: str | None = None
    external_id: str | None = None
    lane: Lane = Lane.LIVE
    bulk: BulkItem | None = None


class PolicyRef(msgspec.Struct, frozen=True, kw_only=True):
    """A policy at one version: the first 16 hexadecimal characters of the SHA-256 of its canonical content."""

    name: str
    version: str


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted item: travels with every message about it. The policy version is pinned when it is accepted."""

    media_id: str
    tenant: str
    kind: MediaKind
    lane: Lane
    source: MediaRef
    policy: PolicyRef
    received_at: datetime
    sha256: str
    external_id: str | None = None
    bulk: BulkItem | None = None

    @property
    def is_judged(self) -> bool:
        """Whether it gets a verdict; what a bulk run only looks at doesn't."""
        return self.bulk is None or self.bulk.is_judged


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One label of one detector. `confidence` is 0-100; `timestamp_ms` only in videos."""

    label: str
    parent: str
    level: int
    confidence: float
    timestamp_ms: int | None = None


class ContentType(msgspec.Struct, frozen=True, kw_only=True):
    """`Animated` or `Illustrated`, with confidence 0-100."""

    name: str
    confidence: float


class LoopStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A human loop that Rekognition itself started (integrated path)."""

    name: str
    arn: str


class VideoFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the detector says of a video file. `frame_rate` is frames per second."""

    duration_ms: int
    width_px: int
    height_px: int
    frame_rate: float
    codec: str
    format: str


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a video in which a label was seen: frames no further apart than the policy's gap, united.

    `confidence` is the highest of its frames, 0-100, and `frames` how many of them had the label. `start_ms` and
    `end_ms` are those of its first and last frame. A label that a reviewer gave has confidence 100; where the model had
    seen nothing, no frames. What several reviewers agreed on has the confidence and frames that more than half of them
    stand for.
    """

    label: str
    parent: str
    level: int
    start_ms: int
    end_ms: int
    confidence: float
    frames: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All findings of one detector run. `raw_uri` is the s3:// URI of the detector's unchanged answer, or, where the
    findings say all of it, `ledger:` and the place of the ledger's entry.

    `adapter_requested` without `adapter_used` means that the base model answered: Rekognition silently ignored the
    adapter, as it does with an expired one, or refused it.

    A video has too many findings for a message: `findings` are the strongest of each label, with its time, and
    `frames_uri` is where all of them are (`shared.contracts.frames`).
    """

    detector: str
    model_version: str
    findings: tuple[Finding, ...]
    content_types: tuple[ContentType, ...] = ()
    raw_uri: str
    adapter_requested: str | None = None
    adapter_used: str | None = None
    loop: LoopStarted | None = None
    video: VideoFacts | None = None
    frames_uri: str | None = None

    @property
    def adapter_was_ignored(self) -> bool:
        return self.adapter_requested is not None and self.adapter_used != self.adapter_requested


class ModerationRequested(msgspec.Struct, frozen=True, kw_only=True):
    """INGEST → MODERATE. `readable` is what Rekognition reads: the source itself or a derivative in the work bucket."""

    submission: Submission
    readable: MediaRef


class VideoEnded(msgspec.Struct, frozen=True, kw_only=True):
    """MODERATE to itself: Rekognition's job for this item is over, and nobody had told."""

    job_id: str


class ReviewRequested(msgspec.Struct, frozen=True, kw_only=True):
    """MODERATE → REVIEW."""

    submission: Submission
    readable: MediaRef
    evidence: Evidence


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why: `code` is one of the documented words; the rest is there when it applies.

    `segment` is the stretch of a video that the reason is about.
    """

    code: str
    label: str | None = None
    confidence: float | None = None
    threshold: float | None = None
    rule: str | None = None
    choice: Choice | None = None
    segment: Segment | None = None


class AppealRequested(msgspec.Struct, frozen=True, kw_only=True):
    """What asks `appeals` for another look at an item that has its verdict.

    `verdict` is the number of the verdict that is appealed against, the current one when left out. `reason` is for the
    record; it may quote whoever appealed, so it is never logged. `by` is for the record, too: the program or
    operator who sent it.
    """

    media_id: Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{26}$")]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    verdict: Annotated[int, msgspec.Meta(ge=1)] | None = None
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)] | None = None


class OutcomeReached(msgspec.Struct, frozen=True, kw_only=True):
    """REVIEW or INGEST → RESULTS. `category` is the top-level label that weighed most; `alert` asks for an alert.

    `appeal_of` is the number of the verdict that was appealed against, and that this outcome takes the place of.
    `segments` are the stretches of a video that led to it: as reviewers confirmed them, else as the policy found them.
    """

    submission: Submission
    action: Action
    decided_by: DecidedBy
    reasons: tuple[Reason, ...]
    category: str | None = None
    round: int = 0
    alert: bool = False
    reused_from: str | None = None
    appeal_of: int | None = None
    segments: tuple[Segment, ...] = ()


class VerdictReached(msgspec.Struct, frozen=True, kw_only=True):
    """RESULTS → SNS `verdicts`. `number` counts the verdicts of this item from 1; the highest is the current one.

    `segments` are the stretches of a video that led to the verdict, `segments_total` how many there are: the ledger has
    them all where they don't fit here.
    """

    media_id: str
    tenant: str
    kind: MediaKind
    source: MediaRef
    number: int
    verdict: Action
    decided_by: DecidedBy
    reasons: tuple[Reason, ...]
    policy: PolicyRef
    sha256: str
    received_at: datetime
    decided_at: datetime
    category: str | None = None
    external_id: str | None = None
    reused_from: str | None = None
    segments: tuple[Segment, ...] = ()
    segments_total: int = 0


class AlertRaised(msgspec.Struct, frozen=True, kw_only=True):
    """Any service → SNS `alerts`. `code` is a stable word, `text` a sentence for people, without user data.

    `link` is where the console shows it. `count` is above 1 where this alert tells of so many of its kind, since the
    others were held back (`shared.alerts`).
    """

    code: str
    severity: Severity
    text: str
    media_id: str | None = None
    tenant: str | None = None
    link: str | None = None
    count: int = 1


PAYLOADS: Final[dict[str, type[Any]]] = {
    MEDIA_SUBMITTED: MediaSubmitted,
    MODERATION_REQUESTED: ModerationRequested,
    VIDEO_ENDED: VideoEnded,
    REVIEW_REQUESTED: ReviewRequested,
    APPEAL_REQUESTED: AppealRequested,
    OUTCOME_REACHED: OutcomeReached,
    VERDICT_REACHED: VerdictReached,
    ALERT_RAISED: AlertRaised,
}
