import random
from collections.abc import Iterator
from itertools import count

import pytest

from cli.plan.outcome import Limit, Outcome, plan
from cli.plan.pipeline import DAY_S, Account, Arrival, Load, Pipeline, Sizes, Times, day, needed

TIMES = Times()
SIZES = Sizes(tasks=dict.fromkeys(("ingest", "moderate", "review", "results"), 2), reviewers=2)


def arrivals(per_s: float, seconds: float, seed: int = 0) -> Iterator[Arrival]:
    draw, at_s = random.Random(seed), 0.0  # noqa: S311
    for number in count():
        at_s += draw.expovariate(per_s)
        if at_s >= seconds:
            return
        yield Arrival(at_s=at_s, is_video=number % 50 == 0, is_backfill=number % 7 == 0, is_reviewed=number % 10 == 0)


def simulated(items: Iterator[Arrival], *, account: Account | None = None, load: Load | None = None) -> Pipeline:
    pipeline = Pipeline(load or Load(items_per_day=1e6), account or Account(), TIMES, SIZES)
    pipeline.run(items)
    return pipeline


def planned(items_per_day: float, **account: float) -> Outcome:
    load = Load(items_per_day=items_per_day, reviewed=0.0)
    return plan(
        load, Account(image_tps=account.get("image_tps", 50.0)), TIMES, reviewers=None, most_tasks=100, at_most=5000
    )


def limit_of(outcome: Outcome, name: str) -> Limit:
    return next(limit for limit in outcome.limits if limit.name == name)


def test_every_item_ends_in_one_verdict_and_leaves_nothing_behind() -> None:
    pipeline = simulated(arrivals(20, 300))
    assert len(pipeline.verdicts_s) == pipeline.came == len(list(arrivals(20, 300)))
    assert all(station.seen.here == 0 for station in pipeline.stations)


def test_an_item_goes_through_every_service_and_the_station_of_its_kind() -> None:
    pipeline = simulated(arrivals(20, 100))
    videos = sum(item.is_video for item, _ in pipeline.verdicts_s)
    reviewed = sum(item.is_reviewed for item, _ in pipeline.verdicts_s)
    assert {station.seen.came for station in pipeline.services.values()} == {pipeline.came}
    assert pipeline.videos.seen.came == pipeline.starts.seen.came == videos
    assert pipeline.images.seen.came == pipeline.came - videos
    assert pipeline.people.seen.came == reviewed


def test_an_item_alone_takes_its_own_times_and_no_more() -> None:
    pipeline = simulated(iter([Arrival(at_s=5)]))
    ((_, seconds),) = pipeline.verdicts_s
    services = sum(TIMES.cpu_s(name) + TIMES.rest_s(name) for name in TIMES.work)
    gap_s = 1 / (Account().image_tps * 0.99)
    assert seconds == pytest.approx(services + TIMES.detection_s + gap_s)


def test_what_a_quota_cannot_take_waits_as_long_as_arithmetic_says() -> None:
    pipeline = simulated(iter(Arrival(at_s=0) for _ in range(1000)), account=Account(image_tps=10))
    assert pipeline.clock.now_s == pytest.approx(1000 / 9.9, rel=0.03)


@pytest.mark.parametrize("quota", [5.0, 20.0, 80.0])
def test_more_quota_never_makes_the_longest_wait_longer(quota: float) -> None:
    longest = [
        max(simulated(arrivals(20, 200), account=Account(image_tps=tps)).images.seen.waits_s)
        for tps in (quota, 2 * quota)
    ]
    assert longest[1] <= longest[0]


def test_live_does_not_wait_for_backfill() -> None:
    pipeline = simulated(arrivals(20, 300), account=Account(image_tps=15))
    live = [seconds for item, seconds in pipeline.verdicts_s if not (item.is_backfill or item.is_video)]
    backfill = [seconds for item, seconds in pipeline.verdicts_s if item.is_backfill and not item.is_video]
    assert max(backfill) > max(live)


def test_a_day_has_as_many_items_as_it_should_and_its_peak_at_noon() -> None:
    load = Load(items_per_day=20_000, peak=2)
    found = list(day(load, every=1, seed=1))
    noon = sum(abs(item.at_s - DAY_S / 2) < DAY_S / 8 for item in found)
    night = sum(min(item.at_s, DAY_S - item.at_s) < DAY_S / 8 for item in found)
    assert len(found) == pytest.approx(20_000, rel=0.03)
    assert noon > 3 * night


def test_items_that_stand_for_several_keep_what_can_be_served_and_so_the_age_of_a_backlog() -> None:
    load = Load(items_per_day=40_000, reviewed=0, peak=1)
    account = Account(image_tps=0.2)
    ages = []
    for every in (2, 10):
        pipeline = Pipeline(load, account, TIMES, needed(load, TIMES), every=every)
        pipeline.run(day(load, every=every, seed=3))
        ages.append(max(pipeline.images.seen.waits_s))
    assert ages[1] == pytest.approx(ages[0], rel=0.1)


def test_more_items_a_day_take_no_fewer_tasks_and_wait_no_less() -> None:
    small, large = planned(5e5), planned(5e6)
    assert all(large.sizes.tasks[name] >= number for name, number in small.sizes.tasks.items())
    waits = [max(age.most_s for age in outcome.ages) for outcome in (small, large)]
    assert waits[1] >= waits[0]


def test_a_loop_is_answered_at_once_by_all_of_its_reviewers_and_ends_with_the_last() -> None:
    load = Load(items_per_day=1e6, reviewed=1, answers=3, seconds_per_answer=600)
    sizes = Sizes(tasks=dict.fromkeys(SIZES.tasks, 100), reviewers=10_000)
    pipeline = Pipeline(load, Account(image_tps=1e3), TIMES, sizes)
    pipeline.run(Arrival(at_s=float(number), is_reviewed=True) for number in range(2000))
    assert len(pipeline.verdicts_s) == pipeline.came == 2000
    assert pipeline.people.seen.came == 6000
    assert load.loop_s == pytest.approx(600 * 11 / 6)
    assert sum(seconds for _, seconds in pipeline.verdicts_s) / 2000 == pytest.approx(load.loop_s, rel=0.05)


def test_one_loop_takes_all_of_its_answers() -> None:
    one, three = (
        limit_of(
            plan(
                Load(items_per_day=1e5, reviewed=0.1, answers=answers),
                Account(), TIMES, reviewers=None, most_tasks=100, at_most=1000,
            ),
            "human loops in flight",
        )
        for answers in (1, 3)
    )  # fmt: skip
    assert three.use == pytest.approx(one.use * 11 / 6)


def test_every_item_comes_into_the_ledgers_index_and_goes_out_of_it_again() -> None:
    load = Load(items_per_day=1e6, reviewed=0.0, peak=1)
    outcome = plan(load, Account(), TIMES, reviewers=None, most_tasks=100, at_most=1000)
    assert limit_of(outcome, "the ledger's index by status").breaks_at == pytest.approx(500 * DAY_S)


def test_the_limit_that_breaks_first_is_the_one_that_is_used_most() -> None:
    outcome = planned(1e6, image_tps=10)
    assert outcome.first_to_break.name == "Rekognition's image quota"
    assert outcome.first_to_break.use > 1
    assert outcome.first_to_break.breaks_at == pytest.approx(1e6 / outcome.first_to_break.use)
    assert planned(1e6, image_tps=1e6).first_to_break.name != "Rekognition's image quota"
