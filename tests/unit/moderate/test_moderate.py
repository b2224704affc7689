"""MODERATE asks the detector once for an item, keeps what it said, and passes it on."""

from dataclasses import replace
from typing import Any

import pytest

from services.moderate.handler.images import on_moderation_requested
from shared.contracts.words import BackendName, Lane, MediaKind, Status
from shared.detection import LoopRequest
from shared.errors import GavelError, Permanent, Transient
from shared.identity import loop_name
from shared.ledger.entries import EvidenceFound
from shared.ledger.views import only
from shared.policy.model import Integration, Policy, Review
from shared.telemetry import metrics
from tests.fakes.ledger import MemoryLedger
from tests.fakes.telemetry import metrics_in_memory, total
from tests.unit.moderate.moderating import ADAPTER, DERIVATIVE, FLOW, MEDIA_ID, POLICY, FakeDetector, Moderate


async def test_what_the_detector_says_is_kept_and_passed_on() -> None:
    moderate = Moderate()
    await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 55.0, None, None)]
    record = await moderate.ledger.record(MEDIA_ID)
    assert record is not None
    found = only(record, EvidenceFound)
    assert found is not None
    assert moderate.evidence.kept[found.evidence.raw_uri] == {"ModerationLabels": []}
    ((event, group),) = moderate.reviews.sent
    assert (event.data.evidence, event.data.readable, group) == (found.evidence, DERIVATIVE, "default")
    # Of an image's way the summary tells where it waits for somebody, and its end.
    assert record.summary.status is Status.RECEIVED


async def test_an_answer_that_the_evidence_holds_whole_is_not_kept_a_second_time() -> None:
    moderate = Moderate()
    moderate.detector.is_whole = True
    await on_moderation_requested(await moderate.request(), moderate.ports)
    record = await moderate.ledger.record(MEDIA_ID)
    found = only(record, EvidenceFound) if record else None
    assert found is not None
    assert found.evidence.raw_uri == f"ledger:{MEDIA_ID}/{found.key}"
    assert moderate.evidence.kept == {}


async def test_a_repeat_is_not_asked_and_paid_for_again_but_passed_on_again() -> None:
    moderate = Moderate()
    request = await moderate.request()
    for _ in range(3):
        await on_moderation_requested(request, moderate.ports)
    assert len(moderate.detector.asked) == 1
    assert len({event.id for event, _ in moderate.reviews.sent}) == 1


@pytest.mark.parametrize(
    ("method", "written"),
    [("entry", False), ("add", False), ("add", True)],
)
async def test_a_crash_at_any_write_is_made_good_by_the_next_delivery(method: str, written: bool) -> None:
    moderate = Moderate()
    request = await moderate.request()
    moderate.ledger.fail_next(method, Transient("dynamodb-failed"), written=written)
    with pytest.raises(Transient):
        await on_moderation_requested(request, moderate.ports)
    await on_moderation_requested(request, moderate.ports)
    assert len({event.id for event, _ in moderate.reviews.sent}) == 1


async def test_two_deliveries_at_once_pass_on_the_same_evidence() -> None:
    moderate = Moderate()
    request = await moderate.request()
    known = await moderate.ledger.entry(MEDIA_ID, "evidence#rekognition-image")
    assert known is None
    await on_moderation_requested(request, moderate.ports)
    (first, _), *_ = moderate.reviews.sent
    # The other delivery read the ledger before the first one wrote to it.
    racing = replace(moderate.ports, ledger=_BlindOnce(moderate.ledger))
    await on_moderation_requested(request, racing)
    assert len(moderate.detector.asked) == 2
    assert moderate.reviews.sent[1][0].data.evidence == first.data.evidence


class _BlindOnce:
    """The ledger as a delivery sees it that looked a moment too early."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._looked = False

    async def entry(self, media_id: str, key: str) -> Any:
        if not self._looked:
            self._looked = True
            return None
        return await self._ledger.entry(media_id, key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


@pytest.mark.parametrize("error", [Transient("rekognition-throttled"), Permanent("image-unreadable")])
async def test_a_detector_that_fails_passes_nothing_on(error: GavelError) -> None:
    moderate = Moderate(detector=FakeDetector(failures=[error]))
    with pytest.raises(type(error)):
        await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.reviews.sent == []


async def test_a_video_is_refused_with_its_item() -> None:
    moderate = Moderate()
    with pytest.raises(Permanent) as caught:
        await on_moderation_requested(await moderate.request(kind=MediaKind.VIDEO), moderate.ports)
    assert caught.value.media_id == MEDIA_ID


@pytest.mark.parametrize("lane", Lane)
async def test_each_lane_asks_for_its_own_turn(lane: Lane) -> None:
    moderate = Moderate()
    await on_moderation_requested(await moderate.request(lane=lane), moderate.ports)
    assert moderate.quota.lanes == [lane]


def _integrated(backend: BackendName | None = None) -> Policy:
    return replace(POLICY, review=Review(integration=Integration.INTEGRATED, backend=backend))


async def test_the_integrated_path_names_the_loop_that_rekognition_may_start() -> None:
    moderate = Moderate(policy=_integrated())
    await on_moderation_requested(await moderate.request(), moderate.ports)
    name = loop_name(MEDIA_ID, POLICY.version, 1)
    assert moderate.detector.asked[0][3] == LoopRequest(name=name, flow_definition_arn=FLOW)
    (event, _), *_ = moderate.reviews.sent
    assert event.data.evidence.loop is not None
    assert event.data.evidence.loop.name == name


@pytest.mark.parametrize(
    ("policy", "backend"),
    [
        (POLICY, BackendName.A2I),
        (_integrated(), BackendName.DESK),
        (_integrated(BackendName.DESK), BackendName.A2I),
    ],
)
async def test_no_loop_is_asked_of_rekognition_otherwise(policy: Policy, backend: BackendName) -> None:
    moderate = Moderate(policy=policy, backend=backend)
    await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.detector.asked[0][3] is None


async def test_an_adapter_that_was_silently_ignored_raises_an_alert() -> None:
    moderate = Moderate(policy=replace(POLICY, adapter=ADAPTER))
    await on_moderation_requested(await moderate.request(), moderate.ports)
    ((event, attributes, _),) = moderate.alerts.published
    assert event.data.code == "adapter-ignored"
    assert attributes["severity"] == "critical"


async def test_an_adapter_that_answered_raises_none() -> None:
    moderate = Moderate(policy=replace(POLICY, adapter=ADAPTER), detector=FakeDetector(adapter_used=ADAPTER))
    await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.alerts.published == []


async def test_an_image_costs_what_its_answer_does_and_a_refusal_or_a_repeat_nothing() -> None:
    moderate, reader = Moderate(), metrics_in_memory()
    told = {metrics.OPERATION: "DetectModerationLabels"}
    before = total(reader, metrics.COST.name, told)
    request = await moderate.request()
    moderate.detector.failures.append(Transient("rekognition-throttled"))
    with pytest.raises(Transient):
        await on_moderation_requested(request, moderate.ports)
    for _ in range(2):
        await on_moderation_requested(request, moderate.ports)
    assert total(reader, metrics.COST.name, told) - before == pytest.approx(0.001)
