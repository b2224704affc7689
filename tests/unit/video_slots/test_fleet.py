"""However many tasks there are, no more jobs run than there are slots, none is idle for long, and none is forgotten."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.video_slots.fleet import Fleet, run_virtual


@given(
    tasks=st.integers(1, 6),
    slots=st.integers(1, 20),
    videos=st.integers(1, 60),
    job_s=st.sampled_from([1.0, 20.0, 300.0]),
)
@settings(max_examples=25, deadline=None)
def test_no_more_jobs_run_than_there_are_slots_and_every_video_gets_its_own(
    tasks: int, slots: int, videos: int, job_s: float
) -> None:
    async def main() -> None:
        fleet = Fleet(tasks=tasks, slots=slots, job_s=job_s)
        for number in range(videos):
            fleet.live.put(f"video-{number}")
        await fleet.run_until(videos)
        assert fleet.peak <= slots
        assert fleet.account.peak <= slots
        assert sorted(fleet.started) == sorted(f"video-{number}" for number in range(videos))
        assert fleet.account.holders == {}

    run_virtual(main())


@pytest.mark.parametrize("tasks", [1, 4])
async def test_slots_are_hardly_ever_idle_while_videos_wait(tasks: int) -> None:
    fleet = Fleet(tasks=tasks)
    for number in range(200):
        fleet.live.put(f"video-{number}")
    took_s = await fleet.run_until(200)
    ideal_s = 200 / 20 * 60
    # The last round is never full: it waits for its longest job.
    assert took_s < ideal_s * 1.15 + 90


async def test_videos_wait_in_the_queue_and_keep_their_receives() -> None:
    fleet = Fleet(tasks=2, slots=2, job_s=1_200)
    ids = [fleet.live.put(f"video-{number}") for number in range(12)]
    working = asyncio.create_task(fleet.run_until(12))
    await asyncio.sleep(1_500)
    counts = [fleet.live.receive_count(id_) for id_ in ids if id_ in fleet.live.ids]
    assert len(counts) >= 4
    assert set(counts) <= {0, 1}
    await working


async def test_backfill_only_gets_what_live_leaves() -> None:
    fleet = Fleet(tasks=2, slots=4)
    for number in range(10):
        fleet.backfill.put(f"backfill-{number}")
    for number in range(30):
        fleet.live.put(f"live-{number}")
    await fleet.run_until(40)
    first_backfill = next(place for place, item in enumerate(fleet.started) if item.startswith("backfill"))
    assert first_backfill >= 30 - 4, "the last live ones are on their way when live is found empty"


async def test_an_idle_fleet_asks_the_account_nothing() -> None:
    fleet = Fleet(tasks=3, job_s=10_000)
    fleet.live.put("video-0")
    await fleet.run_until(1)
    assert fleet.account.requests <= 20, "to begin with, to take the slot, and to give it back"


async def test_while_the_account_is_closed_nothing_starts_and_afterwards_everything_does() -> None:
    fleet = Fleet(tasks=2)
    for number in range(5):
        fleet.live.put(f"video-{number}")
    working = asyncio.create_task(fleet.run_until(5))
    await asyncio.sleep(0)
    await fleet.turnstiles[0].close()
    await asyncio.sleep(15)
    assert fleet.started == []
    await asyncio.sleep(15)
    assert len(fleet.started) == 5
    await working
