import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from infra.config import SERVICES, StackConfig, load, stack_file
from shared.service import consumer_settings
from shared.telemetry.setup import END_TIMEOUT_S
from tests.fakes.pulumi_engine import ACCOUNT, REGION
from tests.unit.infra.stacks import KINDS, NO_IMAGE, OVERRIDES, WITH_DESK, declared

TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
LEFT_ALONE = {
    "GAVEL_CONSOLE_URL": "only where the stack has one",
    "GAVEL_TRACE_URL": "only where traces are looked up in a backend",
    "GAVEL_LIVENESS_FILE": "only where ECS looks at it",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "set where the stack has a collector",
    "GAVEL_MAX_IMAGE_BYTES": "the default fits the memory that INGEST's tasks get",
    "GAVEL_MAX_DECODE_BYTES": "likewise",
    "GAVEL_PARALLEL_DECODES": "likewise",
    "GAVEL_DESK_BREAK_S": "ten minutes are a break",
    "AWS_ENDPOINT_URL": "the emulator gives it to its tasks",
}
"""Variables that a service reads and the program may leave at their default, with the reason."""


OF_THE_DESK = {"GAVEL_DESK_TABLE", "GAVEL_DESK_FLOWS", "GAVEL_TEAM_GROUPS", "GAVEL_DEFAULT_TEAM"}


def settings_of(service: str) -> Any:
    return importlib.import_module(f"services.{service}.settings")


def config_of(kind: str) -> StackConfig:
    stack, overrides = OVERRIDES[kind]
    return load(stack, stack_file(stack) | dict(overrides))


def container(kind: str, service: str) -> dict[str, Any]:
    return declared(kind).container(service)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_program_sets_the_variables_that_the_service_reads(kind: str, service: str) -> None:
    settings = settings_of(service)
    given = set(declared(kind).environment(service))
    assert given <= settings.ENVIRONMENT
    assert settings.ENVIRONMENT - given <= set(LEFT_ALONE) | (set() if kind in WITH_DESK else OF_THE_DESK)


@pytest.mark.parametrize("kind", WITH_DESK)
def test_the_desk_is_told_where_it_is_and_what_it_may_show(kind: str) -> None:
    given = declared(kind).environment("desk")
    assert set(given) <= settings_of("review.desk").ENVIRONMENT
    assert settings_of("review.desk").ENVIRONMENT - set(given) <= set(LEFT_ALONE)
    read = settings_of("review.desk").load(given)
    assert read.desk_url == declared(kind).outputs["desk_url"]
    assert read.desk_groups == (declared(kind).outputs["reviewers_group"],)
    assert read.desk_table == declared(kind).environment("review")["GAVEL_DESK_TABLE"]
    media, work = declared(kind).outputs["media_bucket"], declared(kind).outputs["work_bucket"]
    assert read.desk_shown == (f"{media}/", f"{work}/derivatives/")
    assert "desk" in declared(kind).outputs["services"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_DESK])
def test_there_is_no_desk_where_amazons_portal_serves_every_loop(kind: str) -> None:
    assert declared(kind).outputs["desk_url"] == ""
    assert "desk" not in declared(kind).outputs["services"]
    assert not [each for each in declared(kind).of(SERVICE) if each.inputs["name"] == "desk"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_service_can_read_what_the_program_sets(kind: str, service: str) -> None:
    settings = settings_of(service)
    read = settings.load(declared(kind).environment(service))
    assert read.stop_timeout_s == container(kind, service)["stopTimeout"]
    assert read.ledger_table == declared(kind).outputs["ledger_table"]


def test_results_gets_the_dead_letter_queues_by_the_names_of_their_queues() -> None:
    urls = json.loads(declared("dev").environment("results")["GAVEL_DEAD_LETTER_URLS"])
    assert urls == declared("dev").outputs["dead_letters"]
    assert urls["outcomes"] == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/gavel-dev-outcomes-dlq"


def test_review_and_moderate_get_the_flow_definitions() -> None:
    for service in ("moderate", "review"):
        told = json.loads(declared("dev").environment(service)["GAVEL_FLOW_DEFINITIONS"])
        assert told == declared("dev").outputs["flow_definitions"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_task_runs_its_service_unprivileged_and_may_finish_what_it_does(kind: str, service: str) -> None:
    only = container(kind, service)
    assert only["command"] == ["python", "-m", f"services.{service}.main"]
    assert only["readonlyRootFilesystem"] is True
    assert only["user"] == "10001:10001"
    assert only["essential"] is True
    assert 30 <= only["stopTimeout"] <= 120
    assert only["mountPoints"] == [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}]  # noqa: S108
    assert only["linuxParameters"] == {"initProcessEnabled": True}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_consumer_has_drained_before_ecs_kills_it(kind: str, service: str) -> None:
    """Handlers, giving back, flushing and the last export, each at its longest."""
    drain = consumer_settings(settings_of(service).load(declared(kind).environment(service)))
    assert drain.stop_timeout_s <= container(kind, service)["stopTimeout"]
    assert drain.stop_margin_s >= END_TIMEOUT_S
    assert drain.wait_s < drain.stop_timeout_s - drain.stop_margin_s, "an idle one waits for its last poll"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "local"])
