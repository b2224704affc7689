"""The pipeline behind a bulk run, in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from cli.bulk.pipeline import Pipeline
from cli.bulk.plan import Mode, Plan
from cli.bulk.state import State
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.delivered import DeliveredAnswer
from shared.contracts.messages import Evidence, Finding, MediaSubmitted, PolicyRef
from shared.contracts.words import Action, Choice, MediaKind
from shared.identity import analysis_id, media_id
from shared.ledger.entries import DecisionMade, EvidenceFound, Quarantined, SubmissionOpened
from shared.policy.model import BucketPrefix, Tenant, Tenants
from tests.fakes.aws import refusal
from tests.fakes.ledger import MemoryLedger

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
PLAN = Plan(run="autumn", source="s3://shop/", mode=Mode.FAN_OUT, stack="dev", min_confidence=20.0)
JUDGED = msgspec.structs.replace(PLAN, policy="standard", min_confidence=50.0)
REF = PolicyRef(name="standard", version="9f2c1a7be0d4453c")
TENANTS = Tenants(tenants=(Tenant(name="default", policy="standard", buckets=(BucketPrefix(bucket="shop"),)),))
DELIVERED = DeliveredAnswer(uri="s3://evidence/bulk/autumn/out/r", offset=0, size_bytes=10)
EVIDENCE = Evidence(
    detector="rekognition-image",
    model_version="7.0",
    findings=(Finding(label="Smoking", parent="Products", level=3, confidence=88.1),),
    raw_uri="s3://e/r",
)
DECIDED = DecisionMade(at=AT, policy=REF, choice=Choice.RESTRICT, reasons=(), floor=Action.APPROVE, severity=1)


@dataclass
class FakePipeline:
    """INGEST and MODERATE at once: what is sent has its evidence when it is looked at. `bad` keys end in quarantine,
    `swallowed` ones nowhere, `halted` ones come no further than INGEST. `gone` objects aren't there."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    sent: list[CloudEvent[Any]] = field(default_factory=list)
    bad: frozenset[str] = frozenset()
    swallowed: frozenset[str] = frozenset()
    halted: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    written_at: datetime = AT
    written: dict[tuple[str, str], bytes] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    async def head_object(self, **request: Any) -> dict[str, Any]:
        if request["Key"] in self.gone:
            raise refusal("404", status=404)
        return {"VersionId": "v1", "ETag": '"e"', "LastModified": self.written_at}

    async def put_object(self, **request: Any) -> None:
        self.written[request["Bucket"], request["Key"]] = request["Body"]

    async def send(self, event: CloudEvent[Any], *, group: str) -> None:
        assert isinstance(event.data, MediaSubmitted)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(event)
        media, bulk = event.data.media, event.data.bulk
        assert bulk is not None
        version = str(media.version_id)
        item = media_id(media.bucket, media.key, version)
        if not bulk.is_judged:
            item = analysis_id(media.bucket, media.key, version, bulk.run)
        if media.key in self.swallowed:
            return
        await self.ledger.open(
            item,
            SubmissionOpened(
                at=AT, tenant=group, kind=MediaKind.IMAGE, lane=event.data.lane, source=media, policy=REF,
                size_bytes=1, envelope="cloudevent", bulk=bulk,
            ),
        )  # fmt: skip
        if media.key in self.halted:
            return
        if media.key in self.bad:
            await self.ledger.quarantine(
                Quarantined(
                    at=AT, id="q", queue="media-events", code="not-media", detail="a text", receive_count=1,
                    body_uri="s3://evidence/q", media_id=item,
                )
            )  # fmt: skip
            return
        await self.ledger.add(item, EvidenceFound(at=AT, evidence=EVIDENCE))
        if bulk.is_judged:
            await self.ledger.add(item, DECIDED)

    def run(self, state: State, plan: Plan = PLAN, **more: Any) -> Pipeline:
        defaults: dict[str, Any] = {
            "may_begin": lambda: True, "goes_on": lambda: True, "watch": lambda: None, "tick_s": 0.0, "window": 100,
            "bucket": "evidence",
        }  # fmt: skip
        return Pipeline(
            s3=self, ledger=self.ledger, events=self, tenants=TENANTS, plan=plan, state=state, **defaults | more
        )
