"""Prices by their tiers, and bills by their sums."""

import pytest

from cli.cost import usage
from cli.cost.bill import PEOPLE, SERVICES, Bill, bill, moving_a_million, service_of
from cli.cost.usage import PER_IMAGE, Traffic
from shared.contracts.words import BackendName
from shared.prices import DAYS_A_MONTH, PRICES, Price

SMALL = {"nat_gateway": 1, "fargate_vcpu_arm64": 1.0, "fargate_gb_arm64": 2.0, "alarm_metric": 10, "task": 4}


def traffic(**changes: object) -> Traffic:
    given = {
        "images_per_day": 0.0,
        "video_minutes_per_day": 0.0,
        "review_rate": 0.0,
        "answers": 1,
        "backend": BackendName.A2I,
    }
    return Traffic(**(given | changes))  # type: ignore[arg-type]  # what a test changes is right


def made(counted: dict[str, float] | None = None, **changes: object) -> Bill:
    return bill(counted or {}, traffic(**changes), reviewer_hourly=20, seconds_per_answer=18)


def monthly(units: float) -> float:
    """As many a day as come to so many a month."""
    return units / DAYS_A_MONTH


@pytest.mark.parametrize(
    ("images", "usd"),
    [
        (0, 0),
        (1, 0.001),
        (1_000_000, 1000),
        (1_000_001, 1000.0008),
        (5_000_000, 1000 + 4 * 800),
        (35_000_000, 1000 + 4 * 800 + 30 * 600),
        (100_000_000, 1000 + 4 * 800 + 30 * 600 + 65 * 250),
    ],
)
def test_each_image_costs_what_its_tier_says(images: float, usd: float) -> None:
    assert PRICES["rekognition_image"].cost(images) == pytest.approx(usd)
    assert made(images_per_day=monthly(images)).total("Rekognition") == pytest.approx(usd)


def test_a_price_for_many_is_shared_among_them() -> None:
    assert Price(usd=0.40, per=1e6, unit="request", source="here").cost(2_500_000) == pytest.approx(1.0)


def test_every_price_has_a_source_and_one_heading() -> None:
    for name, price in PRICES.items():
        assert price.source
        assert service_of(name) in SERVICES
        assert [bound for bound, _ in price.tiers] == sorted(bound for bound, _ in price.tiers)


def test_everything_that_is_used_has_a_price() -> None:
    everything = traffic(images_per_day=1e6, video_minutes_per_day=1e5, review_rate=0.1, answers=3)
    for backend in BackendName:
        used = usage.used(traffic(images_per_day=1.0, review_rate=1.0, backend=backend))
        assert set(used) | set(usage.used(everything)) | set(usage.idle(4)) <= set(PRICES)


def test_without_traffic_a_stack_costs_what_it_has_and_what_its_tasks_ask() -> None:
    idle = made(SMALL)
    assert idle.total(idle=False) == 0
    assert idle.total("network") == pytest.approx(0.045 * 730)
    assert idle.total("Fargate") == pytest.approx((0.03238 + 2 * 0.00356) * 730)
    assert idle.total("CloudWatch and X-Ray") == pytest.approx(1.0)
    assert idle.total("SQS") == pytest.approx(usage.idle(4)["sqs_request"] * 0.40 / 1e6)
    assert idle.total() == pytest.approx(sum(idle.total(service) for service in idle.services))


def test_a_stack_without_tasks_asks_nothing() -> None:
    assert made({"kms_key": 1}).total() == pytest.approx(1.0)


def test_a2i_is_paid_by_answer_and_the_desk_by_what_it_reads_and_writes() -> None:
    images = monthly(100_000)
    by_a2i = made(images_per_day=images, review_rate=0.1, answers=3)
    at_the_desk = made(images_per_day=images, review_rate=0.1, answers=3, backend=BackendName.DESK)
    assert by_a2i.total("Amazon A2I") == pytest.approx(30_000 * 0.08)
    assert at_the_desk.total("Amazon A2I") == 0
    assert at_the_desk.total("DynamoDB") > by_a2i.total("DynamoDB")


def test_people_are_paid_by_the_hour_that_their_answers_take() -> None:
    reviewed = made(images_per_day=monthly(10_000), review_rate=0.1, answers=2)
    assert reviewed.total(PEOPLE) == pytest.approx(2_000 * 18 / 3600 * 20)


def test_the_share_of_moving_leaves_out_rekognition_a2i_and_people() -> None:
    reviewed = made(SMALL, images_per_day=10_000.0, review_rate=0.02)
    work = sum(reviewed.total(service) for service in ("Rekognition", "Amazon A2I", PEOPLE))
    assert reviewed.share_of_moving == pytest.approx(1 - work / reviewed.total())
    assert made().share_of_moving == 0


def test_tasks_are_added_when_traffic_outgrows_the_floor_in_the_markets_that_they_are_in() -> None:
    floor = {"fargate_vcpu_arm64": 0.75, "fargate_vcpu_arm64_spot": 0.25}
    needed = usage.vcpus(traffic(images_per_day=5e6))
    assert needed > 1
    fargate = made(floor, images_per_day=5e6)
    added = {line.unit: line.units for line in fargate.lines if line.service == "Fargate" and not line.is_idle}
    assert added == pytest.approx(
        {
            "vCPU": (needed - 1) * 0.75,
            "vCPU on Spot": (needed - 1) * 0.25,
            "GB": (needed - 1) * 0.75 * usage.GB_PER_VCPU,
            "GB on Spot": (needed - 1) * 0.25 * usage.GB_PER_VCPU,
        }
    )
    assert made(floor, images_per_day=1000.0).total("Fargate", idle=False) == 0


def test_a_million_images_are_told_without_rekognition_and_without_what_idles() -> None:
    alone = sum(PRICES[name].cost(count * 1e6) for name, count in PER_IMAGE.items())
    assert alone < moving_a_million(SMALL, BackendName.A2I) < 2 * alone
