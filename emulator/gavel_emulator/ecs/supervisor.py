"""Keeps what runs equal to what the records say: the part of ECS that moto doesn't play.

One thread looks several times a second at every service: desired count and task definition (from moto's record, so a
change from anywhere counts), what runs, what to start or stop next. Tasks are started by that thread only; the end of a
container is told by the container's own thread. `lock` guards all records.
"""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from gavel_emulator.ecs import schedule
from gavel_emulator.ecs.host import TaskHost
from gavel_emulator.ecs.logs import LogShipper, TaskFile
from gavel_emulator.ecs.records import PENDING, RUNNING, STOPPED, STOPPING, Container, Deployment, Service, Task, now
from gavel_emulator.ecs.start import CannotStart, start

LOG = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
KEEP_STOPPED = timedelta(hours=1)
"""ECS shows a stopped task for about an hour."""

LAST_GRACE_S = 5.0
"""How long tasks have to end when the emulator does, however long their stop timeout is."""

UNSTABLE_AFTER = 4
"""So many short lives in a row make ECS's event about it."""


class Supervisor:
    def __init__(self, host: TaskHost) -> None:
        self.lock = threading.RLock()
        self.tasks: dict[str, Task] = {}
        self.services: list[Service] = []
        self._host = host
        self._shipper = LogShipper()
        self._files: dict[str, TaskFile] = {}
        self._waiting: list[Task] = []
        self._changed = threading.Condition(self.lock)
        self._closing = False
        self._thread: threading.Thread | None = None

    # What the API says. The caller holds no lock.

    def add(self, service: Service) -> None:
        with self.lock:
            self.services.append(service)
            self._wake()

    def deploy(self, service: Service, definition: Any) -> None:
        """Replace the service's tasks by new ones of `definition`, which may be the one that runs."""
        with self.lock:
            service.deployments.insert(0, Deployment(definition=definition))
            service.short_lives, service.start_after, service.steady = 0, 0.0, False
            self._wake()

    def run(self, task: Task) -> None:
        with self.lock:
            self.tasks[task.id] = task
            self._waiting.append(task)
            self._wake()

    def stop(self, task: Task, stop_code: str, reason: str) -> None:
        """SIGTERM now, SIGKILL after the longest stop timeout of the task's containers."""
        with self.lock:
            if task.desired == STOPPED:
                return
            task.desired, task.stop_code, task.stopped_reason, task.stopping_at = STOPPED, stop_code, reason, now()
            self._terminate(task)
            self._wake()

    def kill(self, task: Task) -> None:
        """SIGKILL, as the kernel's out-of-memory killer would send it: the task ends as one that failed."""
        with self.lock:
            self._kill(task)

    def close(self) -> None:
        """End every task and wait for it. Nothing is started any more."""
        with self.lock:
            self._closing = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        with self.lock:
            for task in self._active():
                self.stop(task, "ServiceSchedulerInitiated", "The emulator ends")
            for task in self._waiting:
                task.starting = False
                self._finish_if_ended(task)
            if not self._changed.wait_for(lambda: not self._active(), timeout=LAST_GRACE_S):
                for task in self._active():
                    self._kill(task)
                self._changed.wait_for(lambda: not self._active(), timeout=LAST_GRACE_S)
        self._shipper.close()

    # What containers say; see start.Watcher.

    def container_started(self, task: Task, container: Container, pid: int) -> None:
        with self.lock:
            container.pid, container.status = pid, RUNNING
            starting = [other for other in task.containers if other.plan.runs and other.status == PENDING]
            if not starting and task.status == PENDING:
                task.status, task.started_at = RUNNING, now()
            self._changed.notify_all()

    def container_ended(self, task: Task, container: Container, code: int | None, reason: str | None) -> None:
        with self.lock:
            container.status, container.exit_code = STOPPED, code
            container.reason = f"CannotStartContainerError: {reason}" if reason else None
            if task.desired != STOPPED and (container.plan.essential or reason):
                # ECS ends a task with its first essential container.
                stop_code = "TaskFailedToStart" if reason else "EssentialContainerExited"
                self.stop(task, stop_code, container.reason or "Essential container in task exited")
            self._finish_if_ended(task)

    # The thread.

    def _wake(self) -> None:
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._watch, name="gavel-ecs", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _watch(self) -> None:
        while True:
            with self.lock:
                if self._closing:
                    return
                self._look()
                waiting, self._waiting = self._waiting, []
            # Outside the lock: starting asks the emulator's own APIs, whose handlers may wait for the lock.
            for task in waiting:
                self._launch(task)
            with self.lock:
                if not self._waiting and not self._closing:
                    self._changed.wait(LOOK_EVERY_S)

    def _look(self) -> None:
        for service in list(self.services):
            self._look_at(service)
        for task in list(self.tasks.values()):
            if task.kill_after and time.monotonic() >= task.kill_after:
                task.kill_after = None
                self._kill(task)
            if task.stopped_at and now() - task.stopped_at > KEEP_STOPPED:
                del self.tasks[task.id]

    def _look_at(self, service: Service) -> None:
        desired = service.record.desired_count if service.record.status == "ACTIVE" else 0
        primary = service.deployments[0]
        tasks = [task for task in self._active() if task.group == service.group and task.home == service.home]
        going = [task for task in tasks if task.desired != STOPPED]
        changes = schedule.changes(desired, [_standing(task, primary) for task in going], **service.percentages())
        if changes.start and time.monotonic() >= service.start_after:
            self._start_tasks(service, primary, changes.start)
        for task in going:
            if task.id in changes.stop:
                self.stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary.id})")
        if changes.stop:
            service.tell(f"has stopped {len(changes.stop)} running tasks: {_named(changes.stop)}.")
        self._settle(service, tasks, desired)

    def _start_tasks(self, service: Service, deployment: Deployment, count: int) -> None:
        started = [service.task(deployment) for _ in range(count)]
        for task in started:
            self.tasks[task.id] = task
        self._waiting += started
        service.tell(f"has started {count} tasks: {_named([task.id for task in started])}.")

    def _settle(self, service: Service, tasks: list[Task], desired: int) -> None:
        """Note when a deployment is complete, when the service is steady, when it is gone."""
        primary = service.deployments[0]
        current = [task for task in tasks if _standing(task, primary).steady and task.deployment_id == primary.id]
        steady = len(tasks) == len(current) == desired
        if steady and not primary.completed:
            primary.completed, primary.updated_at = True, now()
            del service.deployments[1:]
            service.tell(f"(deployment {primary.id}) deployment completed.")
        if steady and not service.steady:
            service.tell("has reached a steady state.")
        service.steady = steady
        if service.record.status != "ACTIVE" and not tasks:
            self.services.remove(service)

    def _launch(self, task: Task) -> None:
        if task.desired != STOPPED:
            self._host.logs.mkdir(parents=True, exist_ok=True)
            file = self._files[task.id] = TaskFile(self._host.logs / f"{task.name}-{task.id}.log")
            try:
                start(task, file, host=self._host, shipper=self._shipper, watcher=self)
            except CannotStart as problem:
                LOG.warning("a task of %s can't start: %s", task.name, problem)
                file.write(f"[emulator] {problem}")
                self.stop(task, "TaskFailedToStart", str(problem))
        with self.lock:
            task.starting = False
            if task.desired == STOPPED:
                self._terminate(task)  # it was stopped while it was being started
            self._finish_if_ended(task)

    # With the lock held.

    def _active(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.status != STOPPED]

    def _terminate(self, task: Task) -> None:
        running = [container for container in task.containers if container.process and container.status != STOPPED]
        for container in running:
            container.process.terminate()
        if running:
            task.status = STOPPING
            task.kill_after = time.monotonic() + max(container.plan.stop_timeout_s for container in running)

    def _kill(self, task: Task) -> None:
        for container in task.containers:
            if container.process and container.status != STOPPED:
                container.process.kill()

    def _finish_if_ended(self, task: Task) -> None:
        alive = any(container.process and container.status != STOPPED for container in task.containers)
        if task.starting or alive or task.status == STOPPED:
            return
        task.status, task.stopped_at, task.kill_after = STOPPED, now(), None
        if file := self._files.pop(task.id, None):
            file.close()
        failed = task.stop_code in ("EssentialContainerExited", "TaskFailedToStart")
        for service in self.services:
            if failed and service.group == task.group and service.home == task.home:
                self._count_failure(service, task)
        self._changed.notify_all()

    def _count_failure(self, service: Service, task: Task) -> None:
        service.restarts += 1
        service.short_lives = service.short_lives + 1 if task.lived_s() < schedule.SHORT_LIFE_S else 0
        service.start_after = time.monotonic() + schedule.restart_delay_s(service.short_lives)
        if service.short_lives == UNSTABLE_AFTER:
            service.tell("is unable to consistently start tasks successfully.")
        for deployment in service.deployments:
            deployment.failed_tasks += deployment.id == task.deployment_id


def _standing(task: Task, primary: Deployment) -> schedule.Standing:
    running = task.status == RUNNING
    return schedule.Standing(
        id=task.id,
        current=task.deployment_id == primary.id,
        running=running,
        steady=running and task.lived_s() >= schedule.STEADY_AFTER_S,
    )


def _named(ids: Any) -> str:
    return " ".join(f"(task {task_id})" for task_id in ids)
