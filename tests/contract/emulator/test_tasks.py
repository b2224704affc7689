"""ECS tasks as processes: what they get, what they write, how they end."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Aws
from tests.contract.emulator.conftest import SLEEP, Cluster
from tests.emulator import CHECKOUT

SHOW = "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), sys.executable]))"


def run(cluster: Cluster, definition: str, **said: Any) -> dict[str, Any]:
    (task,) = cluster.ecs.run_task(cluster=cluster.name, taskDefinition=definition, **said)["tasks"]
    return dict(task)


def with_logs(group: str, **options: str) -> dict[str, Any]:
    options = {"awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "tests"} | options
    return {"logConfiguration": {"logDriver": "awslogs", "options": options}}


def test_a_task_gets_its_definition_and_nothing_of_the_emulator(cluster: Cluster) -> None:
    task = run(cluster, cluster.define(SHOW, environment=[{"name": "COLOUR", "value": "green"}]))
    cluster.stopped(task["taskArn"])
    environment, folder, program = json.loads(cluster.output(task))
    path = environment.pop("PATH")
    environment.pop("LC_CTYPE", None)  # Python sets it by itself where there is no LANG
    assert environment == {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": cluster.emulator.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "test",
        "COLOUR": "green",
        "GAVEL_TASK_ID": task["taskArn"].rpartition("/")[2],
    }
    assert program.startswith(path.partition(":")[0])
    assert folder == str(CHECKOUT)


def test_a_task_that_ends_by_itself_keeps_its_exit_code(cluster: Cluster) -> None:
    task = run(cluster, cluster.define("raise SystemExit(3)"))
    ended = cluster.stopped(task["taskArn"])
    assert (ended["stopCode"], ended["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    assert ended["createdAt"] <= ended["startedAt"] <= ended["stoppedAt"]


def test_run_task_takes_overrides_and_a_count(cluster: Cluster) -> None:
    override = {"name": "main", "command": ["python", "-c", "import os; print(os.environ['SIZE'])"]}
    answer = cluster.ecs.run_task(
        cluster=cluster.name,
        taskDefinition=cluster.define(SLEEP),
        count=3,
        overrides={"containerOverrides": [{**override, "environment": [{"name": "SIZE", "value": "large"}]}]},
    )
    for task in answer["tasks"]:
        cluster.stopped(task["taskArn"])
        assert cluster.output(task) == "large\n"
    assert len({task["taskArn"] for task in answer["tasks"]}) == 3


def test_stop_task_says_who_stopped_it_and_why(cluster: Cluster) -> None:
    task = run(cluster, cluster.define(SLEEP))
    cluster.eventually(lambda: cluster.task(task["taskArn"])["lastStatus"] == "RUNNING")
    stopping = cluster.ecs.stop_task(cluster=cluster.name, task=task["taskArn"], reason="a test")["task"]
    assert stopping["desiredStatus"] == "STOPPED"
    ended = cluster.stopped(task["taskArn"])
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "a test")
    assert ended["containers"][0]["exitCode"] == 143
    assert cluster.ecs.list_tasks(cluster=cluster.name)["taskArns"] == []


def test_output_goes_to_the_log_group_line_by_line(cluster: Cluster, aws: Aws, unique: Callable[[str], str]) -> None:
    group = unique("/gavel/tests")
    logs = aws("logs")
    logs.create_log_group(logGroupName=group)
    program = "import sys; print('one'); print('zwei ü', file=sys.stderr); print(); print('last', end='')"
    task = run(cluster, cluster.define(program, **with_logs(group)))
    task_id = task["taskArn"].rpartition("/")[2]

    def lines() -> list[str]:
        events = logs.get_log_events(logGroupName=group, logStreamName=f"tests/main/{task_id}", startFromHead=True)
        return [event["message"] for event in events["events"]]

    cluster.stopped(task["taskArn"])
    cluster.eventually(lambda: len(lines()) == 3)
    assert lines() == ["one", "zwei ü", "last"]
    assert cluster.output(task) == "one\nzwei ü\n\nlast\n"


def test_a_task_does_not_start_without_its_log_group(cluster: Cluster, unique: Callable[[str], str]) -> None:
    task = run(cluster, cluster.define(SLEEP, **with_logs(unique("/gavel/missing"))))
    ended = cluster.stopped(task["taskArn"])
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "ResourceInitializationError" in ended["stoppedReason"]
    assert "startedAt" not in ended


def test_a_task_may_make_its_log_group(cluster: Cluster, aws: Aws, unique: Callable[[str], str]) -> None:
    group = unique("/gavel/made")
    for _ in range(2):
        task = run(cluster, cluster.define("pass", **with_logs(group, **{"awslogs-create-group": "true"})))
        assert cluster.stopped(task["taskArn"])["containers"][0]["exitCode"] == 0
    assert aws("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupName"] == group


def test_a_program_that_does_not_exist_is_told(cluster: Cluster) -> None:
    task = run(cluster, cluster.define("", command=["no-such-program"]))
    ended = cluster.stopped(task["taskArn"])
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"] == "CannotStartContainerError: no-such-program: No such file or directory"


def test_secrets_come_from_parameter_store_and_secrets_manager(
    cluster: Cluster, aws: Aws, unique: Callable[[str], str]
) -> None:
    name = unique("/gavel/secret")
    aws("ssm").put_parameter(Name=name, Type="SecureString", Value="from ssm")
    arn = aws("secretsmanager").create_secret(Name=name, SecretString='{"key": "from secrets manager"}')["ARN"]
    secrets = [{"name": "ONE", "valueFrom": name}, {"name": "TWO", "valueFrom": f"{arn}:key::"}]
    task = run(cluster, cluster.define("import os; print(os.environ['ONE'], os.environ['TWO'])", secrets=secrets))
    cluster.stopped(task["taskArn"])
    assert cluster.output(task) == "from ssm from secrets manager\n"


def test_a_task_does_not_start_without_its_secrets(cluster: Cluster, unique: Callable[[str], str]) -> None:
    secrets = [{"name": "ONE", "valueFrom": unique("/gavel/missing")}]
    ended = cluster.stopped(run(cluster, cluster.define("pass", secrets=secrets))["taskArn"])
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "unable to pull secrets: ONE" in ended["stoppedReason"]


def test_a_sidecar_without_a_program_is_skipped_and_said_so(cluster: Cluster) -> None:
    sidecar = {"name": "collector", "image": "public.ecr.aws/x/collector", "essential": False, "memory": 16}
    main = {"name": "main", "image": "gavel:local", "memory": 16, "command": ["python", "-c", "print('main')"]}
    definition = cluster.ecs.register_task_definition(family=cluster.name, containerDefinitions=[sidecar, main])
    task = run(cluster, definition["taskDefinition"]["taskDefinitionArn"])
    assert [container["name"] for container in task["containers"]] == ["collector", "main"]
    ended = cluster.stopped(task["taskArn"])
    assert ended["containers"][1]["exitCode"] == 0
    assert cluster.output(task).splitlines() == [
        "[emulator] container collector isn't run: no program for public.ecr.aws/x/collector",
        "main",
    ]


def test_every_container_ends_with_the_first_essential_one(cluster: Cluster) -> None:
    containers = [
        {"name": name, "image": "gavel:local", "memory": 16, "command": ["python", "-c", program]}
        for name, program in (("short", "pass"), ("long", SLEEP))
    ]
    definition = cluster.ecs.register_task_definition(family=cluster.name, containerDefinitions=containers)
    ended = cluster.stopped(run(cluster, definition["taskDefinition"]["taskDefinitionArn"])["taskArn"])
    assert [container["exitCode"] for container in ended["containers"]] == [0, 143]


def test_what_is_asked_for_and_is_not_there_is_said(cluster: Cluster) -> None:
    answer = cluster.ecs.describe_tasks(cluster=cluster.name, tasks=["0" * 32])
    assert answer["tasks"] == []
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    with pytest.raises(cluster.ecs.exceptions.InvalidParameterException, match="was not found"):
        cluster.ecs.stop_task(cluster=cluster.name, task="0" * 32)
    with pytest.raises(cluster.ecs.exceptions.ClientException, match="task definition"):
        run(cluster, "no-such-family")
    with pytest.raises(cluster.ecs.exceptions.ClusterNotFoundException):
        cluster.ecs.list_tasks(cluster="no-such-cluster")


def test_list_tasks_pages(cluster: Cluster) -> None:
    definition = cluster.define(SLEEP)
    arns = {run(cluster, definition)["taskArn"] for _ in range(3)}
    first = cluster.ecs.list_tasks(cluster=cluster.name, maxResults=2)
    second = cluster.ecs.list_tasks(cluster=cluster.name, maxResults=2, nextToken=first["nextToken"])
    assert {*first["taskArns"], *second["taskArns"]} == arns
    assert "nextToken" not in second
