"""One service on Fargate: its role, its logs, its task definition, and how many tasks of it there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import ecs, iam

from infra import collector
from infra.api_entrance import ApiEntrance
from infra.cluster import Cluster
from infra.config import LOCAL, StackConfig
from infra.entrance import DeskEntrance
from infra.fields import Architecture
from infra.iam import Account, Statement, document, only_from, trusted_by
from infra.logs import folder, log_group
from infra.network import Network
from infra.registry import Registry
from infra.scaling import ScalingArgs, scale
from infra.workloads.workload import Workload

UNPRIVILEGED_USER: Final = "10001:10001"
"""The user that the Dockerfile makes."""

LIVENESS_FILE: Final = "/tmp/gavel-alive"  # noqa: S108  a volume of the task's own
CPU_ARCHITECTURE: Final = {Architecture.ARM64: "ARM64", Architecture.X86_64: "X86_64"}
START_S: Final = 60
"""What a service may take to start before anybody's checks count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerArgs:
    """`entrance` is where people come to this service, if they do. `key_arn` of None leaves the log's key to AWS."""

    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    cluster: Cluster
    network: Network
    registry: Registry
    workload: Workload
    entrance: DeskEntrance | ApiEntrance | None = None


class DeploymentFailed(Exception):
    """What runs is not what was to be deployed."""


