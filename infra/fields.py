"""What a stack's configuration is made of: words to choose from, and the parts that have fields of their own."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from infra.limits import (
    DECODING_MEMORY_MIB,
    WAF_RATE_MINIMUM,
    CertificateArn,
    Domain,
    Name,
    Positive,
    Schedule,
    SourceCidr,
)
from services.results.api.domain.callers import EVERY_TENANT, Permission


class KeyHolder(StrEnum):
    """Who holds the key of queues, topics, buckets and ledger: the stack's own KMS key, or AWS."""

    CUSTOMER_KEY = "customer-key"
    AWS_MANAGED = "aws-managed"


class Nat(StrEnum):
    """How many NAT gateways there are: what they cost, and what is cut off when a zone fails."""

    NONE = "none"
    ONE = "one"
    PER_ZONE = "per-zone"


class FlowLogs(StrEnum):
    """Which connections the network notes down."""

    NONE = "none"
    REJECTED = "rejected"
    ALL = "all"


class Architecture(StrEnum):
    ARM64 = "arm64"
    X86_64 = "x86_64"


class Bulk(StrEnum):
    """How existing sets of images are gone through."""

    MEDIA_ANALYSIS = "media-analysis"
    FAN_OUT = "fan-out"


class Capacity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service's tasks: their size, how many, and how many waiting messages each one is to have. `max_tasks` of None
    is four, or as many as the Rekognition quota can feed (`StackConfig.most_tasks`)."""

    cpu: int = 512
    memory_mib: int = 1024
    min_tasks: Annotated[int, Meta(ge=0)] = 1
    max_tasks: Positive | None = None
    backlog_per_task: Positive = 200


INGEST_CAPACITY: Final = Capacity(cpu=1024, memory_mib=DECODING_MEMORY_MIB)
MOST_TASKS: Final = 4


class Floor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From a time on, at least so many tasks of some services; until the next floor."""

    name: Name
    schedule: Schedule
    timezone: str = "UTC"
    min_tasks: dict[str, Annotated[int, Meta(ge=0)]]


class Entrance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The review desk's public address: a load balancer with this certificate, for this domain. With `zone_id` the
    domain's record is made as well."""

    domain: Domain
    certificate_arn: CertificateArn
    zone_id: str | None = None
    internal: bool = False
    allowed_cidrs: tuple[SourceCidr, ...] = ("0.0.0.0/0",)
    requests_per_5_minutes: Annotated[int, Meta(ge=WAF_RATE_MINIMUM)] = 2000


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a tenant's media lies; without `bucket` the stack's own media bucket is meant."""

    bucket: str | None = None
    prefix: str = ""


class Tenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    policy: Name = "standard"
    buckets: tuple[Location, ...] = (Location(),)


class ApiClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program that gets access tokens for the results API: its rights at most, and the tenants whose items it may
    know of."""

    name: Name
    permissions: tuple[Permission, ...] = tuple(Permission)
    items_of: tuple[str, ...] = (EVERY_TENANT,)


class OperatorGroup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People who use the console: what they may do, with the items of which tenants."""

    name: Name
    permissions: tuple[Permission, ...] = tuple(Permission)
    items_of: tuple[str, ...] = (EVERY_TENANT,)


class ExistingWorkforce(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account's private workforce, of which AWS allows one per region, and the Cognito pool that it was made of."""

    name: str
    user_pool_id: str
    user_pool_client_id: str
