import pytest

from shared.contracts.messages import MediaRef
from shared.contracts.words import MediaKind, Status
from shared.errors import ContractError, Permanent, Transient
from tests import media, uploads
from tests.unit.ingest.world import (
    MEDIA,
    World,
    cloudevent,
    id_of,
    s3_event,
)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_bucket_that_is_not_allowed_is_never_looked_into(world: World) -> None:
    world.objects.fail_next("head", Transient("looked"))
    with pytest.raises(ContractError, match="bucket-not-allowed") as caught:
        await world.deliver(cloudevent(MediaRef(bucket="somebody-elses", key="a.jpg")))
    assert caught.value.media_id is None


async def test_a_tenant_cannot_claim_anothers_prefix(world: World) -> None:
    with pytest.raises(ContractError, match="bucket-not-allowed"):
        await world.deliver(cloudevent(world.upload(media.jpeg()), tenant="shop"))


@pytest.mark.parametrize("name", uploads.REFUSED)
async def test_what_cannot_be_judged_is_refused_with_its_reason_and_filed_with_its_item(
    name: str, world: World
) -> None:
    make, code = uploads.REFUSED[name]
    ref = world.upload(make(), "photo.jpg")
    with pytest.raises(Permanent) as caught:
        await world.deliver(s3_event(ref))
    assert (caught.value.code, caught.value.media_id) == (code, id_of(ref))
    assert caught.value.detail
    assert world.status(ref) is Status.RECEIVED
    assert world.moderation.sent == []


async def test_a_video_is_opened_as_one(world: World) -> None:
    ref = world.upload(media.mp4())
    with pytest.raises(Permanent):
        await world.deliver(s3_event(ref))
    assert world.opened(ref).kind is MediaKind.VIDEO


async def test_an_image_that_is_too_large_is_refused_unread() -> None:
    world = World(max_image_bytes=8_000)
    ref = world.upload(media.bmp())
    with pytest.raises(Permanent, match="image-too-large") as caught:
        await world.deliver(s3_event(ref))
    assert "57,654 bytes" in caught.value.detail


async def test_a_missing_object_version_or_a_deleted_one_has_its_own_reason(world: World) -> None:
    with pytest.raises(Permanent, match="object-missing"):
        await world.deliver(cloudevent(MediaRef(bucket=MEDIA, key="nobody.jpg")))
    ref = world.upload(media.jpeg())
    with pytest.raises(Permanent, match="version-missing"):
        await world.deliver(cloudevent(MediaRef(bucket=MEDIA, key=ref.key, version_id="v99")))
    world.objects.delete(MEDIA, ref.key)
    with pytest.raises(Permanent, match="object-deleted"):
        await world.deliver(cloudevent(MediaRef(bucket=MEDIA, key=ref.key)))
    assert world.ledger.items == {}


async def test_an_object_that_goes_while_its_item_is_open_is_filed_with_it(world: World) -> None:
    ref = world.upload(media.jpeg())
    world.ledger.fail_next("add", Transient("down"))
    with pytest.raises(Transient):
        await world.deliver(s3_event(ref))
    world.objects.fail_next("head", Permanent("object-missing"))
    with pytest.raises(Permanent) as caught:
        await world.deliver(s3_event(ref), receive_count=2)
    assert caught.value.media_id == id_of(ref)
