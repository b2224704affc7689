"""What a stack has that costs money whether or not anybody uses it, counted in what the program declares.

`python -m infra.inventory --stack dev` prints it as JSON; `gavel cost` reads that, so that no figure can drift from the
program. Tasks are counted at their floor, as they are once there is an image.
"""

import argparse
import json
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from infra.config import ConfigError, load, stack_file
from infra.local.engine import run

Properties = Mapping[str, Any]
Resource = tuple[str, Properties]
"""Type and inputs."""
Count = tuple[str, float]
Charge = Callable[[Properties, Sequence[Resource]], Iterator[Count]]

ACCOUNT: Final = "111122223333"
SPOT: Final = "FARGATE_SPOT"

BY_USE: Final = ("cognito/", "dynamodb/", "ecr/", "iam/", "rekognition/", "s3/", "sagemaker/", "sns/", "sqs/", "ssm/")
"""Services, of Pulumi's `aws:`, that charge for what their resources hold and are asked, not for having them."""
FREE: Final = frozenset(
    {
        *("appautoscaling/scheduledAction", "appautoscaling/target", "cloudwatch/eventRule", "cloudwatch/eventTarget"),
        *("cloudwatch/logGroup", "ec2/defaultSecurityGroup", "ec2/flowLog", "ec2/internetGateway", "ec2/route"),
        *("ec2/routeTable", "ec2/routeTableAssociation", "ec2/securityGroup", "ec2/subnet", "ec2/vpc"),
        *("ecs/cluster", "ecs/clusterCapacityProviders", "ecs/taskDefinition", "kms/alias", "lb/listener"),
        *("lb/listenerRule", "lb/targetGroup", "route53/record", "vpc/securityGroupEgressRule"),
        *("vpc/securityGroupIngressRule", "wafv2/webAclAssociation", "wafv2/webAclLoggingConfiguration"),
    }
)
"""Types of the others that cost nothing by themselves."""


class Unpriced(Exception):
    """The program declares a type that nobody has said the cost of."""


def counted(stack: str, values: Mapping[str, Any]) -> dict[str, float]:
    """How many of each charged thing a stack of this configuration has: see `count`. Raises ConfigError, Unpriced."""
    engine = _Engine()
    has_image = load(stack, values).has_image
    run(engine, stack=stack, values=dict(values) | ({} if has_image else {"image_tag": "counted"}))
    return count(engine.declared)


def count(declared: Sequence[Resource]) -> dict[str, float]:
    """By the names of `shared.prices`, and of `task`, which polls. Raises Unpriced for a type that isn't known."""
    total: dict[str, float] = defaultdict(float)
    for type_, inputs in declared:
        charged = CHARGED.get(type_)
        if charged is not None:
            for name, number in charged(inputs, declared):
                total[name] += number
        elif type_.startswith("aws:") and not is_free(type_):
            raise Unpriced(f"{type_}: say in infra/inventory.py what it costs while nobody uses it")
    return {name: number for name, number in sorted(total.items()) if number}


def is_free(type_: str) -> bool:
    name = type_.removeprefix("aws:")
    return name.startswith(BY_USE) or name.partition(":")[0] in FREE


class _Engine(Mocks):
    """Makes nothing; answers with what the program may ask of a resource, made up."""

    def __init__(self) -> None:
        self.declared: list[Resource] = []
        self._lock = threading.Lock()

    def call(self, args: MockCallArgs) -> Any:
        answers: Mapping[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["zone-a", "zone-b", "zone-c", "zone-d"]},
        }
        return answers.get(args.token, {})

    def new_resource(self, args: MockResourceArgs) -> Any:
        with self._lock:
            self.declared.append((args.typ, args.inputs))
        made_up = {"arn": f"arn:aws:{args.name}", "url": f"https://{args.name}", "repositoryUrl": args.name}
        return f"{args.name}-id", made_up | dict(args.inputs)


