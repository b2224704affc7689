"""Amazon ECS: moto keeps clusters, task definitions and services, the supervisor runs the tasks."""

import os
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.runtime.shutdown import SHUTDOWN_HANDLERS
from localstack.services.moto import call_moto
from moto.ecs.models import ecs_backends

from gavel_emulator.ecs.answers import count, service_answer, task_answer
from gavel_emulator.ecs.host import from_environment
from gavel_emulator.ecs.records import PENDING, RUNNING, STOPPED, Deployment, Home, Service, Task, new_task
from gavel_emulator.ecs.supervisor import Supervisor
from gavel_emulator.moto_played import Request, Response, moto_played

# What UpdateService may change of what CreateService said and moto doesn't keep.
_KEPT_FROM_UPDATE = (
    *("availabilityZoneRebalancing", "capacityProviderStrategy", "deploymentConfiguration", "enableECSManagedTags"),
    *("enableExecuteCommand", "healthCheckGracePeriodSeconds", "networkConfiguration", "platformVersion"),
)
_PAGE = 100


class EcsProvider(moto_played("ecs")):
    supervisor: Supervisor

    def on_after_init(self) -> None:
        self.supervisor = Supervisor(from_environment(os.environ))
        # Before any service stops: the last thing a task does may be a request.
        SHUTDOWN_HANDLERS.register(self.supervisor.close)

    # Services

    @handler("CreateService", expand=False)
    def create_service(self, context: RequestContext, request: Request) -> Response:
        home = _home(context, request.get("cluster"))
        known = _backend(context).services.get(f"{home.cluster.name}:{request['serviceName']}")
        if known and known.status == "ACTIVE":
            raise _invalid("Creation of service was not idempotent.")
        first = Deployment(definition=_definition(context, request.get("taskDefinition", "")))
        answer = call_moto(context)["service"]
        record = _backend(context).services[f"{home.cluster.name}:{request['serviceName']}"]
        service = Service(home=home, record=record, request=dict(request), deployments=[first])
        self.supervisor.add(service)
        return {"service": self._answer(answer, service)}

    @handler("UpdateService", expand=False)
    def update_service(self, context: RequestContext, request: Request) -> Response:
        definition = _definition(context, request["taskDefinition"]) if "taskDefinition" in request else None
        answer = call_moto(context)["service"]
        service = self._service(answer["serviceArn"])
        if service is None:
            raise CommonServiceException("ServiceNotActiveException", "Service was not ACTIVE.", sender_fault=True)
        with self.supervisor.lock:
            service.request |= {name: request[name] for name in _KEPT_FROM_UPDATE if name in request}
            running = service.deployments[0].definition
            service.record.task_definition = (definition or running).arn
            if request.get("forceNewDeployment") or (definition and definition is not running):
                self.supervisor.deploy(service, definition or running)
        return {"service": self._answer(answer, service)}

    @handler("DeleteService", expand=False)
    def delete_service(self, context: RequestContext, request: Request) -> Response:
        # Moto marks its record INACTIVE; the supervisor ends the tasks of such a service and forgets it.
        answer = call_moto(context)["service"]
        service = self._service(answer["serviceArn"])
        return {"service": (self._answer(answer, service) if service else answer) | {"status": "DRAINING"}}

    @handler("DescribeServices", expand=False)
    def describe_services(self, context: RequestContext, request: Request) -> Response:
        answer = call_moto(context)
        for position, described in enumerate(answer["services"]):
            if service := self._service(described["serviceArn"]):
                answer["services"][position] = self._answer(described, service)
        return answer

    @handler("ListServices", expand=False)
    def list_services(self, context: RequestContext, request: Request) -> Response:
        answer = call_moto(context)
        records = {service.arn: service for service in _backend(context).services.values()}
        # Moto keeps deleted services for DescribeServices; they aren't listed.
        return answer | {"serviceArns": [arn for arn in answer["serviceArns"] if records[arn].status == "ACTIVE"]}

    # Tasks

    @handler("RunTask", expand=False)
    def run_task(self, context: RequestContext, request: Request) -> Response:
        home = _home(context, request.get("cluster"))
        definition = _definition(context, request["taskDefinition"])
        if definition.network_mode == "awsvpc" and "networkConfiguration" not in request:
            raise _invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
        tasks = [
            new_task(
                home,
                definition,
                group=request.get("group", f"family:{definition.family}"),
                launch=dict(request),
                started_by=request.get("startedBy"),
                overrides=dict(request.get("overrides") or {}),
                tags=list(request.get("tags") or []),
            )
            for _ in range(request.get("count", 1))
        ]
        answers = [task_answer(task, with_tags=True) for task in tasks]
        for task in tasks:
            self.supervisor.run(task)
        return {"tasks": answers, "failures": []}

    @handler("StartTask", expand=False)
    def start_task(self, context: RequestContext, request: Request) -> Response:
        raise _invalid("This emulator has no container instances to start a task on; use RunTask.")

    @handler("StopTask", expand=False)
    def stop_task(self, context: RequestContext, request: Request) -> Response:
        home = _home(context, request.get("cluster"))
        task = self._task(home, request["task"])
        if task is None:
            raise _invalid("The referenced task was not found.")
        self.supervisor.stop(task, "UserInitiated", request.get("reason") or "Task stopped by user")
        with self.supervisor.lock:
            return {"task": task_answer(task)}

    @handler("DescribeTasks", expand=False)
    def describe_tasks(self, context: RequestContext, request: Request) -> Response:
        home = _home(context, request.get("cluster"))
        with_tags = "TAGS" in request.get("include", ())
        answer: Response = {"tasks": [], "failures": []}
        with self.supervisor.lock:
            for named in request["tasks"]:
                if task := self._task(home, named):
                    answer["tasks"].append(task_answer(task, with_tags=with_tags))
                else:
                    arn = named if named.startswith("arn:") else home.arn("task", f"{home.cluster.name}/{named}")
                    answer["failures"].append({"arn": arn, "reason": "MISSING"})
        return answer

    @handler("ListTasks", expand=False)
    def list_tasks(self, context: RequestContext, request: Request) -> Response:
        home = _home(context, request.get("cluster"))
        wanted = {
            "desired": request.get("desiredStatus", RUNNING),
            "group": f"service:{request['serviceName'].rpartition('/')[2]}" if "serviceName" in request else None,
            "started_by": request.get("startedBy"),
        }
        with self.supervisor.lock:
            arns = [
                task.arn
                for task in self.supervisor.tasks.values()
                if task.home == home
                and all(value is None or getattr(task, name) == value for name, value in wanted.items())
                and request.get("family", task.definition.family) == task.definition.family
            ]
        first = int(request.get("nextToken", 0))
        last = first + request.get("maxResults", _PAGE)
        return {"taskArns": arns[first:last]} | ({"nextToken": str(last)} if last < len(arns) else {})

    # Clusters

    @handler("DescribeClusters", expand=False)
    def describe_clusters(self, context: RequestContext, request: Request) -> Response:
        answer = call_moto(context)
        with self.supervisor.lock:
            for cluster in answer["clusters"]:
                tasks = [t for t in self.supervisor.tasks.values() if t.home.cluster.arn == cluster["clusterArn"]]
                services = [s for s in self.supervisor.services if s.home.cluster.arn == cluster["clusterArn"]]
                cluster["runningTasksCount"] = count(tasks, RUNNING)
                cluster["pendingTasksCount"] = count(tasks, PENDING)
                cluster["activeServicesCount"] = sum(service.record.status == "ACTIVE" for service in services)
        return answer

    def _service(self, arn: str) -> Service | None:
        with self.supervisor.lock:
            return next((service for service in self.supervisor.services if service.record.arn == arn), None)

    def _answer(self, from_moto: Response, service: Service) -> Response:
        with self.supervisor.lock:
            tasks = [
                task
                for task in self.supervisor.tasks.values()
                if task.group == service.group and task.home == service.home and task.status != STOPPED
            ]
            return service_answer(from_moto, service, tasks)

    def _task(self, home: Home, named: str) -> Task | None:
        """By ARN or id."""
        task = self.supervisor.tasks.get(named.rpartition("/")[2])
        return task if task and task.home == home else None


def _backend(context: RequestContext) -> Any:
    return ecs_backends[context.account_id][context.region]


def _home(context: RequestContext, cluster: str | None) -> Home:
    """Raises ClusterNotFoundException, as every operation on a cluster does."""
    record = _backend(context).clusters.get((cluster or "default").rpartition("/")[2])
    if record is None:
        raise CommonServiceException("ClusterNotFoundException", "Cluster not found.", sender_fault=True)
    return Home(account_id=context.account_id, region=context.region, cluster=record)


def _definition(context: RequestContext, named: str) -> Any:
    """Moto's record of `family`, `family:revision` or an ARN. Raises ClientException for none or an INACTIVE one."""
    family, _, revision = named.rpartition("/")[2].partition(":")
    revisions = {
        number: definition
        for number, definition in _backend(context).task_definitions.get(family, {}).items()
        if definition.status == "ACTIVE"
    }
    definition = revisions.get(int(revision) if revision else max(revisions, default=0))
    if definition is None:
        raise CommonServiceException("ClientException", "Unable to describe task definition.", sender_fault=True)
    return definition


def _invalid(text: str) -> CommonServiceException:
    return CommonServiceException("InvalidParameterException", text, sender_fault=True)
