"""The four services' own handlers over one ledger, each given what the one before has sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from services.ingest.handler.intake import on_media_event
from services.moderate.handler.images import on_moderation_requested
from services.results.handler import on_outcome
from services.review.handler.cases import on_review_requested
from shared.alerts import Alerts
from shared.aws.ledger import DynamoLedger
from shared.aws.rekognition import read_answer
from shared.consumer.ports import Message
from shared.contracts.cloudevents import encode
from shared.contracts.messages import MediaRef
from shared.detection import Detection, LoopRequest
from shared.policy.load import load
from shared.policy.model import Policy
from shared.taxonomy.labels import ancestors, level
from tests import media
from tests.fakes.dynamodb import Table
from tests.fakes.policies import FakePolicyStore, one_tenant
from tests.fakes.queues import FakeOutbox
from tests.unit.ingest.world import NOW, World, s3_event
from tests.unit.moderate.moderating import Moderate
from tests.unit.results.test_results import Results
from tests.unit.review.cases import Review_

STANDARD: Final = Path(__file__).parents[3] / "infra" / "policies" / "standard.yaml"
BUCKET: Final = "gavel-prod-media-123456789012"


def standard() -> Policy:
    return load(STANDARD.read_text(encoding="utf-8"), origin=STANDARD.name)


@dataclass
class Detector:
    """Sees these labels in whatever it is shown, with their ancestors; answers in Rekognition's own form."""

    labels: dict[str, float]

    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        told = [
            {
                "Name": label,
                "ParentName": next(iter(ancestors(label)), ""),
                "TaxonomyLevel": level(label),
                "Confidence": confidence,
            }
            for name, confidence in self.labels.items()
            for label in (name, *ancestors(name))
        ]
        return read_answer({"ModerationLabels": told, "ModerationModelVersion": "7.0", "ContentTypes": []})


@dataclass
class Whole:
    """`seen` is what the detector sees. `alerts` takes the alerts, the world's own topic where there is none."""

    seen: dict[str, float] = field(default_factory=dict)
    policy: Policy = field(default_factory=standard)
    table: Table = field(default_factory=Table)
    alerts: Alerts | None = None
    ingest: World = field(default_factory=World)
    moderate: Moderate = field(default_factory=Moderate)
    review: Review_ = field(default_factory=Review_)
    results: Results = field(default_factory=Results)
    _handled: dict[int, int] = field(default_factory=dict)
    _deliveries: int = 0

    def upload(self, number: int = 0) -> MediaRef:
        key = f"uploads/2026/11/21/{number:08x}-ceea-467f-a1d3-0b3c8f9b2d11.jpg"
        # What stands behind the picture's end nobody reads; it makes other bytes of it.
        return self.ingest.objects.upload(BUCKET, key, media.jpeg((80, 80)) + number.to_bytes(8))

    async def tell(self, *places: MediaRef) -> None:
        """S3's notification of each, and all that follows from it without people."""
        for place in places:
            await self._deliver(s3_event(place), on_media_event, self._ingest())
        await self._hand_on(self.ingest.moderation, on_moderation_requested, self._moderate())
        await self._hand_on(self.moderate.reviews, on_review_requested, self._review())
        for outcomes in (self.review.outcomes, self.ingest.outcomes):
            await self._hand_on(outcomes, on_outcome, self._results())

    async def results_again(self) -> None:
        """Another delivery of everything that RESULTS has had."""
        for event, _ in self.review.outcomes.sent:
            await self._deliver(encode(event), on_outcome, self._results())

    async def _hand_on(self, outbox: FakeOutbox, handle: Callable[..., Awaitable[None]], ports: Any) -> None:
        sent = outbox.sent[self._handled.get(id(outbox), 0) :]
        self._handled[id(outbox)] = len(outbox.sent)
        for event, _ in sent:
            await self._deliver(encode(event), handle, ports)

    async def _deliver(self, body: str, handle: Callable[..., Awaitable[None]], ports: Any) -> None:
        self._deliveries += 1
        at = NOW + timedelta(milliseconds=self._deliveries)
        message = Message(
            id=f"m{self._deliveries}",
            queue="q",
            body=body,
            receipt="r",
            receive_count=1,
            sent_at=at,
            first_received_at=at,
        )
        await handle(message, ports=replace(ports, clock=lambda: at))

    @property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(self.table, "ledger", clock=lambda: NOW)

    @property
    def _policies(self) -> FakePolicyStore:
        return FakePolicyStore(self.policy, tenants=one_tenant(self.policy.name, BUCKET))

    def _ingest(self) -> Any:
        return replace(self.ingest.ports, ledger=self.ledger, policies=self._policies)

    def _moderate(self) -> Any:
        detector = Detector(self.seen)
        return replace(self.moderate.ports, ledger=self.ledger, policies=self._policies, detector=detector)

    def _review(self) -> Any:
        return replace(self.review.ports, ledger=self.ledger, policies=self._policies)

    def _results(self) -> Any:
        return replace(self.results.ports, ledger=self.ledger, alerts=self.alerts or self.results.alerts)
