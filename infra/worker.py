"""One service on Fargate: its role, its logs, its task definition, and how many tasks of it there are."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, ecs, iam

from infra.cluster import Cluster
from infra.config import StackConfig
from infra.iam import Account, Statement, document, only_from, trusted_by
from infra.network import Network
from infra.registry import Registry
from infra.scaling import ScalingArgs, scale_by_backlog
from infra.workloads import Workload

UNPRIVILEGED_USER: Final = "10001:10001"
"""The user that the Dockerfile makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerArgs:
    config: StackConfig
    account: Account
    cluster: Cluster
    network: Network
    registry: Registry
    workload: Workload


class Worker(pulumi.ComponentResource):
    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Worker", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        log_group = cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/gavel/{args.config.stack}/{name}",
            retention_in_days=args.config.log_retention_days,
            opts=self._child,
        )
        task_role = self._role("task", args.workload.statements)
        execution_role = self._role("execution", self._start_permissions(log_group))
        definition = ecs.TaskDefinition(
            f"{name}-task",
            family=f"{args.config.prefix}-{name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture="ARM64", operating_system_family="LINUX"
            ),
            cpu=str(args.config.capacity(name).cpu),
            memory=str(args.config.capacity(name).memory_mib),
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            volumes=[ecs.TaskDefinitionVolumeArgs(name="tmp")],
            container_definitions=self._containers(log_group),
            opts=self._child,
        )
        service = self._service(definition)
        if args.workload.scales_with:
            scale_by_backlog(name, self._scaling(service), self._child)
        self.register_outputs({})

    def _role(self, kind: str, statements: tuple[Statement, ...]) -> iam.Role:
        account = self._args.account
        role = iam.Role(
            f"{self._name}-{kind}-role",
            name=f"{self._args.config.prefix}-{self._name}-{kind}",
            assume_role_policy=trusted_by("ecs-tasks", only_from(account, account.arn("ecs", "*"))),
            opts=self._child,
        )
        iam.RolePolicy(f"{self._name}-{kind}-policy", role=role.name, policy=document(*statements), opts=self._child)
        return role

    def _start_permissions(self, log_group: cloudwatch.LogGroup) -> tuple[Statement, ...]:
        """What ECS needs to start a task: the image, and a place for its logs."""
        return (
            Statement(sid="SignInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            Statement(
                sid="PullImage",
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[self._args.registry.repository_arn],
            ),
            Statement(
                sid="WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(log_group.arn, ":*")],
            ),
        )

    def _containers(self, log_group: cloudwatch.LogGroup) -> pulumi.Output[str]:
        args = self._args
        return pulumi.Output.json_dumps(
            [
                {
                    "name": self._name,
                    "image": args.registry.image,
                    "command": ["python", "-m", args.workload.module],
                    "essential": True,
                    "environment": [
                        {"name": variable, "value": value}
                        for variable, value in sorted(args.workload.environment.items())
                    ],
                    "stopTimeout": args.config.stop_timeout_s,
                    "user": UNPRIVILEGED_USER,
                    "readonlyRootFilesystem": True,
                    "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
                    # Reaps what the container's own first process would leave as zombies, and hands signals on.
                    "linuxParameters": {"initProcessEnabled": True},
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": log_group.name,
                            "awslogs-region": args.account.region,
                            "awslogs-stream-prefix": self._name,
                            # Logs are lost rather than the service held up when CloudWatch is slow.
                            "mode": "non-blocking",
                            "max-buffer-size": "4m",
                        },
                    },
                }
            ]
        )

    def _service(self, definition: ecs.TaskDefinition) -> ecs.Service:
        args = self._args
        return ecs.Service(
            f"{self._name}-service",
            name=self._name,
            cluster=args.cluster.arn,
            task_definition=definition.arn,
            desired_count=args.config.capacity(self._name).min_tasks,
            launch_type="FARGATE",
            network_configuration=ecs.ServiceNetworkConfigurationArgs(
                subnets=args.network.private_subnet_ids,
                security_groups=[args.network.task_security_group_id],
                assign_public_ip=False,
            ),
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            # Queues hold what comes in meanwhile, yet nobody should wait because of a deployment.
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            enable_execute_command=False,
            propagate_tags="SERVICE",
            # The number of tasks is autoscaling's from now on.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["desired_count"], depends_on=[args.network]),
        )

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
        )
