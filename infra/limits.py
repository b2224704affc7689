"""What a stack's configuration may hold: the forms that AWS gives to values, and its limits."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from msgspec import Meta

Region = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
AccountId = Annotated[str, Meta(pattern=r"^\d{12}$")]
ZoneId = Annotated[str, Meta(pattern=r"^[a-z]+\d-az\d$")]
Cidr = Annotated[str, Meta(pattern=r"^\d{1,3}(\.\d{1,3}){3}/(1[6-9]|2[0-4])$")]
SourceCidr = Annotated[str, Meta(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")]
Arn = Annotated[str, Meta(pattern=r"^arn:[^ ]+$")]
CertificateArn = Annotated[str, Meta(pattern=r"^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[^ ]+$")]
Domain = Annotated[str, Meta(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$", max_length=253)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9](-*[a-z0-9])*$", max_length=32)]
StackName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]{0,15}$")]
"""Without hyphens, so that no stack's prefix is the beginning of another's."""
Schedule = Annotated[str, Meta(pattern=r"^(cron|rate|at)\([^)]+\)$")]
"""https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html"""
Email = Annotated[str, Meta(pattern=r"^[^@ ]+@[^@ ]+$")]
WebAddress = Annotated[str, Meta(pattern=r"^https?://[^ ]+$")]
Positive = Annotated[int, Meta(ge=1)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Ratio = Annotated[float, Meta(ge=0, le=1)]

LOG_RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 3653),
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

FARGATE_MEMORY_MIB: Final[Mapping[int, Sequence[int]]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
"""Memory that Fargate offers for each CPU size (RegisterTaskDefinition, `cpu`)."""

FARGATE_STOP_TIMEOUT_LIMIT_S: Final = 120

WITHOUT_FARGATE: Final = ("apne1-az3", "usw1-az2")
"""Zones that have none: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html"""

A2I_REGIONS: Final = (
    *("us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2"),
    *("ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2"),
)
"""https://docs.aws.amazon.com/general/latest/gr/a2i.html"""

OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
"""How regions begin in which ARNs don't begin with `arn:aws:`."""

RESERVED_ADDRESSES: Final = 5
"""Of each subnet, AWS keeps so many: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
MOST_ENDPOINTS: Final = 10
"""Interface endpoints, each with an address in each subnet (`infra.endpoints`)."""
RECOVERY_LIMIT_DAYS: Final = 35
"""How far back DynamoDB's point-in-time recovery goes at most."""

COGNITO_SCOPES_OF_A_SERVER: Final = 100
COGNITO_SCOPES_OF_A_CLIENT: Final = 50
"""CreateResourceServer, `Scopes`; CreateUserPoolClient, `AllowedOAuthScopes`."""

WAF_RATE_MINIMUM: Final = 10
"""Requests in five minutes: the lowest limit that AWS WAF takes for an address."""

DECODING_MEMORY_MIB: Final = 2048
"""What INGEST's own limits on decoded images fit into (`services.ingest.settings`)."""

DETECTION_S: Final = 1.0
"""What a request to Rekognition is reckoned to take: longer than it does, so that a quota is never left unused for want
of tasks."""