def test_ecs_asks_after_the_file_that_the_service_touches_and_needs_no_shell(kind: str, service: str) -> None:
    check = container(kind, service)["healthCheck"]
    file = declared(kind).environment(service)["GAVEL_LIVENESS_FILE"]
    assert check["command"] == ["CMD", "python", "-m", "shared.health", file]
    assert file.startswith("/tmp/")  # noqa: S108  the one place that can be written
    assert 5 <= check["interval"] <= 300
    assert 2 <= check["timeout"] <= 60
    assert 1 <= check["retries"] <= 10
    assert 0 <= check["startPeriod"] <= 300


def test_what_fargate_mounts_can_be_written_by_an_unprivileged_user_since_the_image_declares_it() -> None:
    last_stage = (Path(__file__).parents[3] / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    volumes = [line.removeprefix("VOLUME ") for line in last_stage.splitlines() if line.startswith("VOLUME ")]
    mounted = [point["containerPath"] for point in container("prod", "ingest")["mountPoints"]]
    assert [json.loads(volume) for volume in volumes] == [mounted]


@pytest.mark.parametrize("service", SERVICES)
def test_tasks_of_one_machine_are_asked_by_nobody(service: str) -> None:
    assert "healthCheck" not in container("local", service)
    assert "GAVEL_LIVENESS_FILE" not in declared("local").environment(service)


@pytest.mark.parametrize("service", SERVICES)
def test_tasks_are_shared_out_between_spot_and_not_as_the_stack_says(service: str) -> None:
    def strategy(kind: str) -> dict[str, tuple[int, int]]:
        inputs = declared(kind).one(SERVICE, f"{service}-service").inputs
        assert "launchType" not in inputs
        return {
            each["capacityProvider"]: (each.get("base", 0), each["weight"])
            for each in inputs["capacityProviderStrategies"]
        }

    assert strategy("local") == {"FARGATE": (0, 100)}
    assert strategy("dev") == {"FARGATE_SPOT": (0, 100)}
    assert strategy("prod") == {"FARGATE": (1, 50), "FARGATE_SPOT": (0, 50)}
    (capacity,) = declared("dev").of("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")
    assert capacity.inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_task_is_what_fargate_takes(kind: str, service: str) -> None:
    task = declared(kind).one(TASK, f"{service}-task").inputs
    capacity = config_of(kind).capacity(service)
    assert task["requiresCompatibilities"] == ["FARGATE"]
    assert task["networkMode"] == "awsvpc"
    assert task["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert (task["cpu"], task["memory"]) == (str(capacity.cpu), str(capacity.memory_mib))
    assert task["taskRoleArn"].endswith(f"-{service}-task")
    assert task["executionRoleArn"].endswith(f"-{service}-execution")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_service_stays_inside_and_rolls_back_what_does_not_start(kind: str, service: str) -> None:
    inputs = declared(kind).one(SERVICE, f"{service}-service").inputs
    assert inputs["networkConfiguration"]["assignPublicIp"] is False
    assert inputs["networkConfiguration"]["securityGroups"] == ["tasks-id"]
    assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert inputs["deploymentMinimumHealthyPercent"] == 100
    assert inputs["enableExecuteCommand"] is False


@pytest.mark.parametrize("kind", KINDS)
def test_every_log_group_forgets_in_time(kind: str) -> None:
    groups = declared(kind).of("aws:cloudwatch/logGroup:LogGroup")
    assert len(groups) >= len(declared(kind).outputs["services"])
    assert {group.inputs["retentionInDays"] for group in groups} == {config_of(kind).log_retention_days}


@pytest.mark.parametrize("service", SERVICES)
def test_tasks_follow_the_backlog_of_every_queue_that_the_service_consumes(service: str) -> None:
    policy = declared("prod").one("aws:appautoscaling/policy:Policy", f"{service}-scale-by-backlog").inputs
    metrics = policy["targetTrackingScalingPolicyConfiguration"]["customizedMetricSpecification"]["metrics"]
    followed = {
        metric["metricStat"]["metric"]["dimensions"][0]["value"].removeprefix("gavel-prod-")
        for metric in metrics
        if metric["id"].startswith("waiting")
    }
    consumed = {
        arn.rpartition(":")[2].removeprefix("gavel-prod-")
        for each in declared("prod").statements()
        if each.resource.name == f"{service}-task-policy" and each.sid == "Receive"
        for arn in each.resources
    }
    # Videos wait for the account's slots: more tasks don't bring them on.
    assert followed == consumed - {"video-requests", "video-backfill"}
    assert [metric["id"] for metric in metrics if metric["returnData"]] == ["backlog"]
    assert "FILL(tasks, 1)" in metrics[-1]["expression"]


@pytest.mark.parametrize("service", SERVICES)
def test_scaling_keeps_to_the_stacks_bounds(service: str) -> None:
    target = declared("prod").one("aws:appautoscaling/target:Target", f"{service}-scale").inputs
    capacity = config_of("prod").capacity(service)
    assert (target["minCapacity"], target["maxCapacity"]) == (capacity.min_tasks, config_of("prod").most_tasks(service))
    assert target["resourceId"] == f"service/gavel-prod/{service}"


def test_no_more_tasks_detect_than_the_quota_keeps_busy() -> None:
    assert config_of("prod").rekognition_tps == 50
    assert config_of("prod").fed_tasks == 3, "two at 32 requests of a second each, and one to spare"
    target = declared("prod").one("aws:appautoscaling/target:Target", "moderate-scale").inputs
    assert target["maxCapacity"] == 3
    quiet = load("dev", {"region": "eu-west-1", "rekognition_tps": 5})
    large = load("dev", {"region": "eu-west-1", "rekognition_tps": 500})
    assert (quiet.most_tasks("moderate"), large.most_tasks("moderate")) == (2, 17)


@pytest.mark.parametrize("service", SERVICES)
def test_prod_has_a_floor_by_day_and_one_by_night(service: str) -> None:
    actions = {
        each.name: each.inputs
        for each in declared("prod").of("aws:appautoscaling/scheduledAction:ScheduledAction")
        if each.inputs["resourceId"] == f"service/gavel-prod/{service}"
    }
    assert set(actions) == {f"{service}-from-day", f"{service}-from-night"}
    for name, action in actions.items():
        (floor,) = (floor for floor in config_of("prod").floors if name.endswith(floor.name))
        assert action["scalableTargetAction"] == {
            "minCapacity": floor.min_tasks[service],
            "maxCapacity": config_of("prod").most_tasks(service),
        }
        assert (action["schedule"], action["timezone"]) == (floor.schedule, floor.timezone)
    assert not declared("dev").of("aws:appautoscaling/scheduledAction:ScheduledAction")


def test_without_an_image_there_is_everything_but_what_would_run_it() -> None:
    without, later = declared(NO_IMAGE), declared("dev")
    assert len(without.of("aws:ecr/repository:Repository")) == 1
    assert not without.of(SERVICE, TASK, "aws:appautoscaling/target:Target")
    first, then = ({(each.type, each.name) for each in declaration.resources} for declaration in (without, later))
    assert first < then
    assert {name.partition("-")[0] for _, name in then - first} == set(SERVICES)


def test_the_image_is_a_tag_in_the_stacks_own_registry_or_what_the_configuration_names() -> None:
    assert container("prod", "ingest")["image"] == f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/gavel-prod:0123abc"
    assert container("local", "ingest")["image"] == "gavel:local"


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_scanned_and_their_tags_never_move(kind: str) -> None:
    (repository,) = declared(kind).of("aws:ecr/repository:Repository")
    assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
    assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