class Worker(pulumi.ComponentResource):
    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Worker", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._rights: list[iam.RolePolicy] = []
        config = args.config
        logs = log_group(
            f"{name}-logs", config=config, called=f"{folder(config)}{name}", key_arn=args.key_arn, opts=self._child
        )
        task_role = self._role("task", args.workload.statements)
        if config.collector_image:
            self._allow(task_role, f"{name}-collector-policy", collector.permissions(config, args.account))
        execution_role = self._role("execution", self._start_permissions(logs.arn))
        definition = ecs.TaskDefinition(
            f"{name}-task",
            family=f"{config.prefix}-{name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=CPU_ARCHITECTURE[config.architecture], operating_system_family="LINUX"
            ),
            cpu=str(config.capacity(name).cpu),
            memory=str(config.capacity(name).memory_mib),
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            volumes=[ecs.TaskDefinitionVolumeArgs(name="tmp")],
            container_definitions=pulumi.Output.json_dumps(self._containers(logs.name)),
            opts=self._child,
        )
        service = self._service(definition)
        pulumi.Output.all(service.task_definition, definition.arn).apply(lambda arns: stayed(name, *arns))
        if args.workload.is_scaled:
            scale(name, self._scaling(service), self._child)
        self.register_outputs({})

    def _role(self, kind: str, statements: tuple[Statement, ...]) -> iam.Role:
        account = self._args.account
        role = iam.Role(
            f"{self._name}-{kind}-role",
            name=f"{self._args.config.prefix}-{self._name}-{kind}",
            assume_role_policy=trusted_by("ecs-tasks", only_from(account, account.arn("ecs", "*"))),
            opts=self._child,
        )
        self._allow(role, f"{self._name}-{kind}-policy", statements)
        return role

    def _allow(self, role: iam.Role, name: str, statements: tuple[Statement, ...]) -> None:
        policy = iam.RolePolicy(name, role=role.name, policy=document(*statements), opts=self._child)
        self._rights.append(policy)

    def _start_permissions(self, log_group_arn: pulumi.Output[str]) -> tuple[Statement, ...]:
        """What ECS needs to start a task: the images, and a place for its logs."""
        args = self._args
        of_collector = collector.repository_arn(args.config, args.account)
        return (
            Statement(sid="SignInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            Statement(
                sid="PullImage",
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[args.registry.repository_arn, *([of_collector] if of_collector else [])],
            ),
            Statement(
                sid="WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(log_group_arn, ":*")],
            ),
        )

    def _containers(self, log_group_name: pulumi.Output[str]) -> list[dict[str, Any]]:
        args = self._args
        log = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name,
                "awslogs-region": args.account.region,
                "awslogs-stream-prefix": self._name,
                # Logs are lost rather than the service held up when CloudWatch is slow.
                "mode": "non-blocking",
                "max-buffer-size": "4m",
            },
        }
        service: dict[str, Any] = {
            "name": self._name,
            "image": args.registry.image,
            "command": ["python", "-m", args.workload.module],
            "essential": True,
            "environment": [{"name": name, "value": value} for name, value in sorted(self._environment().items())],
            "stopTimeout": args.config.stop_timeout_s,
            "user": UNPRIVILEGED_USER,
            "readonlyRootFilesystem": True,
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
            # Reaps what the container's own first process would leave as zombies, and hands signals on.
            "linuxParameters": {"initProcessEnabled": True},
            "logConfiguration": log,
        }
        if args.config.stack != LOCAL:
            service["healthCheck"] = _health_check()
        if args.entrance:
            service["portMappings"] = [{"containerPort": args.entrance.port, "protocol": "tcp"}]
        if not args.config.collector_image:
            return [service]
        # Started before the service, and so told to stop when the service has ended and sent its last.
        service["dependsOn"] = [{"containerName": collector.CONTAINER, "condition": "START"}]
        return [service, collector.container(args.config, args.account.region, log)]

    def _environment(self) -> dict[str, pulumi.Input[str]]:
        """What the service is told, and what it is told of this task."""
        config, told = self._args.config, dict(self._args.workload.environment)
        if config.stack != LOCAL:  # where tasks are processes of one machine, which nobody checks
            told["GAVEL_LIVENESS_FILE"] = LIVENESS_FILE
        if config.collector_image:
            told["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.ADDRESS
        return told

    def _service(self, definition: ecs.TaskDefinition) -> ecs.Service:
        args, entrance = self._args, self._args.entrance
        return ecs.Service(
            f"{self._name}-service",
            name=self._name,
            cluster=args.cluster.arn,
            task_definition=definition.arn,
            desired_count=args.config.capacity(self._name).min_tasks,
            capacity_provider_strategies=args.cluster.strategies(args.config),
            network_configuration=ecs.ServiceNetworkConfigurationArgs(
                subnets=args.network.private_subnet_ids,
                security_groups=[
                    args.network.task_security_group_id,
                    *([entrance.task_security_group_id] if entrance else []),
                ],
                assign_public_ip=False,
            ),
            load_balancers=self._behind(entrance) if entrance else None,
            health_check_grace_period_seconds=START_S if entrance else None,
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            wait_for_steady_state=True,  # so that `stayed` can tell
            # Without it a change of the strategies replaces the service, and its name is taken as long as it is there.
            force_new_deployment=True,
            # Queues hold what comes in meanwhile, yet nobody should wait because of a deployment.
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            enable_execute_command=False,
            propagate_tags="SERVICE",
            opts=pulumi.ResourceOptions(
                parent=self,
                # The number of tasks is autoscaling's from now on, where there is any.
                ignore_changes=["desired_count"] if args.workload.is_scaled else None,
                # A service can't name capacity providers that its cluster hasn't, nor targets that no listener serves.
                # Its tasks have their rights before they start, and until the last of them has ended.
                depends_on=[args.network, args.cluster, *self._rights, *([entrance] if entrance else [])],
            ),
        )

    def _behind(self, entrance: DeskEntrance | ApiEntrance) -> Sequence[ecs.ServiceLoadBalancerArgs]:
        return [
            ecs.ServiceLoadBalancerArgs(
                target_group_arn=entrance.target_group_arn,
                container_name=self._name,
                container_port=entrance.port,
            )
        ]

    def _scaling(self, service: ecs.Service) -> ScalingArgs:
        args, capacity = self._args, self._args.config.capacity(self._name)
        return ScalingArgs(
            prefix=args.config.prefix,
            cluster_name=args.cluster.name,
            service_name=service.name,
            queue_names=[queue.name for queue in args.workload.scales_with],
            backlog_per_task=capacity.backlog_per_task,
            min_tasks=capacity.min_tasks,
            max_tasks=args.config.most_tasks(self._name),
            floors=[floor for floor in args.config.floors if self._name in floor.min_tasks],
        )


def stayed(service: str, runs: str, meant: str) -> None:
    """Raises DeploymentFailed when ECS has gone back: the provider takes the steady state after that for success.

    https://github.com/hashicorp/terraform-provider-aws/issues/20858
    """
    if runs != meant:
        raise DeploymentFailed(
            f"{service}: its new tasks didn't stay up, so ECS went back to {runs.rpartition('/')[2]}. Its log, and the "
            "service's events, say why."
        )


def _health_check() -> dict[str, Any]:
    """Without a shell: the image needs none. What goes on in it is told by `shared.health`."""
    return {
        "command": ["CMD", "python", "-m", "shared.health", LIVENESS_FILE],
        "interval": 30,
        "timeout": 10,
        "retries": 3,
        "startPeriod": START_S,
    }
