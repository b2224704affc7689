"""MODERATE and adapters: one that can't be used never stops an item, and a canary never decides one."""

from dataclasses import dataclass, field, replace

import pytest

from services.moderate.domain.canary import Comparison
from services.moderate.handler.images import on_moderation_requested
from shared.contracts.messages import BulkItem, Finding, MediaRef
from shared.contracts.words import Choice, Lane
from shared.detection import Detection, LoopRequest
from shared.errors import GavelError, Permanent, Transient
from shared.ledger.entries import CanaryLooked, Difference, EvidenceFound
from shared.ledger.views import only
from shared.policy.model import Canary, Policy, WhenIgnored
from shared.telemetry import metrics
from tests.fakes.telemetry import metrics_in_memory, total
from tests.unit.moderate.moderating import ADAPTER, MEDIA_ID, POLICY, Moderate

CANDIDATE = f"{ADAPTER}0"
SURE = Finding(label="Violence", parent="", level=1, confidence=97.0)
UNSURE = Finding(label="Violence", parent="", level=1, confidence=72.5)
SLIGHT = Finding(label="Violence", parent="", level=1, confidence=74.0)
DRINKING = Finding(label="Drinking", parent="Alcohol Use", level=3, confidence=60.0)


@dataclass
class Models:
    """What each adapter sees, the base model as None; or the error that it answers with. `expired` are ignored."""

    seen: dict[str | None, tuple[Finding, ...] | Exception]
    expired: frozenset[str] = frozenset()
    asked: list[str | None] = field(default_factory=list)
    loops: list[LoopRequest | None] = field(default_factory=list)

    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        self.asked.append(adapter)
        self.loops.append(loop)
        used = None if adapter in self.expired else adapter
        found = self.seen[used]
        if isinstance(found, Exception):
            raise found
        return Detection(
            findings=found, content_types=(), model_version="7.0", adapter_used=used, loop=None, raw={"used": used}
        )


@dataclass
class World(Moderate):
    models: Models = field(default_factory=lambda: Models({None: (UNSURE,)}))

    async def moderated(self, times: int = 1) -> None:
        request = await self.request()
        ports = replace(self.ports, detector=self.models)
        for _ in range(times):
            await on_moderation_requested(request, ports)

    async def entry(self, key: str) -> object:
        return await self.ledger.entry(MEDIA_ID, key)


def with_canary(adapter: str | None = None, *, candidate: str | None = None) -> Policy:
    return replace(POLICY, adapter=adapter, canary=Canary(percent=100, adapter=candidate))


@pytest.mark.parametrize(
    "refusal",
    [
        Transient("rekognition-resource-missing"),
        Transient("rekognition-adapter-not-ready"),
        Permanent("detection-refused"),
    ],
    ids=str,
)
async def test_what_an_adapter_refuses_the_base_model_judges_and_everybody_is_told(refusal: GavelError) -> None:
    world = World(policy=replace(POLICY, adapter=ADAPTER), models=Models({ADAPTER: refusal, None: (UNSURE,)}))
    await world.moderated(times=2)
    assert world.models.asked == [ADAPTER, None]
    assert world.quota.lanes == [Lane.LIVE, Lane.LIVE]
    ((event, _), _) = world.reviews.sent
    evidence = event.data.evidence
    assert (evidence.adapter_requested, evidence.adapter_used) == (ADAPTER, None)
    assert evidence.adapter_was_ignored
    assert evidence.findings == (UNSURE,)
    ((alert, _, _),) = world.alerts.published
    assert alert.data.code == "adapter-ignored"


async def test_what_the_base_model_refuses_too_is_not_the_adapters_fault() -> None:
    models = Models({ADAPTER: Permanent("detection-refused"), None: Permanent("detection-refused")})
    world = World(policy=replace(POLICY, adapter=ADAPTER), models=models)
    with pytest.raises(Permanent):
        await world.moderated()
    assert world.alerts.published == []
    assert world.reviews.sent == []


async def test_a_throttled_request_is_no_reason_to_ask_another_model() -> None:
    world = World(
        policy=replace(POLICY, adapter=ADAPTER), models=Models({ADAPTER: Transient("rekognition-throttled"), None: ()})
    )
    with pytest.raises(Transient):
        await world.moderated()
    assert world.models.asked == [ADAPTER]


async def test_a_run_that_names_an_adapter_gets_no_other_models_answers() -> None:
    world = World(models=Models({ADAPTER: Transient("rekognition-resource-missing"), None: ()}))
    request = await world.request(bulk=BulkItem(run="autumn", adapter=ADAPTER))
    with pytest.raises(Transient):
        await on_moderation_requested(request, replace(world.ports, detector=world.models))
    assert world.models.asked == [ADAPTER]


