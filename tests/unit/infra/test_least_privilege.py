"""Each service's role against what its code calls, both ways: nothing is missing, nothing is over."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from infra.config import API, DESK, SERVICES
from tests.fakes.pulumi_engine import ACCOUNT, arn
from tests.unit.infra.actions import TELLS_MISSING, needed
from tests.unit.infra.reachable import mentions, operations
from tests.unit.infra.stacks import KINDS, WITH_API, WITH_DESK, Declaration, Statement, declared

PAIRS = [
    *((kind, service) for kind in KINDS for service in SERVICES),
    *((kind, DESK) for kind in WITH_DESK),
    *((kind, API) for kind in WITH_API),
]
ENTRIES = {DESK: "services.review.desk.main", API: "services.results.api.main"}

ONLY_WITH = {"HumanLoops": "GAVEL_FLOW_DEFINITIONS", "DeskLoops": "GAVEL_DESK_TABLE"}
"""Classes that services make only where the variable names something."""

NOT_TOLD = {"media": "messages name it, and tenants.json", "work": "messages name it", "shop-uploads": "as media"}
"""Buckets that a service may use without a variable that names them, by role, with the reason."""

TOLD_FOR_NOTHING = {
    ("ingest", "alerts"): "every service of the pipeline is told where alerts go, and INGEST raises none",
    ("moderate", "video-jobs"): "Rekognition publishes there, as the role that MODERATE hands it",
    ("results", "policies"): "every service of the pipeline is told where policies are, and RESULTS judges nothing",
}
"""(service, what) of variables whose resource a service has nothing to do with, with the reason."""

STARTING = {
    *("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"),
    *("ecr:GetDownloadUrlForLayer", "logs:CreateLogStream", "logs:PutLogEvents"),
}
"""What ECS does as the execution role: Amazon ECS, "Task execution IAM role"."""


def entry(service: str) -> str:
    return ENTRIES.get(service, f"services.{service}.main")


def statements(kind: str, role: str) -> list[Statement]:
    return [each for each in declared(kind).statements() if each.resource.name == f"{role}-policy"]


def allowed(kind: str, role: str) -> set[str]:
    return {action for each in statements(kind, role) for action in each.actions}


def not_made(kind: str, service: str) -> frozenset[str]:
    environment = declared(kind).environment(service)
    return frozenset(class_ for class_, variable in ONLY_WITH.items() if environment.get(variable, "{}") == "{}")


@pytest.mark.parametrize(("kind", "service"), PAIRS)
def test_a_role_allows_exactly_what_its_service_calls(kind: str, service: str) -> None:
    without = not_made(kind, service)
    called = operations(entry(service), without)
    wanted = needed(
        called,
        names_versions=mentions(entry(service), "VersionId", without),
        has_key=bool(declared(kind).of("aws:kms/key:Key")),
        has_loops="HumanLoops" not in without,
    )
    extra = {action for action, by in TELLS_MISSING.items() if by & called}
    assert wanted - allowed(kind, f"{service}-task") == set(), "missing"
    assert allowed(kind, f"{service}-task") - wanted - extra == set(), "over"


@pytest.mark.parametrize(("kind", "service"), PAIRS)
def test_an_execution_role_allows_exactly_what_starting_a_task_takes(kind: str, service: str) -> None:
    assert allowed(kind, f"{service}-execution") == STARTING


def told(declaration: Declaration, service: str) -> set[str]:
    """The resources that a service's variables name, by ARN."""
    texts = set(_texts(declaration.environment(service)))
    queues = {queue.inputs["name"] for queue in declaration.of("aws:sqs/queue:Queue")}
    topics = {topic.inputs["name"] for topic in declaration.of("aws:sns/topic:Topic")}
    tables = {table.inputs["name"] for table in declaration.of("aws:dynamodb/table:Table")}
    buckets = {bucket.inputs["bucket"] for bucket in declaration.of("aws:s3/bucket:Bucket")}
    return {
        *(arn("sqs", name) for name in queues if any(text.endswith(f"/{name}") for text in texts)),
        *(arn("sns", name) for name in topics if arn("sns", name) in texts),
        *(arn("dynamodb", f"table/{name}") for name in tables & texts),
        *(f"arn:aws:s3:::{name}" for name in buckets if texts & {name, f"{name}/", f"{name}/derivatives/"}),
    }


def _texts(value: object) -> Iterator[str]:
    """Every text in a value, JSON in texts included."""
    match value:
        case str() if value.startswith(("{", "[")):
            yield from _texts(json.loads(value))
        case str():
            yield value
        case Mapping():
            yield from (text for each in value.values() for text in _texts(each))
        case list():
            yield from (text for each in value for text in _texts(each))


def used(kind: str, service: str) -> set[str]:
    """The queues, topics, tables and buckets that a service's role may use."""
    named = {arn_ for each in statements(kind, f"{service}-task") for arn_ in each.resources}
    kinds = ("arn:aws:sqs:", "arn:aws:sns:", "arn:aws:dynamodb:", "arn:aws:s3:")
    return {
        arn_.removesuffix("/index/*") if ":dynamodb:" in arn_ else _bucket(arn_)
        for arn_ in named
        if arn_.startswith(kinds)
    }


def _bucket(arn_: str) -> str:
    return arn_.partition("/")[0] if arn_.startswith("arn:aws:s3:") else arn_


def role_of(resource: str) -> str:
    """`media` of arn:aws:s3:::gavel-dev-media-111122223333, `alerts` of arn:aws:sns:…:gavel-dev-alerts."""
    name = resource.rpartition(":")[2].removesuffix(f"-{ACCOUNT}")
    ours = re.fullmatch(r".*\bgavel-\w+?-(.+)", name)
    return ours[1] if ours else name


@pytest.mark.parametrize(("kind", "service"), PAIRS)
def test_a_role_is_for_the_resources_that_its_service_is_told_of(kind: str, service: str) -> None:
    named, may_use = told(declared(kind), service), used(kind, service)
    assert {role_of(each) for each in may_use - named} <= set(NOT_TOLD)
    assert {(service, role_of(each)) for each in named - may_use} <= set(TOLD_FOR_NOTHING)


def test_the_list_of_what_is_told_for_nothing_holds_only_that() -> None:
    over = {
        (service, role_of(each))
        for kind, service in PAIRS
        for each in told(declared(kind), service) - used(kind, service)
    }
    assert over == set(TOLD_FOR_NOTHING)
