"""What MODERATE needs of the world."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.clock import Clock
from shared.consumer.ports import Outbox, Topic
from shared.contracts.delivered import DeliveredAnswer, Delivery
from shared.contracts.messages import MediaRef
from shared.contracts.words import BackendName, Lane
from shared.custom_moderation.projects import VersionStatus
from shared.detection import Detection, ImageDetector, VideoDetector
from shared.ledger.port import Ledger
from shared.policy.port import PolicyStore


class RawEvidence(Protocol):
    async def put_raw(self, media_id: str, detector: str, answer: Mapping[str, Any]) -> str:
        """Keep a detector's answer; returns its s3:// URI, the same for a repeat."""
        ...


class PackedEvidence(Protocol):
    async def put_packed(self, media_id: str, name: str, body: bytes) -> str:
        """Keep gzipped bytes under this name; returns their s3:// URI, the same for a repeat."""
        ...


class Answers(Protocol):
    """What bulk runs deliver with their items. Every method raises Transient when the store can't be reached."""

    async def delivery(self, run: str, media_id: str) -> Delivery:
        """Raises Permanent when the run has delivered nothing for this item, or nothing that can be read."""
        ...

    async def read(self, answer: DeliveredAnswer, about: MediaRef) -> Detection:
        """What a bulk job has said of this object. Raises Permanent when it is about another one, or nothing that can
        be read."""
        ...


class Statuses(Protocol):
    async def status(self, arn: str) -> VersionStatus | None:
        """How an adapter stands; None for one that isn't there. Raises Transient when Rekognition can't be asked."""
        ...


class Quota(Protocol):
    def turn(self, lane: Lane) -> AbstractAsyncContextManager[None]:
        """Entered when the account's quota has room for one request; `live` goes before `backfill`."""
        ...


class Slots(Protocol):
    """The places for video jobs that run at once, shared by all tasks. Every method raises Transient when the store
    can't be reached."""

    async def take(self, holder: str, lane: Lane) -> None:
        """Return when `holder` has a slot, which may have been long ago. Raises Deferred when none gets free for long.

        `live` goes before `backfill`.
        """
        ...

    async def keep(self, holder: str) -> None:
        """Let `holder` have a slot at once, however many are taken: its job runs."""
        ...

    async def release(self, holder: str) -> None:
        """Whether it has one or not."""
        ...

    async def close(self) -> None:
        """Give out none for a while: Rekognition has no room, whatever we have counted."""
        ...

    async def held(self) -> Mapping[str, datetime]:
        """Who has a slot, and since when."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterPorts:
    ledger: Ledger
    policies: PolicyStore
    statuses: Statuses
    alerts: Topic
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePorts:
    ledger: Ledger
    policies: PolicyStore
    detector: ImageDetector
    raw_evidence: RawEvidence
    answers: Answers
    reviews: Outbox
    alerts: Topic
    quota: Quota
    clock: Clock
    default_backend: BackendName
    integrated_flows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPorts:
    """`requests` and `backfill` lead back to the queues where videos wait, `completions` to where the ends of jobs are
    told. `reading` bounds how many videos' findings are in memory at once."""

    ledger: Ledger
    policies: PolicyStore
    detector: VideoDetector
    evidence: PackedEvidence
    slots: Slots
    start_quota: Quota
    results_quota: Quota
    reading: AbstractAsyncContextManager[None]
    reviews: Outbox
    requests: Outbox
    backfill: Outbox
    completions: Outbox
    clock: Clock
