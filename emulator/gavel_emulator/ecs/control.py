"""Control routes of the tasks: what runs, and a way to kill it.

GET  /_gavel/tasks                  [{service, id, task, status, pid, started, restarts}]
POST /_gavel/tasks/<task id>/kill   SIGKILL to the task's processes, for fault tests; its service starts another
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gavel_emulator.control import ControlError, Request, route

if TYPE_CHECKING:
    from gavel_emulator.ecs.records import Task
    from gavel_emulator.ecs.supervisor import Supervisor


def serve(supervisor_of_ecs: "Callable[[], Supervisor]") -> None:
    """Serve the routes; ECS is loaded when one is first asked for."""

    def tasks(request: Request) -> list[dict[str, Any]]:
        supervisor = supervisor_of_ecs()
        with supervisor.lock:
            restarts = {service.group: service.restarts for service in supervisor.services}
            running = [task for task in supervisor.tasks.values() if task.stopped_at is None]
            return [_told(task, restarts.get(task.group, 0)) for task in running]

    def kill(request: Request, task_id: str) -> dict[str, Any]:
        supervisor = supervisor_of_ecs()
        with supervisor.lock:
            task = supervisor.tasks.get(task_id)
            if task is None:
                raise ControlError(404, f"there is no task {task_id}")
            if task.main is None or task.main.pid is None or task.stopped_at is not None:
                raise ControlError(409, f"task {task_id} isn't running")
            supervisor.kill(task)
            return {"task": task.arn, "pid": task.main.pid}

    route("GET", "/_gavel/tasks", tasks)
    route("POST", "/_gavel/tasks/<task_id>/kill", kill)


def _told(task: "Task", restarts: int) -> dict[str, Any]:
    return {
        "service": task.name,
        "id": task.id,
        "task": task.arn,
        "status": task.status,
        "pid": task.main.pid if task.main else None,
        "started": task.started_at.timestamp() if task.started_at else None,
        "restarts": restarts,
    }
