import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.ingest.domain.images import SOURCE_SHA256
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import MediaRef, ModerationRequested, PolicyRef
from shared.contracts.words import Lane, MediaKind, Status
from shared.errors import ContractError, Transient
from shared.ledger.entries import Quarantined
from tests import media, uploads
from tests.fakes.queues import FakeOutbox
from tests.unit.ingest.world import (
    MEDIA,
    NOW,
    POLICY,
    QUEUE,
    UNVERSIONED,
    WORK,
    World,
    cloudevent,
    eventbridge_event,
    id_of,
    s3_event,
    s3_record,
    sns_wrapped,
)

PINNED = PolicyRef(name=POLICY.name, version=POLICY.version)


@pytest.fixture
def world() -> World:
    return World()


def requested(world: World) -> ModerationRequested:
    [(event, _)] = world.moderation.sent
    assert isinstance(event.data, ModerationRequested)
    return event.data


async def test_an_image_that_rekognition_takes_goes_on_as_it_is(world: World) -> None:
    ref = world.upload(media.jpeg())
    await world.deliver(cloudevent(ref, external_id="order 7"))
    [(event, group)] = world.moderation.sent
    assert (event.subject, event.source, group) == (id_of(ref), "gavel/ingest", "default")
    assert requested(world).readable == ref
    item = requested(world).submission
    assert (item.kind, item.lane, item.policy, item.received_at) == (MediaKind.IMAGE, Lane.LIVE, PINNED, NOW)
    assert (item.external_id, item.sha256) == ("order 7", world.content(ref).sha256)
    assert world.status(ref) is Status.MODERATING
    assert world.objects.puts == []


async def test_the_record_says_what_was_sent_and_what_it_is(world: World) -> None:
    ref = world.upload(media.webp())
    await world.deliver(sns_wrapped(s3_event(ref)))
    opened, content = world.opened(ref), world.content(ref)
    assert (opened.source, opened.envelope, opened.size_bytes) == (ref, "sns+s3", len(media.webp()))
    assert (content.format, content.width_px, content.height_px) == ("webp", *media.SIZE)
    assert content.normalised_because == "format"


@pytest.mark.parametrize("name", uploads.READABLE)
async def test_rekognition_gets_a_derivative_exactly_where_it_would_refuse_the_original(
    name: str, world: World
) -> None:
    ref = world.upload(uploads.READABLE[name](), "anything.bin")
    await world.deliver(s3_event(ref))
    content = world.content(ref)
    assert requested(world).readable == content.readable
    if content.normalised_because is None:
        assert content.readable == ref
    else:
        assert (content.readable.bucket, content.readable.key) == (WORK, f"derivatives/{id_of(ref)}.jpg")
        assert world.objects.stored(content.readable).content_type == "image/jpeg"


async def test_a_derivative_carries_the_sources_gavel_metadata_and_its_hash(world: World) -> None:
    ref = world.upload(media.gif(), metadata={"gavel-labels": "Weapons:90.1", "camera": "x", "gavel-note": "Grüße"})
    await world.deliver(s3_event(ref))
    content = world.content(ref)
    stored = world.objects.stored(content.readable)
    assert stored.metadata == {"gavel-labels": "Weapons:90.1", SOURCE_SHA256: content.sha256}


async def test_metadata_that_leaves_no_room_for_the_hash_stays_behind(world: World) -> None:
    ref = world.upload(media.gif(), metadata={"gavel-labels": "x" * 2030})
    await world.deliver(s3_event(ref))
    content = world.content(ref)
    assert world.objects.stored(content.readable).metadata == {SOURCE_SHA256: content.sha256}


async def test_what_a_bucket_without_versions_holds_is_copied_before_it_can_change(world: World) -> None:
    ref = world.objects.upload(UNVERSIONED, "cat.jpg", media.png())
    await world.deliver(cloudevent(ref))
    readable = requested(world).readable
    assert (readable.bucket, readable.key[-4:]) == (WORK, ".png")
    assert world.objects.stored(readable).body == media.png()
    assert requested(world).submission.source == ref
    world.objects.upload(UNVERSIONED, "cat.jpg", media.png(seed=1))
    await world.deliver(cloudevent(ref))
    assert len({event.subject for event, _ in world.moderation.sent}) == 2


async def test_without_a_version_the_current_one_is_meant_and_pinned(world: World) -> None:
    world.upload(media.jpeg())
    current = world.upload(media.jpeg(seed=1))
    await world.deliver(cloudevent(MediaRef(bucket=MEDIA, key="cat.jpg")))
    assert requested(world).submission.source == current


async def test_the_same_event_five_times_in_all_envelopes_is_one_item_and_one_request(world: World) -> None:
    ref = world.upload(media.jpeg())
    unpinned = MediaRef(bucket=ref.bucket, key=ref.key)
    for body in (
        s3_event(ref),
        cloudevent(ref),
        cloudevent(unpinned),
        eventbridge_event(ref),
        sns_wrapped(s3_event(ref)),
    ):
        for _ in range(5):
            await world.deliver(body)
    assert len(world.moderation.sent) == 1
    assert list(world.ledger.items) == [id_of(ref)]
    assert world.objects.gets == [ref.key]


async def test_a_new_upload_under_the_same_key_is_another_item(world: World) -> None:
    first, second = world.upload(media.jpeg()), world.upload(media.jpeg(seed=1))
    await world.deliver(s3_event(first))
    await world.deliver(s3_event(second))
    assert {event.subject for event, _ in world.moderation.sent} == {id_of(first), id_of(second)}


