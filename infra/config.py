"""What differs from stack to stack, typed, and checked whole: a stack file is corrected once.

`Pulumi.<stack>.yaml` holds one key `gavel:<field>` per field that has no default or wants another value.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import pulumi
import yaml
from msgspec import Meta, Struct, field

from infra.checking import checked, is_scalar
from shared.contracts.words import BackendName

NAMESPACE: Final = "gavel"
LOCAL: Final = "local"

Region = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
AccountId = Annotated[str, Meta(pattern=r"^\d{12}$")]
Cidr = Annotated[str, Meta(pattern=r"^\d{1,3}(\.\d{1,3}){3}/(1[6-9]|2[0-4])$")]
Arn = Annotated[str, Meta(pattern=r"^arn:[^ ]+$")]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9](-*[a-z0-9])*$", max_length=32)]
StackName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]{0,15}$")]
"""Without hyphens, so that no stack's prefix is the beginning of another's."""
Email = Annotated[str, Meta(pattern=r"^[^@ ]+@[^@ ]+$")]
Positive = Annotated[int, Meta(ge=1)]

LOG_RETENTION_DAYS: Final = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    3653,
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

FARGATE_MEMORY_MIB: Final[Mapping[int, Sequence[int]]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
}
"""Memory that Fargate offers for each CPU size (RegisterTaskDefinition, `cpu`)."""

FARGATE_STOP_TIMEOUT_LIMIT_S: Final = 120
DECODING_MEMORY_MIB: Final = 2048
"""What INGEST's own limits on decoded images fit into (`services.ingest.settings`)."""
SERVICES: Final = ("ingest", "moderate", "review", "results")
"""The pipeline's services, each with queues of its own."""
DESK: Final = "desk"
"""The service that reviewers work at, in stacks that have one."""


class KeyHolder(StrEnum):
    """Who holds the key of queues, topics, buckets and ledger: the stack's own KMS key, or AWS."""

    CUSTOMER_KEY = "customer-key"
    AWS_MANAGED = "aws-managed"


class Capacity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service's tasks: their size, how many, and how many waiting messages each one is to have."""

    cpu: int = 512
    memory_mib: int = 1024
    min_tasks: Annotated[int, Meta(ge=0)] = 1
    max_tasks: Positive = 4
    backlog_per_task: Positive = 200


INGEST_CAPACITY: Final = Capacity(cpu=1024, memory_mib=DECODING_MEMORY_MIB)


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a tenant's media lies; without `bucket` the stack's own media bucket is meant."""

    bucket: str | None = None
    prefix: str = ""


class Tenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    policy: Name = "standard"
    buckets: tuple[Location, ...] = (Location(),)


class ExistingWorkforce(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account's private workforce, of which AWS allows one per region, and the Cognito pool that it was made of."""

    name: str
    user_pool_id: str
    user_pool_client_id: str


