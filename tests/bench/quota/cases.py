"""What workers are held to: a region for each kind of quota, since the emulator counts by region."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

OPERATION: Final = "DetectModerationLabels"
TABLE: Final = "bench-members"
MOST_WORKERS: Final = 8


class Strategy(StrEnum):
    """`FIXED` is the quota's part for as many workers as there may be, which is the share that is always safe."""

    GAVEL = "gavel"
    ADAPTIVE = "botocore adaptive"
    FIXED = "fixed share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`in_flight` calls of a worker wait or are on their way: enough to use the whole quota alone."""

    region: str
    quota_per_s: float
    kind: str
    in_flight: int

    @property
    def name(self) -> str:
        return f"{self.quota_per_s:g}/s {self.kind}"


CASES: Final = (
    Case(region="us-east-1", quota_per_s=50, kind="bucket", in_flight=24),
    Case(region="us-west-2", quota_per_s=50, kind="window", in_flight=24),
    Case(region="eu-central-1", quota_per_s=5, kind="bucket", in_flight=6),
    Case(region="eu-west-2", quota_per_s=5, kind="window", in_flight=6),
)
