"""Answers that are delivered with an image: only from where bulk jobs put them, and only about that image."""

import json
from typing import Any

import msgspec
import pytest

from shared.aws.bulk_answers import BulkAnswers
from shared.contracts.delivered import DeliveredAnswer, Delivery
from shared.contracts.messages import MediaRef
from shared.errors import Permanent
from tests.fakes.aws import ScriptedClient, found, refusal

ABOUT = MediaRef(bucket="shop", key="a b.jpg", version_id="v1")
SAID = {
    "ModerationLabels": [{"Confidence": 88.1, "Name": "Smoking", "ParentName": "Products", "TaxonomyLevel": 3}],
    "ModerationModelVersion": "7.0",
    "ContentTypes": [],
}
PLACE = DeliveredAnswer(uri="s3://evidence/bulk/autumn/x/results.jsonl", offset=100, size_bytes=50)


def answers(document: Any) -> tuple[BulkAnswers, ScriptedClient]:
    client = ScriptedClient(get_object=[found(json.dumps(document).encode())])
    return BulkAnswers(client, "evidence"), client


async def test_one_line_is_read() -> None:
    reader, client = answers({"source-ref": "s3://shop/a b.jpg", "detect-moderation-labels": SAID})
    said = await reader.read(PLACE, ABOUT)
    assert [(one.label, one.confidence) for one in said.findings] == [("Smoking", 88.1)]
    assert (said.model_version, said.adapter_used, said.raw) == ("7.0", None, SAID)
    wanted = {"Bucket": "evidence", "Key": "bulk/autumn/x/results.jsonl", "Range": "bytes=100-149"}
    assert client.asked == [("get_object", wanted)]


@pytest.mark.parametrize(
    "uri", ["s3://shop/bulk/x", "s3://evidence/evidence/x", "https://evidence/bulk/x", "s3://evidence-2/bulk/x"]
)
async def test_nothing_is_read_from_elsewhere(uri: str) -> None:
    reader, client = answers({})
    with pytest.raises(Permanent, match="bulk-answer-elsewhere"):
        await reader.read(DeliveredAnswer(uri=uri, offset=0, size_bytes=1), ABOUT)
    assert client.asked == []


async def test_an_answer_about_another_object_is_none() -> None:
    reader, _ = answers({"source-ref": "s3://shop/other.jpg", "detect-moderation-labels": SAID})
    with pytest.raises(Permanent, match="bulk-answer-of-another"):
        await reader.read(PLACE, ABOUT)


@pytest.mark.parametrize("document", [[], {}, {"source-ref": "s3://shop/a b.jpg"}, {"detect-moderation-labels": 1}])
async def test_what_is_no_answer_is_refused(document: Any) -> None:
    reader, _ = answers(document)
    with pytest.raises(Permanent, match="bulk-answer-unreadable"):
        await reader.read(PLACE, ABOUT)


@pytest.mark.parametrize("code", ["NoSuchKey", "InvalidRange"])
async def test_an_answer_that_is_gone_is_told(code: str) -> None:
    reader = BulkAnswers(ScriptedClient(get_object=[refusal(code)]), "evidence")
    with pytest.raises(Permanent, match="bulk-answer-missing"):
        await reader.read(PLACE, ABOUT)


async def test_what_a_run_has_delivered_is_found_by_the_item_alone() -> None:
    reader, client = answers({"answer": msgspec.to_builtins(PLACE), "min_confidence": 40.0, "later": 1})
    assert await reader.delivery("autumn", "k3v7yq2mnb5x4c6tdhw2pzr7ae") == Delivery(answer=PLACE, min_confidence=40.0)
    wanted = {"Bucket": "evidence", "Key": "bulk/autumn/items/k3v7yq2mnb5x4c6tdhw2pzr7ae.json"}
    assert client.asked == [("get_object", wanted)]


@pytest.mark.parametrize("document", [[], {}, {"answer": {}, "min_confidence": 1}, {"source-ref": "s3://shop/a.jpg"}])
async def test_what_is_no_delivery_is_refused(document: Any) -> None:
    reader, _ = answers(document)
    with pytest.raises(Permanent, match="bulk-answer-unreadable"):
        await reader.delivery("autumn", "k3v7yq2mnb5x4c6tdhw2pzr7ae")
