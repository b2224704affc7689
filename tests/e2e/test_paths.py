"""Every path from an event to a verdict on SNS, through the deployed services."""

import asyncio
import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from shared.contracts.messages import MediaRef
from shared.contracts.words import Action, DecidedBy, Status
from shared.ledger.entries import ContentRead, EvidenceFound, LoopOpened
from shared.ledger.views import only
from tests.e2e.pictures import mark, unique_image, unique_jpeg
from tests.e2e.pipeline import Pipeline


@pytest.mark.parametrize(
    ("labels", "action", "category"),
    [
        ("", Action.APPROVE, None),
        ("Drinking:96.1", Action.RESTRICT, "Alcohol"),
        ("Weapon Violence:98.4", Action.REJECT, "Violence"),
    ],
)
async def test_what_the_policy_settles_gets_its_verdict_without_anybody(
    pipeline: Pipeline, labels: str, action: Action, category: str | None
) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels=labels))
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by, event.data.category) == (action, DecidedBy.MODEL, category)
    record = await pipeline.status(item, Status.DONE)
    found = only(record, EvidenceFound)
    assert found is not None
    assert found.evidence.model_version == "7.0"
    assert await pipeline.loops(item) == []


@pytest.mark.parametrize("action", Action)
async def test_what_a_person_rules_becomes_the_verdict(pipeline: Pipeline, action: Action) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    await pipeline.answer(await pipeline.open_loop(item), action)
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (action, DecidedBy.HUMAN)
    assert len(await pipeline.loops(item)) == 1


async def test_rekognition_starts_the_loop_itself_on_the_integrated_path(pipeline: Pipeline) -> None:
    place = await pipeline.upload(unique_jpeg(), key=f"marketplace/{mark()}.jpg", labels="Weapons:71.3")
    item = await pipeline.submit(place)
    name = await pipeline.open_loop(item)
    opened = await pipeline.entry(item, LoopOpened)
    assert (opened.name, opened.integrated) == (name, True)
    answered: dict[str, Any] = {"AWS/Rekognition/DetectModerationLabels/Image/V3": {"moderationLabels": []}}
    for _ in range(opened.answers_wanted):
        await pipeline.control(f"human-loops/{name}/answers", {"answerContent": answered})
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.APPROVE, DecidedBy.HUMAN)


@pytest.mark.parametrize("format_", ["WEBP", "GIF", "HEIF", "BMP", "TIFF"])
async def test_what_rekognition_refuses_is_normalised_first(pipeline: Pipeline, format_: str) -> None:
    place = await pipeline.upload(unique_image(format_), labels="Drinking:96.1")
    item = await pipeline.submit(place)
    assert (await pipeline.verdict(item)).data.verdict is Action.RESTRICT
    content = await pipeline.entry(item, ContentRead)
    assert content.format.upper() == format_
    assert content.readable.bucket == pipeline.stack.outputs["work_bucket"]


async def test_the_same_bytes_get_the_same_verdict_without_asking_again(pipeline: Pipeline) -> None:
    body = unique_jpeg()
    first = await pipeline.submit(await pipeline.upload(body, labels="Weapon Violence:98.4"))
    await pipeline.verdict(first)
    await pipeline.status(first, Status.DONE)
    # Without labels the emulator would see nothing in the copy: only the first one's verdict can reject it.
    again = await pipeline.submit(await pipeline.upload(body))
    event = await pipeline.verdict(again)
    assert (event.data.verdict, event.data.decided_by) == (Action.REJECT, DecidedBy.REUSE)
    assert event.data.reused_from == first
    record = await pipeline.record(again)
    assert record is not None
    assert only(record, EvidenceFound) is None


@pytest.mark.parametrize("name", ["plain.jpg", "with space.jpg", "a+b.jpg", "été ☀.jpg", "100%.jpg", "a&b=c.jpg"])
async def test_an_upload_alone_is_enough(pipeline: Pipeline, name: str) -> None:
    place = await pipeline.upload(unique_jpeg(), labels="Drinking:96.1", name=name)
    event = await pipeline.verdict(pipeline.id_of(place))
    assert event.data.verdict is Action.RESTRICT
    assert event.data.source.key.endswith(name)


async def test_one_object_told_five_times_in_four_envelopes_is_one_item(pipeline: Pipeline) -> None:
    place = await pipeline.upload(unique_jpeg(), labels="Weapons:71.3")
    bodies = [pipeline.event(place), s3_event(place), eventbridge_event(place), by_sns(s3_event(place))]
    await asyncio.gather(*(pipeline.send(body) for body in bodies for _ in range(5)))
    item = pipeline.id_of(place)
    await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)
    assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
    # Told once more, after it has its verdict.
    await pipeline.send(pipeline.event(place))
    after = await pipeline.submit(await pipeline.upload(unique_jpeg()))
    await pipeline.verdict(after)
    assert len(await pipeline.loops(item)) == 1
    assert len({event.id for event in pipeline.verdicts.by_media[item]}) == 1


async def test_the_backfill_lane_ends_in_verdicts_too(pipeline: Pipeline) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg()), lane="backfill")
    assert (await pipeline.verdict(item)).data.verdict is Action.APPROVE


async def test_subscribers_get_what_they_filter_on(pipeline: Pipeline) -> None:
    item = await pipeline.submit(
        await pipeline.upload(unique_jpeg(), labels="Weapon Violence:98.4"), external_id="upload-7"
    )
    event = await pipeline.verdict(item)
    told = {name: value for name, value in pipeline.verdicts.attributes[event.id].items() if name != "traceparent"}
    assert told == {
        "verdict": "reject",
        "tenant": "default",
        "kind": "image",
        "category": "Violence",
        "decided_by": "model",
    }


def s3_event(media_: MediaRef) -> str:
    thing = {"key": quote_plus(media_.key, safe="/"), "size": 1, "eTag": "e", "versionId": media_.version_id}
    record: dict[str, Any] = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-21T08:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": media_.bucket}, "object": thing},
    }
    return json.dumps({"Records": [record]})


def eventbridge_event(media_: MediaRef) -> str:
    return json.dumps(
        {
            "version": "0",
            "id": "2d4eba74-fd51-3966-4bfa-b013c9da8ff1",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "000000000000",
            "time": "2026-11-21T08:00:00Z",
            "region": "us-east-1",
            "resources": [f"arn:aws:s3:::{media_.bucket}"],
            "detail": {
                "version": "0",
                "bucket": {"name": media_.bucket},
                "object": {"key": media_.key, "size": 1, "etag": "e", "version-id": media_.version_id},
                "reason": "PutObject",
            },
        }
    )


def by_sns(message: str) -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:uploads",
            "Message": message,
            "Timestamp": "2026-11-21T08:00:00.000Z",
            "SignatureVersion": "1",
            "Signature": "x",
            "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem",
            "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/",
        }
    )
