"""What is read from a task definition."""

from typing import Any

import pytest
from gavel_emulator.ecs.definition import ContainerPlan, LogTarget, plans


def planned(overrides: dict[str, Any] | None = None, **container: Any) -> ContainerPlan:
    definition = {"name": "main", "image": "gavel:local", **container}
    (plan,) = plans([definition], overrides or {}, region="eu-west-1")
    return plan


def test_a_bare_container_is_essential_and_has_thirty_seconds_to_stop() -> None:
    assert planned() == ContainerPlan(
        name="main",
        image="gavel:local",
        runs=True,
        essential=True,
        command=(),
        environment={},
        secrets={},
        stop_timeout_s=30,
        log=None,
    )


def test_the_entry_point_comes_before_the_command() -> None:
    assert planned(entryPoint=["python"], command=["-m", "x"]).command == ("python", "-m", "x")


def test_overrides_replace_the_command_and_add_to_the_environment() -> None:
    overrides = {
        "containerOverrides": [
            {"name": "main", "command": ["b"], "environment": [{"name": "TWO", "value": "2"}]},
            {"name": "other", "command": ["c"]},
        ]
    }
    plan = planned(overrides, command=["a"], environment=[{"name": "ONE", "value": "1"}, {"name": "TWO", "value": "1"}])
    assert plan.command == ("b",)
    assert plan.environment == {"ONE": "1", "TWO": "2"}


@pytest.mark.parametrize(
    ("image", "runs"),
    [
        ("gavel:local", True),
        ("gavel", True),
        ("000000000000.dkr.ecr.us-east-1.amazonaws.com/gavel-local:v1", True),
        ("000000000000.dkr.ecr.us-east-1.amazonaws.com/gavel@sha256:00", True),
        ("public.ecr.aws/aws-observability/aws-otel-collector:latest", False),
        ("amazon/aws-otel-collector", False),
        ("dkr.ecr.amazonaws.com.example.com/gavel", False),
    ],
)
def test_only_own_images_have_a_program_here(image: str, runs: bool) -> None:
    assert planned(image=image).runs is runs


def test_awslogs_names_group_and_stream() -> None:
    options = {"awslogs-group": "/gavel/local/ingest", "awslogs-stream-prefix": "ingest"}
    log = planned(logConfiguration={"logDriver": "awslogs", "options": options}).log
    assert log == LogTarget(group="/gavel/local/ingest", region="eu-west-1", prefix="ingest", create_group=False)
    assert log.stream("main", "1f") == "ingest/main/1f"


def test_another_log_driver_leaves_the_file_alone() -> None:
    assert planned(logConfiguration={"logDriver": "splunk", "options": {}}).log is None
