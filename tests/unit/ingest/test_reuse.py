from dataclasses import replace

import pytest

from shared.contracts.messages import MediaRef, OutcomeReached, PolicyRef, Reason
from shared.contracts.words import Action, DecidedBy, Status
from shared.ledger.entries import VerdictGiven
from shared.ledger.record import content_key
from tests import media
from tests.unit.ingest.world import (
    NOW,
    POLICY,
    World,
    id_of,
    s3_event,
)

PINNED = PolicyRef(name=POLICY.name, version=POLICY.version)
DRUNK = Reason(code="restrict-band", label="Drinking", confidence=91.5)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("decided_by", [DecidedBy.MODEL, DecidedBy.HUMAN])
async def test_the_same_bytes_under_the_same_policy_get_the_earlier_verdict(
    decided_by: DecidedBy, world: World
) -> None:
    first = await judged(world, decided_by)
    again = world.upload(media.jpeg(), "copy.jpg")
    await world.deliver(s3_event(again))
    assert len(world.moderation.sent) == 1
    [(event, group)] = world.outcomes.sent
    assert isinstance(event.data, OutcomeReached)
    assert (event.subject, group, event.data.submission.media_id) == (id_of(again), "default", id_of(again))
    assert (event.data.action, event.data.decided_by) == (Action.RESTRICT, DecidedBy.REUSE)
    assert (event.data.reused_from, event.data.category) == (id_of(first), "Alcohol")
    # By its labels the copy is found as the first one is; that people ruled on it is the first one's history.
    assert event.data.reasons == (Reason(code="same-content"), DRUNK)
    assert world.status(again) is Status.DECIDED
    await world.deliver(s3_event(again))
    assert len(world.outcomes.sent) == 1


async def test_a_fallback_is_never_reused(world: World) -> None:
    await judged(world, DecidedBy.FAIL_CLOSED)
    await world.deliver(s3_event(world.upload(media.jpeg(), "copy.jpg")))
    assert (len(world.moderation.sent), world.outcomes.sent) == (2, [])


async def test_another_policy_version_judges_the_same_bytes_anew(world: World) -> None:
    await judged(world, DecidedBy.MODEL)
    world.policies.deploy(replace(POLICY, version="ffffffffffffffff"))
    await world.deliver(s3_event(world.upload(media.jpeg(), "copy.jpg")))
    assert (len(world.moderation.sent), world.outcomes.sent) == (2, [])


async def test_no_verdict_goes_from_one_tenant_to_another(world: World) -> None:
    await judged(world, DecidedBy.MODEL)
    await world.deliver(s3_event(world.upload(media.jpeg(), "shop/copy.jpg")))
    assert [group for _, group in world.moderation.sent] == ["default", "shop"]
    assert world.outcomes.sent == []


async def judged(world: World, decided_by: DecidedBy) -> MediaRef:
    """An item that got its verdict."""
    ref = world.upload(media.jpeg())
    await world.deliver(s3_event(ref))
    verdict = VerdictGiven(
        at=NOW,
        number=1,
        action=Action.RESTRICT,
        decided_by=decided_by,
        policy=PINNED,
        cause="o1",
        reasons=(Reason(code="reviewed", rule="round 1"), DRUNK),
        category="Alcohol",
    )
    await world.ledger.add(id_of(ref), verdict)
    await world.ledger.advance(
        id_of(ref),
        Status.DONE,
        NOW,
        verdict=Action.RESTRICT,
        verdict_number=1,
        content_key=content_key("default", world.content(ref).sha256, PINNED),
    )
    return ref
