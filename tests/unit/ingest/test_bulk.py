"""INGEST and the images of bulk runs: items of the run's own, or the objects' own items where they are judged."""

import pytest

from shared.contracts.messages import BulkItem, ModerationRequested, OutcomeReached
from shared.contracts.words import DecidedBy, Lane, Status
from shared.errors import ContractError, Permanent
from shared.identity import analysis_id
from tests import media, videos
from tests.unit.ingest.test_reuse import judged
from tests.unit.ingest.world import World, cloudevent, id_of

RUN = {"run": "autumn", "min_confidence": 20.0}


@pytest.fixture
def world() -> World:
    return World()


async def test_what_is_only_looked_at_is_an_item_beside_the_objects_own(world: World) -> None:
    ref = world.upload(media.jpeg())
    await world.deliver(cloudevent(ref))
    for _ in range(2):
        await world.deliver(cloudevent(ref, lane="backfill", bulk=RUN))
    own = analysis_id(ref.bucket, ref.key, str(ref.version_id), "autumn")
    [(event, _)] = world.backfill.sent
    assert isinstance(event.data, ModerationRequested)
    assert event.data.submission.media_id == own != id_of(ref)
    assert event.data.submission.bulk == BulkItem(run="autumn", min_confidence=20.0)
    assert not event.data.submission.is_judged
    assert len(world.moderation.sent) == 1
    assert set(world.ledger.items) == {own, id_of(ref)}


@pytest.mark.parametrize("is_judged", [False, True])
async def test_no_image_of_a_run_goes_before_what_people_wait_for(world: World, is_judged: bool) -> None:
    ref = world.upload(media.jpeg())
    await world.deliver(cloudevent(ref, lane="live", bulk=RUN | {"is_judged": is_judged}))
    [(event, _)] = world.backfill.sent
    assert event.data.submission.lane is Lane.BACKFILL
    assert world.moderation.sent == []


async def test_each_run_looks_for_itself(world: World) -> None:
    ref = world.upload(media.jpeg())
    for run in ("autumn", "winter"):
        await world.deliver(cloudevent(ref, lane="backfill", bulk={"run": run}))
    assert len({event.subject for event, _ in world.backfill.sent}) == 2


async def test_an_earlier_verdict_says_nothing_about_what_is_seen(world: World) -> None:
    await judged(world, DecidedBy.MODEL)
    copy = world.upload(media.jpeg(), "copy.jpg")
    await world.deliver(cloudevent(copy, lane="backfill", bulk=RUN))
    assert (len(world.backfill.sent), world.outcomes.sent) == (1, [])


async def test_what_is_judged_is_the_objects_own_item_and_its_content_serves_again(world: World) -> None:
    await judged(world, DecidedBy.MODEL)
    copy = world.upload(media.jpeg(), "copy.jpg")
    await world.deliver(cloudevent(copy, lane="backfill", bulk={"run": "autumn", "is_judged": True}))
    [(event, _)] = world.outcomes.sent
    assert isinstance(event.data, OutcomeReached)
    assert event.subject == id_of(copy)
    assert world.status(copy) is Status.DECIDED
    assert world.opened(copy).lane is Lane.BACKFILL


async def test_videos_are_refused(world: World) -> None:
    ref = world.upload(videos.make_video(), "film.mp4")
    with pytest.raises(Permanent, match="not-an-image") as refused:
        await world.deliver(cloudevent(ref, bulk=RUN))
    assert refused.value.media_id == analysis_id(ref.bucket, ref.key, str(ref.version_id), "autumn")


@pytest.mark.parametrize(
    "bulk", [{}, {"run": "two words"}, {"run": "a", "min_confidence": 101}, {"run": "a", "adapter": "short"}]
)
async def test_a_run_that_cannot_be_is_a_malformed_event(world: World, bulk: dict[str, object]) -> None:
    with pytest.raises(ContractError, match="bad-event-data"):
        await world.deliver(cloudevent(world.upload(media.jpeg()), bulk=bulk))
