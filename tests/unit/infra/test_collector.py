"""The collector beside each service: its configuration is whole, and what it sends is what CloudWatch is asked for."""

import json
import re
from typing import Any

import pytest

from infra.collector import ADDRESS, EXPORTED
from shared.telemetry.metrics import REGISTRY
from tests.unit.infra.stacks import KINDS, declared

WITH_COLLECTOR = ("staging", "prod", "desk", "api")
SERVICES = ("ingest", "moderate", "review", "results")
IN_THE_DISTRIBUTION = {
    "receivers": {"otlp"},
    "processors": {"memory_limiter", "batch", "cumulativetodelta"},
    "exporters": {"otlphttp", "awsemf"},
    "extensions": {"sigv4auth"},
}
"""What the AWS distribution of the collector has, of what is used here."""


def configuration(kind: str, service: str) -> dict[str, Any]:
    container = declared(kind).container(service, "collector")
    (variable,) = container["environment"]
    assert container["command"] == [f"--config=env:{variable['name']}"]
    assert "$" not in variable["value"], "the collector would look for a variable of that name"
    read = json.loads(variable["value"])
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize("kind", WITH_COLLECTOR)
def test_every_pipelines_parts_are_declared_and_nothing_is_declared_for_nothing(kind: str) -> None:
    config = configuration(kind, "ingest")
    pipelines = config["service"]["pipelines"]
    assert set(pipelines) == {"traces", "metrics"}
    for part in ("receivers", "processors", "exporters"):
        assert {name for pipeline in pipelines.values() for name in pipeline[part]} == set(config[part])
    assert set(config["service"]["extensions"]) == set(config["extensions"])
    for part, known in IN_THE_DISTRIBUTION.items():
        assert {name.partition("/")[0] for name in config[part]} == known


@pytest.mark.parametrize("kind", WITH_COLLECTOR)
def test_memory_is_looked_after_before_anything_else(kind: str) -> None:
    config = configuration(kind, "ingest")
    limit = config["processors"]["memory_limiter"]
    assert limit["limit_mib"] + limit["spike_limit_mib"] < declared(kind).container("ingest", "collector")["memory"]
    for pipeline in config["service"]["pipelines"].values():
        assert pipeline["processors"][0] == "memory_limiter"
        assert pipeline["processors"][-1] == "batch"


@pytest.mark.parametrize("kind", WITH_COLLECTOR)
def test_traces_go_to_x_ray_signed_for_it(kind: str) -> None:
    config = configuration(kind, "ingest")
    exporter = config["exporters"]["otlphttp/xray"]
    assert exporter["traces_endpoint"] == "https://xray.us-east-1.amazonaws.com/v1/traces"
    assert exporter["auth"]["authenticator"] in config["extensions"]
    assert config["extensions"]["sigv4auth"] == {"region": "us-east-1", "service": "xray"}


@pytest.mark.parametrize("kind", WITH_COLLECTOR)
def test_metrics_go_to_the_stacks_own_namespace_and_log(kind: str) -> None:
    exporter = configuration(kind, "ingest")["exporters"]["awsemf"]
    stack = declared(kind).environment("ingest")["GAVEL_STACK"]
    (group,) = (each for each in declared(kind).of("aws:cloudwatch/logGroup:LogGroup") if each.name == "metrics-log")
    assert exporter["region"] == "us-east-1"
    assert exporter["namespace"] == f"Gavel/{stack}"
    assert exporter["log_group_name"] == group.inputs["name"] == f"/gavel/{stack}/metrics"
    assert exporter["dimension_rollup_option"] == "NoDimensionRollup", "each roll-up would be a metric more to pay"


def test_metrics_are_told_apart_by_attributes_that_they_have() -> None:
    assert set(EXPORTED) <= set(REGISTRY)
    for metric, sets in EXPORTED.items():
        assert sets
        assert {name for names in sets for name in names} <= set(metric.attributes), metric.name


def test_each_metric_is_selected_by_its_name_alone() -> None:
    declarations = configuration("prod", "ingest")["exporters"]["awsemf"]["metric_declarations"]
    for declaration in declarations:
        (selector,) = declaration["metric_name_selectors"]
        assert selector.endswith(r"\z"), "Go's end of a text; Python's is \\Z"
        as_in_python = selector.removesuffix(r"\z") + r"\Z"
        assert len([metric for metric in REGISTRY if re.search(as_in_python, metric.name)]) == 1
    assert len(declarations) == len(EXPORTED)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", WITH_COLLECTOR)
def test_a_service_sends_to_it_and_outlives_neither_its_start_nor_its_end(kind: str, service: str) -> None:
    assert declared(kind).environment(service)["OTEL_EXPORTER_OTLP_ENDPOINT"] == ADDRESS
    own, beside = declared(kind).container(service), declared(kind).container(service, "collector")
    receiver = configuration(kind, service)["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert f"http://{receiver}" == ADDRESS
    assert own["dependsOn"] == [{"containerName": "collector", "condition": "START"}]
    assert beside["essential"] is False
    assert beside["readonlyRootFilesystem"] is True
    assert own["stopTimeout"] + beside["stopTimeout"] <= 120


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", WITH_COLLECTOR)
def test_its_role_may_send_traces_and_metrics_and_nothing_else(kind: str, service: str) -> None:
    stack = declared(kind).environment("ingest")["GAVEL_STACK"]
    may = {
        each.sid: (each.actions, each.resources)
        for each in declared(kind).statements()
        if each.resource.name == f"{service}-collector-policy"
    }
    log = f"arn:aws:logs:us-east-1:111122223333:log-group:/gavel/{stack}/metrics"
    assert may.pop("SendTraces") == (("xray:PutTraceSegments",), ("*",))
    assert {arn.removesuffix(":*") for _, arns in may.values() for arn in arns} == {log}
    assert {action for actions, _ in may.values() for action in actions} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_COLLECTOR])
def test_without_an_image_of_it_there_is_none(kind: str) -> None:
    for service in SERVICES:
        assert (
            len(
                declared(kind)
                .one("aws:ecs/taskDefinition:TaskDefinition", f"{service}-task")
                .json("containerDefinitions")
            )
            == 1
        )
    assert not [each for each in declared(kind).resources if "collector" in each.name or each.name == "metrics-log"]


def test_a_collector_in_the_stacks_own_registry_may_be_pulled_from_there() -> None:
    (pull,) = (
        each
        for each in declared("desk").statements()
        if each.resource.name == "ingest-execution-policy" and each.sid == "PullImage"
    )
    assert set(pull.resources) == {"arn:aws:ecr:us-east-1:111122223333:repository/gavel-prod"}
