"""A month's bill: what a stack costs while nobody uses it, and what traffic adds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cli.cost import usage
from cli.cost.usage import GB_PER_VCPU, Traffic
from shared.contracts.words import BackendName
from shared.prices import DAYS_A_MONTH, PRICES

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "Rekognition": ("rekognition_",),
    "Amazon A2I": ("a2i_",),
    "Fargate": ("fargate_",),
    "network": ("nat_", "endpoint_", "public_ipv4"),
    "SQS": ("sqs_",),
    "SNS and EventBridge": ("sns_", "eventbridge_"),
    "DynamoDB": ("dynamodb_",),
    "S3": ("s3_",),
    "KMS": ("kms_",),
    "CloudWatch and X-Ray": ("log_", "alarm_", "custom_", "dashboard", "span_"),
    "the desk's entrance": ("load_balancer", "web_acl", "cognito_"),
}
"""Under which heading a price is told, by how its name begins."""
PEOPLE: Final = "reviewers"
WORK: Final = ("Rekognition", "Amazon A2I", PEOPLE)
"""What is paid for judging; the rest is what moving items costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that is charged. `is_idle` when it is charged without any traffic."""

    service: str
    unit: str
    units: float
    usd: float
    is_idle: bool
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    lines: tuple[Line, ...]

    def total(self, service: str | None = None, *, idle: bool | None = None) -> float:
        return sum(
            line.usd
            for line in self.lines
            if (service is None or line.service == service) and (idle is None or line.is_idle is idle)
        )

    @property
    def services(self) -> list[str]:
        return [service for service in dict.fromkeys((*WORK, *SERVICES)) if self.total(service)]

    @property
    def share_of_moving(self) -> float:
        """The share (0-1) of the bill that is neither Rekognition, A2I nor people."""
        total = self.total()
        return 1 - sum(self.total(service) for service in WORK) / total if total else 0.0


def bill(counted: Mapping[str, float], traffic: Traffic, *, reviewer_hourly: float, seconds_per_answer: float) -> Bill:
    """`counted` is what the stack has (`infra.inventory`)."""
    hours = traffic.answered * seconds_per_answer / 3600
    people = Line(
        service=PEOPLE,
        unit="hour of a reviewer",
        units=hours,
        usd=hours * reviewer_hourly,
        is_idle=False,
        is_verified=True,
    )
    return Bill(
        lines=(
            *_lines(_sum(counted, usage.idle(counted.get("task", 0))), idle=True),
            *_lines(_added(counted, traffic)),
            people,
        )
    )


def moving_a_million(counted: Mapping[str, float], backend: BackendName) -> float:
    """What a million images that the policy decides alone cost in a month, beside Rekognition: their requests, what is
    kept of them, and the vCPUs that they keep busy, though a stack's floor may have these anyway."""
    images = Traffic(
        images_per_day=1e6 / DAYS_A_MONTH, video_minutes_per_day=0, review_rate=0, answers=1, backend=backend
    )
    made = Bill(lines=tuple(_lines(_added(counted, images) | _tasks(counted, usage.vcpus(images)))))
    return made.total() - made.total("Rekognition")


def service_of(name: str) -> str:
    (service,) = (service for service, beginnings in SERVICES.items() if name.startswith(beginnings))
    return service


def _lines(units: Mapping[str, float], *, idle: bool = False) -> Iterator[Line]:
    for name, count in units.items():
        if count and name != "task":
            price = PRICES[name]
            yield Line(
                service=service_of(name),
                unit=price.unit,
                units=count,
                usd=price.cost(count),
                is_idle=idle,
                is_verified=price.is_verified,
            )


def _added(counted: Mapping[str, float], traffic: Traffic) -> dict[str, float]:
    """Requests, what is stored of a month for a month, data through the network's way out, and tasks over the floor."""
    way_out = "nat_gb" if counted.get("nat_gateway") and not counted.get("endpoint_zone") else "endpoint_gb"
    over_the_floor = usage.vcpus(traffic) - sum(_floor(counted).values())
    return usage.used(traffic) | {way_out: usage.talked_gb(traffic)} | _tasks(counted, max(0.0, over_the_floor))


def _floor(counted: Mapping[str, float]) -> dict[str, float]:
    return {name: count for name, count in counted.items() if name.startswith("fargate_vcpu_")}


def _tasks(counted: Mapping[str, float], vcpus: float) -> dict[str, float]:
    """So many vCPUs and their memory, shared between the markets as the floor's own tasks are."""
    floor = _floor(counted)
    tasks = {name: vcpus * count / sum(floor.values()) for name, count in floor.items()}
    return tasks | {name.replace("_vcpu_", "_gb_"): count * GB_PER_VCPU for name, count in tasks.items()}


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}