async def test_both_answers_are_kept_and_the_policys_own_model_decides() -> None:
    reader, told = metrics_in_memory(), {metrics.POLICY: f"standard@{POLICY.version}"}
    decision = told | {metrics.OUTCOME: Comparison.DECISION}
    before = total(reader, metrics.CANARY_LOOKS.name, decision)
    models = Models({ADAPTER: (UNSURE,), CANDIDATE: (SURE, DRINKING)})
    world = World(policy=with_canary(ADAPTER, candidate=CANDIDATE), models=models)
    await world.moderated(times=3)
    assert models.asked == [ADAPTER, CANDIDATE]
    assert world.quota.lanes == [Lane.LIVE, Lane.BACKFILL]
    assert {event.data.evidence.adapter_used for event, _ in world.reviews.sent} == {ADAPTER}
    record = await world.ledger.record(MEDIA_ID)
    assert record is not None
    found, looked = only(record, EvidenceFound), only(record, CanaryLooked)
    assert found is not None
    assert looked is not None
    assert (found.evidence.adapter_used, looked.evidence.adapter_used) == (ADAPTER, CANDIDATE)
    assert (looked.choice, looked.other_choice) == (Choice.ESCALATE, Choice.REJECT)
    assert looked.differences == (
        Difference(label="Drinking", other=60.0),
        Difference(label="Violence", decisive=72.5, other=97.0),
    )
    assert world.evidence.kept[looked.evidence.raw_uri] == {"used": CANDIDATE}
    assert total(reader, metrics.CANARY_LOOKS.name, decision) - before == 1
    assert world.alerts.published == []


async def test_a_canary_without_an_adapter_asks_the_base_model_and_small_differences_are_none() -> None:
    world = World(policy=with_canary(ADAPTER), models=Models({ADAPTER: (UNSURE,), None: (SLIGHT,)}))
    await world.moderated()
    looked = await world.entry("canary")
    assert isinstance(looked, CanaryLooked)
    assert (looked.evidence.adapter_used, looked.differences) == (None, ())


@pytest.mark.parametrize(
    "models",
    [
        Models({None: (UNSURE,), CANDIDATE: Transient("rekognition-throttled")}),
        Models({None: (UNSURE,), CANDIDATE: Permanent("detection-refused")}),
        Models({None: (UNSURE,)}, expired=frozenset({CANDIDATE})),
    ],
)
async def test_a_canary_that_does_not_answer_is_counted_and_costs_the_item_nothing(models: Models) -> None:
    reader = metrics_in_memory()
    told = {metrics.POLICY: f"standard@{POLICY.version}", metrics.OUTCOME: Comparison.UNANSWERED}
    before = total(reader, metrics.CANARY_LOOKS.name, told)
    world = World(policy=with_canary(candidate=CANDIDATE), models=models)
    await world.moderated()
    assert len(world.reviews.sent) == 1
    assert await world.entry("canary") is None
    assert total(reader, metrics.CANARY_LOOKS.name, told) - before == 1
    assert world.alerts.published == []


async def test_a_model_that_has_judged_in_an_adapters_place_is_not_compared_with_itself() -> None:
    world = World(policy=with_canary(ADAPTER), models=Models({None: (UNSURE,)}, expired=frozenset({ADAPTER})))
    await world.moderated()
    assert world.models.asked == [ADAPTER]
    assert await world.entry("canary") is None


async def test_what_an_ignored_adapter_would_have_judged_is_compared_by_what_review_decides() -> None:
    policy = replace(with_canary(ADAPTER, candidate=CANDIDATE), adapter_ignored=WhenIgnored.ESCALATE)
    models = Models({None: (SURE,), CANDIDATE: (SURE,)}, expired=frozenset({ADAPTER}))
    world = World(policy=policy, models=models)
    await world.moderated()
    looked = await world.entry("canary")
    assert isinstance(looked, CanaryLooked)
    assert (looked.choice, looked.other_choice) == (Choice.ESCALATE, Choice.REJECT)


async def test_what_a_bulk_run_only_looks_at_is_in_no_canary() -> None:
    world = World(policy=with_canary(candidate=CANDIDATE))
    request = await world.request(bulk=BulkItem(run="autumn"))
    await on_moderation_requested(request, replace(world.ports, detector=world.models))
    assert world.models.asked == [None]
