"""What the ledger holds about one item: entries that are only ever added. Its summary is in `shared.ledger.record`."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from shared.contracts.messages import BulkItem, Evidence, MediaRef, PolicyRef, Reason, Segment
from shared.contracts.words import Action, BackendName, Choice, DecidedBy, Lane, MediaKind

DETAIL_LIMIT: Final = 2_000
"""Characters of a quarantine entry's `detail`, which may quote a message of 1 MiB: what is more is cut."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    at: datetime


class SubmissionOpened(_Entry, frozen=True, kw_only=True, tag="submission"):
    """INGEST accepted the item. `traceparent` is the producer's or the one INGEST began."""

    tenant: str
    kind: MediaKind
    lane: Lane
    source: MediaRef
    policy: PolicyRef
    size_bytes: int
    envelope: str
    external_id: str | None = None
    traceparent: str | None = None
    bulk: BulkItem | None = None

    @property
    def key(self) -> str:
        return "submission"


class ContentRead(_Entry, frozen=True, kw_only=True, tag="content"):
    """What the bytes are. `perceptual_hash` is a 64-bit pHash in hexadecimal; `readable` is what Rekognition gets.

    `duration_ms` and `codec` are a video's, by its header; one that is written as it is streamed tells no duration.
    """

    sha256: str
    format: str
    readable: MediaRef
    width_px: int | None = None
    height_px: int | None = None
    perceptual_hash: str | None = None
    duration_ms: int | None = None
    codec: str | None = None
    normalised_because: str | None = None

    @property
    def key(self) -> str:
        return "content"


class VideoStarted(_Entry, frozen=True, kw_only=True, tag="video"):
    """Rekognition took a video in. The same `token` asked again within 7 days gives the same job, and no second one."""

    attempt: int
    job_id: str
    token: str
    traceparent: str | None = None

    @property
    def key(self) -> str:
        return f"video#{self.attempt:02}"


class VideoFailed(_Entry, frozen=True, kw_only=True, tag="video-failed"):
    """An attempt that gave no evidence. `code` is one of ours, `detail` what Rekognition said of it."""

    attempt: int
    code: str
    detail: str = ""

    @property
    def key(self) -> str:
        return f"video#{self.attempt:02}#failed"


