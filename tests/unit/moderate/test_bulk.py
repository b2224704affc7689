"""MODERATE and the images of bulk runs: only looked at, or judged by an answer that came with them."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from services.moderate.handler.images import on_moderation_requested
from shared.contracts.delivered import DeliveredAnswer, Delivery
from shared.contracts.messages import BulkItem, Finding
from shared.contracts.words import Lane, Status
from shared.detection import Detection
from shared.errors import Permanent
from shared.identity import media_id
from shared.ledger.entries import EvidenceFound
from shared.ledger.views import only
from tests.unit.moderate.moderating import ADAPTER, DERIVATIVE, MEDIA_ID, POLICY, SOURCE, Moderate

DELIVERY = Delivery(
    answer=DeliveredAnswer(uri="s3://evidence/bulk/autumn/results.jsonl", offset=120, size_bytes=80), min_confidence=55
)
ANSWERED = BulkItem(run="autumn", is_judged=True, answer_of=MEDIA_ID)
SAID = Detection(
    findings=(Finding(label="Smoking", parent="Products", level=3, confidence=88.1),),
    content_types=(), model_version="7.0", adapter_used=None, loop=None, raw={"ModerationLabels": ["…"]},
)  # fmt: skip


async def test_what_is_only_looked_at_is_asked_as_its_run_wants_and_ends_there() -> None:
    moderate = Moderate()
    bulk = BulkItem(run="autumn", min_confidence=20, adapter=ADAPTER)
    moderate.detector.adapter_used = ADAPTER
    request = await moderate.request(lane=Lane.BACKFILL, bulk=bulk)
    for _ in range(2):
        await on_moderation_requested(request, moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 20, ADAPTER, None)]
    assert moderate.quota.lanes == [Lane.BACKFILL]
    assert moderate.reviews.sent == []
    record = await moderate.ledger.record(MEDIA_ID)
    assert record is not None
    assert (record.summary.status, record.summary.verdict) == (Status.DONE, None)
    found = only(record, EvidenceFound)
    assert found is not None
    assert (found.evidence.adapter_requested, found.evidence.adapter_used) == (ADAPTER, ADAPTER)


async def test_no_policy_is_blamed_for_the_adapter_of_a_run() -> None:
    moderate = Moderate()
    bulk = BulkItem(run="autumn", adapter=ADAPTER)
    await on_moderation_requested(await moderate.request(bulk=bulk), moderate.ports)
    assert moderate.alerts.published == []
    record = await moderate.ledger.record(MEDIA_ID)
    found = only(record, EvidenceFound) if record else None
    assert found is not None
    assert found.evidence.adapter_was_ignored


def delivered(delivery: Delivery = DELIVERY, **more: Any) -> Moderate:
    """With what an operator's run has delivered for the item."""
    moderate = Moderate(**more)
    moderate.answers.deliveries["autumn", MEDIA_ID] = delivery
    moderate.answers.kept[delivery.answer.uri] = SAID
    return moderate


async def test_a_delivered_answer_is_evidence_and_nobody_is_asked_again() -> None:
    moderate = delivered()
    await on_moderation_requested(await moderate.request(bulk=ANSWERED), moderate.ports)
    assert (moderate.detector.asked, moderate.quota.lanes) == ([], [])
    ((event, _),) = moderate.reviews.sent
    assert event.data.evidence.findings == SAID.findings
    assert moderate.evidence.kept[event.data.evidence.raw_uri] == SAID.raw


@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param(structs.replace(DELIVERY, min_confidence=55.1), id="too shallow"),
        pytest.param(structs.replace(DELIVERY, adapter=ADAPTER), id="of an adapter that the policy doesn't name"),
    ],
)
async def test_an_answer_that_says_less_than_the_policy_asks_for_is_not_used(delivery: Delivery) -> None:
    moderate = delivered(delivery)
    await on_moderation_requested(await moderate.request(bulk=ANSWERED), moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 55.0, None, None)]
    ((event, _),) = moderate.reviews.sent
    assert event.data.evidence.findings != SAID.findings


async def test_an_answer_about_an_earlier_upload_is_not_used() -> None:
    moderate = delivered()
    earlier = media_id(SOURCE.bucket, SOURCE.key, "v0")
    moderate.answers.deliveries["autumn", earlier] = DELIVERY
    bulk = structs.replace(ANSWERED, answer_of=earlier)
    await on_moderation_requested(await moderate.request(bulk=bulk), moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 55.0, None, None)]


async def test_what_a_producer_says_of_an_answer_counts_for_nothing() -> None:
    moderate = Moderate()
    earlier = media_id(SOURCE.bucket, SOURCE.key, "v0")
    moderate.answers.deliveries["autumn", earlier] = DELIVERY
    moderate.answers.kept[DELIVERY.answer.uri] = SAID
    request = await moderate.request(bulk=structs.replace(ANSWERED, min_confidence=0))
    with pytest.raises(Permanent, match="bulk-answer-missing"):
        await on_moderation_requested(request, moderate.ports)
    assert (moderate.detector.asked, moderate.reviews.sent) == ([], [])


async def test_a_policy_with_an_adapter_is_never_judged_by_results_that_do_not_name_one() -> None:
    moderate = delivered(structs.replace(DELIVERY, adapter=ADAPTER), policy=replace(POLICY, adapter=ADAPTER))
    moderate.detector.adapter_used = ADAPTER
    await on_moderation_requested(await moderate.request(bulk=ANSWERED), moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 55.0, ADAPTER, None)]
    assert moderate.alerts.published == []


async def test_what_is_judged_without_an_answer_is_asked_as_its_policy_wants() -> None:
    moderate = Moderate()
    bulk = BulkItem(run="autumn", is_judged=True, min_confidence=20, adapter=ADAPTER)
    await on_moderation_requested(await moderate.request(bulk=bulk), moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 55.0, None, None)]
    assert len(moderate.reviews.sent) == 1
