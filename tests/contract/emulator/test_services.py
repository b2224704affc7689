"""An ECS service keeps its tasks as its record says, each a process."""

from pathlib import Path

import pytest

from tests.contract.emulator.conftest import SLEEP, Cluster

DIES_AT_ONCE = ["sh", "-c", "exit 3"]
"""Faster than Python starts on a busy machine: what has lived for a second has started."""
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); signal.pause()"
ENDS_ON_SIGTERM = """
import signal, sys
def end(*_):
    print("ending")
    sys.exit(7)
signal.signal(signal.SIGTERM, end)
print("ready")
while True:
    signal.pause()
"""


def test_a_service_starts_its_tasks_and_becomes_steady(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP), desired=2)
    tasks = cluster.running(service, count=2)
    assert {task["group"] for task in tasks} == {f"service:{service}"}
    cluster.eventually(lambda: "has reached a steady state." in cluster.service(service)["events"][0]["message"])
    described = cluster.service(service)
    (deployment,) = described["deployments"]
    assert (described["desiredCount"], described["runningCount"], described["pendingCount"]) == (2, 2, 0)
    assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert {task["startedBy"] for task in tasks} == {deployment["id"]}


def test_a_killed_task_is_replaced_and_tells_why_it_ended(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP))
    (first,) = cluster.running(service)
    cluster.emulator.post(f"/_gavel/tasks/{first['taskArn'].rpartition('/')[2]}/kill")
    ended = cluster.stopped(first["taskArn"])
    assert ended["stopCode"] == "EssentialContainerExited"
    assert ended["stoppedReason"] == "Essential container in task exited"
    assert ended["containers"][0]["exitCode"] == 137
    (second,) = cluster.running(service)
    assert second["taskArn"] != first["taskArn"]
    (told,) = [task for task in cluster.emulator.get("/_gavel/tasks") if task["service"] == service]
    assert (told["task"], told["restarts"]) == (second["taskArn"], 1)


def test_desired_count_from_none_to_two_to_none(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP), desired=0)
    assert cluster.running(service, count=0) == []
    cluster.ecs.update_service(cluster=cluster.name, service=service, desiredCount=2)
    tasks = cluster.running(service, count=2)
    cluster.ecs.update_service(cluster=cluster.name, service=service, desiredCount=0)
    cluster.running(service, count=0)
    ended = [cluster.task(task["taskArn"]) for task in tasks]
    assert [task["stopCode"] for task in ended] == ["ServiceSchedulerInitiated"] * 2
    assert all(task["stoppedReason"].startswith("Scaling activity initiated by") for task in ended)


def test_a_task_is_asked_to_end_before_it_is_killed(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(ENDS_ON_SIGTERM))
    (task,) = cluster.running(service)
    cluster.eventually(lambda: "ready" in cluster.output(task))
    cluster.ecs.update_service(cluster=cluster.name, service=service, desiredCount=0)
    assert cluster.stopped(task["taskArn"])["containers"][0]["exitCode"] == 7
    assert "ending" in cluster.output(task)


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(IGNORES_SIGTERM, stopTimeout=2))
    (task,) = cluster.running(service)
    cluster.eventually(lambda: "ready" in cluster.output(task))
    cluster.ecs.update_service(cluster=cluster.name, service=service, desiredCount=0)
    ended = cluster.stopped(task["taskArn"])
    assert ended["containers"][0]["exitCode"] == 137
    assert (ended["stoppedAt"] - ended["stoppingAt"]).total_seconds() >= 2


def test_a_new_task_definition_replaces_tasks_without_a_gap(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP))
    (old,) = cluster.running(service)
    revision = cluster.define(f"print('new'); {SLEEP}")
    answer = cluster.ecs.update_service(cluster=cluster.name, service=service, taskDefinition=revision)
    assert [deployment["status"] for deployment in answer["service"]["deployments"]] == ["PRIMARY", "ACTIVE"]
    cluster.stopped(old["taskArn"])
    (new,) = cluster.running(service)
    assert new["taskDefinitionArn"] == revision
    assert new["startedAt"] < cluster.task(old["taskArn"])["stoppingAt"]
    cluster.eventually(lambda: len(cluster.service(service)["deployments"]) == 1)


def test_a_revision_that_dies_while_starting_leaves_the_old_task_alone(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP))
    (old,) = cluster.running(service)
    broken = cluster.define("", command=DIES_AT_ONCE)
    cluster.ecs.update_service(cluster=cluster.name, service=service, taskDefinition=broken)
    cluster.eventually(lambda: cluster.service(service)["deployments"][0]["failedTasks"] >= 3)
    assert cluster.task(old["taskArn"])["lastStatus"] == "RUNNING"


def test_a_crash_loop_is_told_and_slows_down(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define("", command=DIES_AT_ONCE))
    cluster.eventually(
        lambda: any("unable to consistently start" in event["message"] for event in cluster.service(service)["events"])
    )
    stopped = cluster.ecs.list_tasks(cluster=cluster.name, serviceName=service, desiredStatus="STOPPED")["taskArns"]
    tasks = cluster.ecs.describe_tasks(cluster=cluster.name, tasks=stopped)["tasks"]
    started = sorted(task["createdAt"] for task in tasks)
    assert (started[3] - started[2]) > (started[1] - started[0])


def test_force_new_deployment_replaces_tasks_of_the_same_definition(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP))
    (old,) = cluster.running(service)
    cluster.ecs.update_service(cluster=cluster.name, service=service, forceNewDeployment=True)
    cluster.stopped(old["taskArn"])
    (new,) = cluster.running(service)
    assert new["taskDefinitionArn"] == old["taskDefinitionArn"]


def test_a_deleted_service_ends_its_tasks(cluster: Cluster) -> None:
    service = cluster.serve(cluster.define(SLEEP))
    (task,) = cluster.running(service)
    with pytest.raises(cluster.ecs.exceptions.InvalidParameterException, match="scaled above 0"):
        cluster.ecs.delete_service(cluster=cluster.name, service=service)
    cluster.ecs.delete_service(cluster=cluster.name, service=service, force=True)
    cluster.stopped(task["taskArn"])
    cluster.eventually(lambda: cluster.service(service)["status"] == "INACTIVE")
    assert cluster.ecs.list_services(cluster=cluster.name)["serviceArns"] == []
    with pytest.raises(cluster.ecs.exceptions.ServiceNotActiveException):
        cluster.ecs.update_service(cluster=cluster.name, service=service, desiredCount=1)


def test_a_service_name_is_taken_once(cluster: Cluster) -> None:
    definition = cluster.define(SLEEP)
    cluster.serve(definition, desired=0)
    with pytest.raises(cluster.ecs.exceptions.InvalidParameterException, match="not idempotent"):
        cluster.serve(definition, desired=0)


def test_what_a_task_starts_ends_with_it(cluster: Cluster) -> None:
    program = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
print("child", child.pid)
{SLEEP}
"""
    service = cluster.serve(cluster.define(program))
    (task,) = cluster.running(service)
    cluster.eventually(lambda: "child" in cluster.output(task))
    child = Path(f"/proc/{cluster.output(task).split()[1]}")
    assert child.exists()
    cluster.ecs.update_service(cluster=cluster.name, service=service, desiredCount=0)
    cluster.stopped(task["taskArn"])
    assert not child.exists()