class EvidenceFound(_Entry, frozen=True, kw_only=True, tag="evidence"):
    evidence: Evidence

    @property
    def key(self) -> str:
        return f"evidence#{self.evidence.detector}"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How sure the model that decides and the other one are of a label, 0-100; None where it was not reported."""

    label: str
    decisive: float | None = None
    other: float | None = None


class CanaryLooked(_Entry, frozen=True, kw_only=True, tag="canary"):
    """What another model has found in an item that was drawn for its policy's canary. It decides nothing: the entry of
    `EvidenceFound` has what does.

    `choice` is what the policy makes of the deciding model's findings, `other_choice` what it would make of these.
    """

    evidence: Evidence
    choice: Choice
    other_choice: Choice
    differences: tuple[Difference, ...] = ()

    @property
    def key(self) -> str:
        return "canary"


class DecisionMade(_Entry, frozen=True, kw_only=True, tag="decision"):
    """What the policy made of the evidence. `floor` is the least a reviewer's ruling can end in.

    `segments` are the stretches of a video that the policy minds, united over gaps of up to `gap_ms`.
    """

    policy: PolicyRef
    choice: Choice
    reasons: tuple[Reason, ...]
    floor: Action
    severity: int
    category: str | None = None
    alert: bool = False
    audit: bool = False
    segments: tuple[Segment, ...] = ()
    gap_ms: int | None = None

    @property
    def key(self) -> str:
        return f"decision#{self.policy.version[:8]}"


class LoopOpened(_Entry, frozen=True, kw_only=True, tag="loop"):
    """Written before the loop is started, so that a crash in between finds it and starts the same one.

    `excluded_workers` have answered about this item in an earlier round. `appeal_of` is the number of the verdict that
    this round is about to look at again.
    """

    name: str
    round: int
    backend: BackendName
    kind: MediaKind = MediaKind.IMAGE
    answers_wanted: int
    integrated: bool = False
    excluded_workers: tuple[str, ...] = ()
    appeal_of: int | None = None
    traceparent: str | None = None

    @property
    def key(self) -> str:
        return f"loop#{self.round:02}"


class AnswerGiven(_Entry, frozen=True, kw_only=True, tag="answer"):
    """What one reviewer said. `worker` is the backend's pseudonymous id; `labels` are those the reviewer confirmed, and
    `segments` where in a video."""

    round: int
    worker: str
    action: Action
    labels: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    accepted_at: datetime | None = None
    spent_s: float | None = None

    @property
    def key(self) -> str:
        return f"answer#{self.round:02}#{self.worker}"


class LoopEnded(_Entry, frozen=True, kw_only=True, tag="loop-end"):
    """How a loop ended: `outcome` is ruled | tie | no-answers | failed | expired | stopped | superseded."""

    round: int
    outcome: str
    action: Action | None = None
    failure_code: str | None = None
    output_uri: str | None = None

    @property
    def key(self) -> str:
        return f"loop#{self.round:02}#end"


class ReviewOverdue(_Entry, frozen=True, kw_only=True, tag="overdue"):
    """The alert has been raised that a case is older than its policy's target; `round` is the case's first."""

    round: int
    target_s: int

    @property
    def key(self) -> str:
        return f"overdue#{self.round:02}"


class AppealOpened(_Entry, frozen=True, kw_only=True, tag="appeal"):
    """Somebody appealed against verdict number `verdict`; `round` is the first of the rounds that this opens.

    `cause` is the id of the event that asked for it, `by` who says to have sent that. One appeal per verdict: the next
    is against the next verdict.
    """

    verdict: int
    round: int
    cause: str
    reason: str
    by: str | None = None

    @property
    def key(self) -> str:
        return f"appeal#{self.verdict:04}"


class VerdictGiven(_Entry, frozen=True, kw_only=True, tag="verdict"):
    """`cause` is the id of the outcome event that led here; a repeat of it finds this entry and changes nothing."""

    number: int
    action: Action
    decided_by: DecidedBy
    policy: PolicyRef
    cause: str
    reasons: tuple[Reason, ...]
    category: str | None = None
    reused_from: str | None = None
    segments: tuple[Segment, ...] = ()

    @property
    def key(self) -> str:
        return f"verdict#{self.number:04}"


class Quarantined(_Entry, frozen=True, kw_only=True, tag="quarantine"):
    """A message that could not be processed. `body_uri` is where the original message, whole, is kept in S3."""

    id: str
    queue: str
    code: str
    detail: str
    receive_count: int
    body_uri: str
    media_id: str | None = None

    @property
    def key(self) -> str:
        return f"quarantine#{self.id}"

    def __post_init__(self) -> None:
        if len(self.detail) > DETAIL_LIMIT:
            msgspec.structs.force_setattr(self, "detail", self.detail[: DETAIL_LIMIT - 1] + "…")


class Redriven(_Entry, frozen=True, kw_only=True, tag="redrive"):
    """Somebody had the message of quarantine entry `of` sent again; written before it was. `by` as with Discarded."""

    of: str
    by: str

    @property
    def key(self) -> str:
        return f"quarantine#{self.of}#redriven#{self.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


class Discarded(_Entry, frozen=True, kw_only=True, tag="discard"):
    """Somebody took quarantine entry `of` off the list: `by` is who, as AWS or the pages they used know them."""

    of: str
    by: str
    reason: str

    @property
    def key(self) -> str:
        return f"quarantine#{self.of}#discarded"


Entry = (
    SubmissionOpened
    | ContentRead
    | VideoStarted
    | VideoFailed
    | EvidenceFound
    | CanaryLooked
    | DecisionMade
    | LoopOpened
    | AnswerGiven
    | LoopEnded
    | ReviewOverdue
    | AppealOpened
    | VerdictGiven
    | Quarantined
    | Redriven
    | Discarded
)
