"""The control plane's resources: one plane per account and region."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gavel_emulator.a2i.conditions import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDefinition:
    name: str
    arn: str
    created_at: datetime
    source: str | None
    """The built-in task type, or None for a custom one."""
    request: Mapping[str, Any]
    """CreateFlowDefinition's; nothing changes it, since flow definitions can't be updated."""
    conditions: tuple[Condition, ...] | None
    """None for every source but Rekognition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUi:
    name: str
    arn: str
    created_at: datetime
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workteam:
    name: str
    arn: str
    created_at: datetime
    updated_at: datetime
    workforce_name: str
    request: Mapping[str, Any]
    """CreateWorkteam's, with what UpdateWorkteam changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    name: str
    arn: str
    created_at: datetime
    updated_at: datetime
    sub_domain: str
    request: Mapping[str, Any]
    """CreateWorkforce's, with what UpdateWorkforce changed."""


@dataclass(slots=True, kw_only=True)
class Plane:
    """What one account has made in one region. `lock` is held by whoever works on it."""

    account_id: str
    region: str
    clock: Callable[[], datetime]
    bucket_region: Callable[[str], str | None]
    """The region of an S3 bucket; None when this account can't see such a bucket."""
    endpoint: str
    """Where the emulator answers, for URLs that it hands out."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    flows: dict[str, FlowDefinition] = field(default_factory=dict)
    task_uis: dict[str, TaskUi] = field(default_factory=dict)
    workteams: dict[str, Workteam] = field(default_factory=dict)
    workforces: dict[str, Workforce] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """By ARN of the resource."""

    def arn(self, resource: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account_id}:{resource}"


class Planes:
    """All planes, made when first asked for."""

    def __init__(self, make: Callable[[str, str], Plane]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._planes: dict[tuple[str, str], Plane] = {}

    def of(self, account_id: str, region: str) -> Plane:
        with self._lock:
            key = (account_id, region)
            if key not in self._planes:
                self._planes[key] = self._make(account_id, region)
            return self._planes[key]