class StackConfig(Struct, frozen=True, kw_only=True):
    """One stack. `account_id` is the account that it may be deployed into; without it any that the credentials name.

    `rekognition_tps` is the account's quota for DetectModerationLabels in this region. `image` is a whole image
    reference, `image_tag` one tag in the stack's own registry. Without either there are no tasks, as before the first
    image is pushed. `policies` are those of the folder to deploy, all of them when empty; `default_team` reviews where
    a policy names no team. `desk_url` is where browsers find the review desk; with `desk_serves_a2i` it stands in for
    the worker portal of an emulated A2I; after `desk_break_after` items it reminds of a break. `event_topics` are SNS
    topics that may deliver to `media-events`.
    """

    stack: StackName
    region: Region
    account_id: AccountId | None = None
    tags: dict[str, str] = {}
    account_in_bucket_names: bool = True
    protected: bool = True
    encryption: KeyHolder = KeyHolder.CUSTOMER_KEY
    log_retention_days: int = 30
    evidence_retention_days: Positive = 730
    derivative_retention_days: Positive = 30

    cidr: Cidr = "10.42.0.0/16"
    zones: Annotated[int, Meta(ge=2, le=3)] = 2
    private_endpoints: bool = True
    nat_per_zone: bool = False

    image: str | None = None
    image_tag: str | None = None
    services: dict[str, Capacity] = field(default_factory=dict)
    concurrency: Positive = 32
    visibility_s: Annotated[int, Meta(ge=10, le=43_200)] = 60
    stop_timeout_s: Annotated[int, Meta(ge=5, le=FARGATE_STOP_TIMEOUT_LIMIT_S)] = 60
    trace_ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
    otlp_endpoint: Annotated[str, Meta(pattern="^https?://[^ ]+$")] | None = None

    review_backend: BackendName = BackendName.A2I
    existing_workforce: ExistingWorkforce | None = None
    desk_url: Annotated[str, Meta(pattern="^https?://[^ ]+$")] | None = None
    desk_port: Annotated[int, Meta(ge=1024, le=65_535)] = 8080
    desk_serves_a2i: bool = False
    desk_break_after: Positive = 40
    sign_in_callback_url: Annotated[str, Meta(pattern="^https://[^ ]+$")] = "https://localhost/oauth2/idpresponse"
    default_team: Name = "moderators"
    sweep_interval_s: Positive = 300
    rekognition_tps: Positive = 50
    video_slots: Positive = 20
    video_start_tps: Positive = 5
    video_results_tps: Positive = 20
    policies: tuple[Name, ...] = ()
    tenants: tuple[Tenant, ...] = (Tenant(name="default"),)
    event_topics: tuple[Arn, ...] = ()

    alarm_email: Email | None = None
    oldest_message_alarm_s: Positive = 900

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

    def capacity(self, service: str) -> Capacity:
        return self.services.get(service) or (INGEST_CAPACITY if service == "ingest" else Capacity())


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
        problems += _contradictions(config)
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


def _contradictions(config: StackConfig) -> list[str]:
    """What is wrong between fields that are each right alone."""
    problems = [
        f"services: {name}: there is no such service" for name in sorted(set(config.services) - {*SERVICES, DESK})
    ]
    for name, capacity in config.services.items():
        if capacity.memory_mib not in FARGATE_MEMORY_MIB.get(capacity.cpu, ()):
            problems.append(f"services: {name}: Fargate has no {capacity.cpu} CPU units with {capacity.memory_mib} MiB")
        if capacity.min_tasks > capacity.max_tasks:
            problems.append(f"services: {name}: min_tasks {capacity.min_tasks} is over max_tasks {capacity.max_tasks}")
    if config.capacity("ingest").memory_mib < DECODING_MEMORY_MIB:
        problems.append(f"services: ingest: it needs {DECODING_MEMORY_MIB} MiB to decode images")
    try:
        IPv4Network(config.cidr)
    except ValueError as error:
        problems.append(f"cidr: {error}")
    if config.log_retention_days not in LOG_RETENTION_DAYS:
        problems.append(f"log_retention_days: CloudWatch Logs takes one of {', '.join(map(str, LOG_RETENTION_DAYS))}")
    if config.image and config.image_tag:
        problems.append("image, image_tag: only one of them can say what runs")
    if config.review_backend is BackendName.DESK and not config.private_endpoints:
        problems.append("private_endpoints: without A2I there is no NAT gateway, so tasks would reach nothing")
    if config.review_backend is BackendName.DESK and config.existing_workforce:
        problems.append("existing_workforce: review_backend desk has no SageMaker workforce")
    names = [tenant.name for tenant in config.tenants]
    if not names:
        problems.append("tenants: there must be one at least")
    problems += [
        f"tenants: {name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return problems


_FIELDS: Final = {info.name: info.type for info in msgspec.structs.fields(StackConfig) if info.name != "stack"}
