"""What differs from stack to stack, typed, and checked whole: a stack file is corrected once.

`Pulumi.<stack>.yaml` holds one key `gavel:<field>` per field that has no default or wants another value.
"""

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
import pulumi
import yaml
from msgspec import Meta, Struct, field

from infra.checking import checked, is_scalar
from infra.contradictions import contradictions
from infra.fields import (
    INGEST_CAPACITY,
    MOST_TASKS,
    ApiClient,
    Architecture,
    Bulk,
    Capacity,
    Entrance,
    ExistingWorkforce,
    Floor,
    FlowLogs,
    KeyHolder,
    Location,
    Nat,
    OperatorGroup,
    Tenant,
)
from infra.limits import (
    DETECTION_S,
    FARGATE_STOP_TIMEOUT_LIMIT_S,
    RECOVERY_LIMIT_DAYS,
    AccountId,
    Arn,
    Cidr,
    Email,
    Name,
    Percent,
    Positive,
    Ratio,
    Region,
    StackName,
    WebAddress,
    ZoneId,
)
from shared.contracts.words import BackendName

NAMESPACE: Final = "gavel"
LOCAL: Final = "local"

SERVICES: Final = ("ingest", "moderate", "review", "results")
"""The pipeline's services, each with queues of its own."""
DESK: Final = "desk"
"""The service that reviewers work at, in stacks that have one."""
API: Final = "api"
"""The service that other programs ask, in stacks that have one."""
DETECTING: Final = "moderate"
"""The service whose tasks share the Rekognition quota."""


class StackConfig(Struct, frozen=True, kw_only=True):
    """One stack. What each field means is told in `docs/configuration.md`, which a test holds to this."""

    stack: StackName
    region: Region
    account_id: AccountId | None = None
    tags: dict[str, str] = {}
    account_in_bucket_names: bool = True
    protected: bool = True
    encryption: KeyHolder = KeyHolder.CUSTOMER_KEY

    log_retention_days: int = 30
    access_log_retention_days: Positive = 90
    media_retention_days: Positive | None = None
    evidence_retention_days: Positive = 730
    derivative_retention_days: Positive = 30
    recovery_days: Annotated[int, Meta(ge=1, le=RECOVERY_LIMIT_DAYS)] = RECOVERY_LIMIT_DAYS

    cidr: Cidr = "10.42.0.0/16"
    zones: Annotated[int, Meta(ge=2, le=3)] = 2
    avoided_zones: tuple[ZoneId, ...] = ()
    nat: Nat | None = None
    private_endpoints: bool = True
    endpoint_zones: Annotated[int, Meta(ge=1, le=3)] | None = None
    flow_logs: FlowLogs = FlowLogs.REJECTED

    image: str | None = None
    image_tag: str | None = None
    architecture: Architecture = Architecture.ARM64
    services: dict[str, Capacity] = field(default_factory=dict)
    floors: tuple[Floor, ...] = ()
    spot_percent: Percent = 0
    on_demand_base: Annotated[int, Meta(ge=0)] = 0
    concurrency: Positive = 32
    visibility_s: Annotated[int, Meta(ge=10, le=43_200)] = 60
    stop_timeout_s: Annotated[int, Meta(ge=5, le=FARGATE_STOP_TIMEOUT_LIMIT_S)] = 60
    collector_image: str | None = None
    otlp_endpoint: WebAddress | None = None
    trace_ratio: Ratio = 1.0

    review_backend: BackendName = BackendName.A2I
    bulk_backend: Bulk = Bulk.FAN_OUT
    rekognition_tps: Positive = 50
    video_slots: Positive = 20
    video_start_tps: Positive = 5
    video_results_tps: Positive = 20
    human_loop_quota: Positive = 5000
    policies: tuple[Name, ...] = ()
    tenants: tuple[Tenant, ...] = (Tenant(name="default"),)
    event_topics: tuple[Arn, ...] = ()
    event_rules: tuple[Arn, ...] = ()
    sweep_interval_s: Positive = 300
    video_again_after_s: Positive = 86_400

    default_team: Name = "moderators"
    existing_workforce: ExistingWorkforce | None = None
    sign_in_domain: Name | None = None
    sign_in_callback_url: Annotated[str, Meta(pattern="^https://[^ ]+$")] = "https://localhost/oauth2/idpresponse"
    desk_entrance: Entrance | None = None
    desk_url: WebAddress | None = None
    desk_port: Annotated[int, Meta(ge=1024, le=65_535)] = 8080
    desk_serves_a2i: bool = False
    desk_break_after: Positive = 40

    api: bool = False
    api_url: WebAddress | None = None
    api_port: Annotated[int, Meta(ge=1024, le=65_535)] = 8090
    api_clients: tuple[ApiClient, ...] = (ApiClient(name="operator"),)
    operators: tuple[OperatorGroup, ...] = (OperatorGroup(name="operators"),)
    trace_url: WebAddress | None = None

    alarm_email: Email | None = None
    oldest_message_alarm_s: Positive = 900
    failure_alarm_percent: Percent = 10
    verdict_alarm_s: Positive = 60
    alerts_singly: Positive = 5
    console_url: WebAddress | None = None

    @property
    def prefix(self) -> str:
        """What every name in this stack starts with."""
        return f"gavel-{self.stack}"

    @property
    def has_image(self) -> bool:
        return self.image is not None or self.image_tag is not None

    @property
    def foreign_locations(self) -> tuple[Location, ...]:
        """Where tenants' media lies outside the stack's own media bucket."""
        return tuple(place for tenant in self.tenants for place in tenant.buckets if place.bucket is not None)

    @property
    def foreign_buckets(self) -> tuple[str, ...]:
        return tuple(sorted({place.bucket for place in self.foreign_locations if place.bucket}))

    @property
    def nat_gateways(self) -> Nat:
        """A2I's run-time API has no private endpoint: whoever asks it needs a way out.

        https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
        """
        return self.nat or (Nat.ONE if self.review_backend is BackendName.A2I else Nat.NONE)

    @property
    def desk_address(self) -> str | None:
        """Where browsers find the desk."""
        return f"https://{self.desk_entrance.domain}" if self.desk_entrance else self.desk_url

    @property
    def api_address(self) -> str | None:
        """Where callers find the API: behind the desk's load balancer, if there is one."""
        return f"https://{self.desk_entrance.domain}" if self.desk_entrance else self.api_url

    @property
    def otlp_port(self) -> int | None:
        """Where a collector of somebody else's listens, if that takes another way out than tasks have anyway."""
        if self.otlp_endpoint is None:
            return None
        address = urlsplit(self.otlp_endpoint)
        port = address.port or (443 if address.scheme == "https" else 80)
        return None if port == 443 and self.nat_gateways is not Nat.NONE else port

    @staticmethod
    def unknown(services: Iterable[str]) -> list[str]:
        """Those of the names that no service has."""
        return sorted({*services} - {*SERVICES, DESK, API})

    @property
    def possible_services(self) -> tuple[str, ...]:
        """Every one that the stack may have: whether there is a desk is also the policies' to say."""
        return (*SERVICES, DESK, *([API] if self.api else []))

    def capacity(self, service: str) -> Capacity:
        return self.services.get(service) or (INGEST_CAPACITY if service == "ingest" else Capacity())

    def most_tasks(self, service: str) -> int:
        """How many tasks of the service there are at most; more than the quota feeds would only cost."""
        fed = self.fed_tasks if service == DETECTING else MOST_TASKS
        return self.capacity(service).max_tasks or fed

    @property
    def fed_tasks(self) -> int:
        """Tasks that the Rekognition quota keeps busy, and one more for while one of them is being replaced."""
        return math.ceil(self.rekognition_tps * DETECTION_S / self.concurrency) + 1


