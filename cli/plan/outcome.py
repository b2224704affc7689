"""What a simulated day comes to: how long things waited where, what is needed, and which limit gives way first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cli.plan.measured import VIDEO_JOB_SHARE
from cli.plan.pipeline import SERVICES, Account, Load, Pipeline, Sizes, Times, day, needed
from shared.pacing import HEADROOM

SIMULATED_LIMIT: Final = 60_000
"""Items of a day that are simulated one by one; of more, each stands for several."""
INDEX_WRITES_PER_S: Final = 1_000
"""Of one partition of DynamoDB: the ledger's index of a day's items by status (`shared.aws.ledger`)."""
INDEX_WRITES_PER_ITEM: Final = 2.0
"""In the fullest of these partitions, that of what was received: one when an item comes in, one when it moves on."""
LOOPS_IN_FLIGHT: Final = 5_000
"""Human loops at once (Amazon A2I's quota, and the desk's default): those that are being answered, at the least; the
others wait for their start when there are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How long items waited at one station, in seconds, and how many were there at once; with people each answer counts
    for itself."""

    station: str
    p50_s: float
    p99_s: float
    most_s: float
    most_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that there is only so much of: `use` is what the busiest moment takes of it, 1 being all. It is reached
    at `breaks_at` items a day."""

    name: str
    use: float
    breaks_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`every` is how many items each simulated one stands for. Times to a verdict are of live items; those
    that people looked at have their own."""

    load: Load
    account: Account
    sizes: Sizes
    every: int
    ages: Sequence[Age]
    verdict_p50_s: float
    verdict_p99_s: float
    reviewed_p99_s: float
    limits: Sequence[Limit]
    image_tps_needed: float
    video_slots_needed: int

    @property
    def first_to_break(self) -> Limit:
        return max(self.limits, key=lambda limit: limit.use)


def plan(
    load: Load,
    account: Account,
    times: Times,
    *,
    reviewers: int | None,
    most_tasks: int,
    seed: int = 0,
    at_most: int = SIMULATED_LIMIT,
) -> Outcome:
    """Simulate a day with as many tasks as it takes, and as many reviewers unless there are only so many; of the
    items, about `at_most`."""
    wanted = needed(load, times)
    sizes = Sizes(
        tasks={name: min(number, most_tasks) for name, number in wanted.tasks.items()},
        reviewers=reviewers or wanted.reviewers,
    )
    every = max(1, math.ceil(load.items_per_day / at_most))
    pipeline = Pipeline(load, account, times, sizes, every=every, seed=seed)
    pipeline.run(day(load, every=every, seed=seed))
    unseen = [seconds for item, seconds in pipeline.verdicts_s if not item.is_reviewed and not item.is_backfill]
    reviewed = [seconds for item, seconds in pipeline.verdicts_s if item.is_reviewed and not item.is_backfill]
    return Outcome(
        load=load,
        account=account,
        sizes=sizes,
        every=every,
        ages=[
            Age(
                station=station.name,
                p50_s=quantile(station.seen.waits_s, 0.5),
                p99_s=quantile(station.seen.waits_s, 0.99),
                most_s=max(station.seen.waits_s, default=0.0),
                most_items=station.seen.most * every,
            )
            for station in pipeline.stations
        ],
        verdict_p50_s=quantile(unseen, 0.5),
        verdict_p99_s=quantile(unseen, 0.99),
        reviewed_p99_s=quantile(reviewed, 0.99),
        limits=_limits(load, account, wanted, reviewers, most_tasks),
        image_tps_needed=load.most_per_s * (1 - load.videos) / HEADROOM,
        video_slots_needed=math.ceil(load.most_per_s * load.videos * load.video_minutes * 60 * VIDEO_JOB_SHARE),
    )


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _limits(load: Load, account: Account, wanted: Sizes, reviewers: int | None, most_tasks: int) -> list[Limit]:
    """Of everything that there is only so much of; of reviewers where it was said how many there are."""
    videos_per_s, images_per_s = load.most_per_s * load.videos, load.most_per_s * (1 - load.videos)
    uses = {
        "Rekognition's image quota": images_per_s / (account.image_tps * HEADROOM),
        "Rekognition's video jobs": videos_per_s * load.video_minutes * 60 * VIDEO_JOB_SHARE / account.video_slots,
        "Rekognition's video starts": videos_per_s / (account.video_start_tps * HEADROOM),
        **{f"{name}'s tasks": wanted.tasks[name] / most_tasks for name in SERVICES},
        **({"reviewers": load.most_per_s * load.answers_per_item_s / reviewers} if reviewers else {}),
        "human loops in flight": load.most_per_s * load.reviewed * load.loop_s / LOOPS_IN_FLIGHT,
        "the ledger's index by status": load.most_per_s * INDEX_WRITES_PER_ITEM / INDEX_WRITES_PER_S,
    }
    return [
        Limit(name=name, use=use, breaks_at=load.items_per_day / use if use else math.inf)
        for name, use in sorted(uses.items(), key=lambda pair: -pair[1])
    ]
