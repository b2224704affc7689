"""A service before it runs: what it is told and may do. `worker` makes a running service of one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra import permissions as may
from infra.api import ResultsApi
from infra.config import StackConfig
from infra.console import OperatorConsole
from infra.desk import ReviewDesk
from infra.encryption import use_of
from infra.human_review import OUTPUT_PREFIX
from infra.iam import Account, Statement
from infra.messaging import Messaging
from infra.queues import Queue
from infra.reviewers import Reviewers
from infra.storage import Storage
from infra.video_jobs import VideoJobs
from shared.contracts.words import BackendName


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the services work with. `flow_definitions` is empty where reviews aren't A2I's, `desk` None where nobody
    works at the review desk, `api` and `console` None where nobody asks the results API."""

    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    storage: Storage
    messaging: Messaging
    video_jobs: VideoJobs
    flow_definitions: Mapping[str, Mapping[str, pulumi.Output[str]]]
    reviewers: Reviewers
    desk: ReviewDesk | None
    api: ResultsApi | None
    console: OperatorConsole | None

    @property
    def has_a2i(self) -> bool:
        return self.config.review_backend is BackendName.A2I


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One service. `consumes` are its queues, `scales_with` those of them whose waiting messages ask for more tasks;
    `answers` when it is its callers who do."""

    name: str
    module: str
    environment: Mapping[str, pulumi.Input[str]]
    statements: tuple[Statement, ...]
    consumes: tuple[Queue, ...] = ()
    scales_with: tuple[Queue, ...] = ()
    answers: bool = False

    @property
    def is_scaled(self) -> bool:
        return self.answers or bool(self.scales_with)


def every_task(around: Surroundings) -> dict[str, pulumi.Input[str]]:
    config = around.config
    told: dict[str, pulumi.Input[str]] = {
        "GAVEL_STACK": config.stack,
        "AWS_REGION": around.account.region,
        "GAVEL_STOP_TIMEOUT_S": str(config.stop_timeout_s),
        "GAVEL_TRACE_RATIO": str(config.trace_ratio),
    }
    return told | ({"OTEL_EXPORTER_OTLP_ENDPOINT": config.otlp_endpoint} if config.otlp_endpoint else {})


def use_of_key(around: Surroundings) -> list[Statement]:
    return [use_of(around.key_arn)] if around.key_arn is not None else []


def may_keep_loops(around: Surroundings, desk: ReviewDesk) -> list[Statement]:
    """Whoever finds that a loop is over says so: the desk by the last answer, REVIEW by asking."""
    return [
        may.keep_desk(desk.table),
        may.write(around.storage.evidence, OUTPUT_PREFIX),
        may.tell_loop_ends(around.account),
    ]


def as_json(value: object) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(value, sort_keys=True)