async def test_the_backfill_lane_has_a_queue_of_its_own(world: World) -> None:
    await world.deliver(cloudevent(world.upload(media.jpeg()), lane="backfill"))
    assert (len(world.moderation.sent), len(world.backfill.sent)) == (0, 1)


async def test_a_prefix_leads_to_its_tenant_whose_name_is_the_message_group(world: World) -> None:
    await world.deliver(s3_event(world.upload(media.jpeg(), "shop/cat.jpg")))
    [(event, group)] = world.moderation.sent
    assert (event.data.submission.tenant, group) == ("shop", "shop")


async def test_the_test_event_of_s3_and_folder_markers_are_done_with_at_once(world: World) -> None:
    await world.deliver(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": MEDIA}))
    await world.deliver(json.dumps({"Records": [s3_record(MediaRef(bucket=MEDIA, key="2026/"), size=0)]}))
    assert (world.ledger.items, world.moderation.sent) == ({}, [])


async def test_the_policy_version_of_the_first_delivery_stays(world: World) -> None:
    ref = world.upload(media.jpeg())
    world.ledger.fail_next("add", Transient("down"))
    with pytest.raises(Transient):
        await world.deliver(s3_event(ref))
    world.policies.deploy(replace(POLICY, version="ffffffffffffffff"))
    await world.deliver(s3_event(ref), receive_count=2)
    assert requested(world).submission.policy == PINNED


async def test_a_notification_of_several_records_is_split_so_that_each_settles_alone(world: World) -> None:
    refs = [world.upload(media.jpeg(seed=n), f"{n}.jpg") for n in range(3)]
    await world.deliver(s3_event(*refs))
    assert world.ledger.items == {}
    for event, _ in world.split.sent:
        await world.deliver(encode(event))
    assert {event.subject for event, _ in world.moderation.sent} == {id_of(ref) for ref in refs}


async def test_bad_records_are_quarantined_by_name_and_the_good_ones_go_on(world: World) -> None:
    good = world.upload(media.jpeg())
    body = json.dumps({"Records": [s3_record(good) | {"eventName": "ObjectRemoved:Delete"}, s3_record(good), 7]})
    for _ in range(2):
        with pytest.raises(ContractError, match="bad-s3-records") as caught:
            await world.deliver(body)
        assert "unwanted-s3-event" in caught.value.detail
        assert "the other 1 are taken" in caught.value.detail
    assert len({event.id for event, _ in world.split.sent}) == 1


async def test_a_bad_record_beside_a_folder_marker_is_not_passed_over(world: World) -> None:
    marker = s3_record(MediaRef(bucket=MEDIA, key="2026/"), size=0)
    with pytest.raises(ContractError, match="bad-s3-records"):
        await world.deliver(json.dumps({"Records": [marker, 7]}))


async def test_an_item_quarantined_from_this_queue_is_looked_at_again_when_it_is_redriven(world: World) -> None:
    ref = world.upload(media.jpeg())
    world.objects.fail_next("get", Transient("down"))
    with pytest.raises(Transient):
        await world.deliver(s3_event(ref))
    await quarantined(world, ref, QUEUE)
    await world.deliver(s3_event(ref))
    assert len(world.moderation.sent) == 1
    assert world.status(ref) is Status.MODERATING


async def test_an_item_in_another_services_quarantine_is_left_there(world: World) -> None:
    ref = world.upload(media.jpeg())
    await world.deliver(s3_event(ref))
    await quarantined(world, ref, "gavel-test-moderation-requests")
    await world.deliver(s3_event(ref))
    assert len(world.moderation.sent) == 1
    assert world.status(ref) is Status.QUARANTINED


@dataclass
class Hasty(FakeOutbox):
    """What is sent is in the next service's quarantine before the sender has come to its next line."""

    world: World | None = None
    ref: MediaRef | None = None

    async def send(self, event: CloudEvent[Any], *, group: str) -> None:
        await super().send(event, group=group)
        assert self.world is not None
        assert self.ref is not None
        await quarantined(self.world, self.ref, "gavel-test-next", at=NOW + timedelta(seconds=1))


async def test_an_item_that_the_next_service_quarantines_at_once_stays_in_its_quarantine(world: World) -> None:
    ref = world.upload(media.jpeg())
    world.moderation = Hasty(world=world, ref=ref)
    await world.deliver(s3_event(ref))
    assert len(world.moderation.sent) == 1
    assert world.status(ref) is Status.QUARANTINED
    assert [one.media_id async for one in world.ledger.by_status(Status.QUARANTINED)] == [id_of(ref)]


async def quarantined(world: World, ref: MediaRef, queue: str, *, at: datetime = NOW) -> None:
    if id_of(ref) not in world.ledger.items:
        world.ledger.fail_next("add", Transient("down"))
        with pytest.raises(Transient):
            await world.deliver(s3_event(ref))
    await world.ledger.quarantine(
        Quarantined(
            at=at,
            id="q1",
            queue=queue,
            code="tried-too-often",
            detail="",
            receive_count=8,
            body_uri="s3://evidence/q1",
            media_id=id_of(ref),
        )
    )


async def test_a_deployment_that_lacks_its_policy_makes_the_message_wait(world: World) -> None:
    world.policies.fail_next(Transient("policy-missing"))
    with pytest.raises(Transient, match="policy-missing"):
        await world.deliver(s3_event(world.upload(media.jpeg())))