class ConfigError(Exception):
    """The stack's configuration doesn't fit; `problems` has every reason."""

    def __init__(self, stack: str, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join((f"the configuration of stack {stack!r} doesn't fit:", *problems)))
        self.problems = problems


def load(stack: str, values: Mapping[str, Any]) -> StackConfig:
    """The stack's configuration out of plain values by field name; text is taken for numbers and booleans.

    Raises ConfigError with every problem.
    """
    problems: list[str] = []
    for name in sorted(set(values) - set(_FIELDS)):
        near = difflib.get_close_matches(name, _FIELDS, n=1)
        problems.append(f"{name}: there is no such field" + (f"; {near[0]} is meant?" if near else ""))
    known = {"stack": stack} | {name: value for name, value in values.items() if name in _FIELDS}
    config = checked(known, StackConfig, "", problems)
    if config is not None:
        problems += contradictions(config)
    if config is None or problems:
        raise ConfigError(stack, tuple(problems))
    return config


def from_pulumi() -> StackConfig:
    """The configuration of the stack that Pulumi runs. Raises ConfigError with every problem."""
    settings = pulumi.Config(NAMESPACE)
    values: dict[str, Any] = {}
    for name, type_ in _FIELDS.items():
        text = settings.get(name)
        if text is not None:
            values[name] = text if is_scalar(type_) else json.loads(text)
    return load(pulumi.get_stack(), values)


def stack_file(stack: str) -> dict[str, Any]:
    """The values in `Pulumi.<stack>.yaml`, by field name."""
    path = Path(__file__).parent / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {key.removeprefix(f"{NAMESPACE}:"): value for key, value in content["config"].items()}


_FIELDS: Final = {info.name: info.type for info in msgspec.structs.fields(StackConfig) if info.name != "stack"}