def _of(declared: Sequence[Resource], type_: str) -> list[Properties]:
    return [inputs for each, inputs in declared if each == type_]


def _one(name: str) -> Charge:
    def charge(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
        yield name, 1

    return charge


def _endpoint(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
    if inputs.get("vpcEndpointType") == "Interface":
        yield "endpoint_zone", len(inputs["subnetIds"])


def _balancer(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
    yield "load_balancer", 1
    if not inputs.get("internal"):
        yield "public_ipv4", len(inputs["subnets"])


def _firewall(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
    yield "web_acl", 1
    yield "web_acl_rule", len(json.loads(inputs["ruleJson"])) if "ruleJson" in inputs else len(inputs.get("rules", ()))


def _alarm(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
    """Charged by the metrics that it looks at."""
    yield "alarm_metric", sum("metric" in query for query in inputs.get("metricQueries", ())) or 1


def _target_tracking(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
    """Application Auto Scaling makes two alarms of a policy: one to scale out, one to scale in."""
    tracked = inputs["targetTrackingScalingPolicyConfiguration"].get("customizedMetricSpecification", {}).get("metrics")
    yield "alarm_metric", 2 * (sum("metricStat" in metric for metric in tracked) if tracked else 1)


def _service(inputs: Properties, declared: Sequence[Resource]) -> Iterator[Count]:
    """Its floor: what autoscaling keeps at least, or what there is without it; by CPU and memory of a task. Tasks that
    scale with queues are told too, since they poll them."""
    scaled = {each["resourceId"].rpartition("/")[2]: each["minCapacity"] for each in _of(declared, TARGET)}
    tasks = scaled[inputs["name"]] if inputs["name"] in scaled else inputs.get("desiredCount", 0)
    if _polls(inputs["name"], declared):
        yield "task", tasks
    (task,) = (each for each in _of(declared, TASK) if each["family"].endswith(f"-{inputs['name']}"))
    architecture = task["runtimePlatform"]["cpuArchitecture"].lower()
    strategies = inputs.get("capacityProviderStrategies", ())
    kept = min(tasks, sum(each.get("base", 0) for each in strategies if each["capacityProvider"] != SPOT))
    weights = {each["capacityProvider"]: each.get("weight", 0) for each in strategies}
    spot = weights.get(SPOT, 0) / sum(weights.values()) if sum(weights.values()) else 0
    for market, share in (("", kept + (tasks - kept) * (1 - spot)), ("_spot", (tasks - kept) * spot)):
        yield f"fargate_vcpu_{architecture}{market}", share * int(task["cpu"]) / 1024
        yield f"fargate_gb_{architecture}{market}", share * int(task["memory"]) / 1024


def _polls(service: str, declared: Sequence[Resource]) -> bool:
    """Whether the service is scaled by what waits in its queues."""
    return any(
        each["resourceId"].rpartition("/")[2] == service
        and "customizedMetricSpecification" in each["targetTrackingScalingPolicyConfiguration"]
        for each in _of(declared, POLICY)
    )


POLICY: Final = "aws:appautoscaling/policy:Policy"
TARGET: Final = "aws:appautoscaling/target:Target"
TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
CHARGED: Final[Mapping[str, Charge]] = {
    POLICY: _target_tracking,
    "aws:cloudwatch/dashboard:Dashboard": _one("dashboard"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:ec2/eip:Eip": _one("public_ipv4"),
    "aws:ec2/natGateway:NatGateway": _one("nat_gateway"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ecs/service:Service": _service,
    "aws:kms/key:Key": _one("kms_key"),
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:wafv2/webAcl:WebAcl": _firewall,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stack", required=True)
    chosen = parser.parse_args()
    try:
        values = stack_file(chosen.stack)
        found = {"review": load(chosen.stack, values).review_backend, "counted": counted(chosen.stack, values)}
        print(json.dumps(found))  # noqa: T201  its output
    except (ConfigError, FileNotFoundError) as error:
        sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
