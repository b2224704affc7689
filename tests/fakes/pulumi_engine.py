"""An engine for the Pulumi program that makes nothing: it keeps what the program declares and answers as AWS would."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.mocks import MockMonitor

ACCOUNT = "111122223333"
REGION = "us-east-1"
ZONES = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2", "us-east-1c": "use1-az3", "us-east-1d": "use1-az4"}
LOCAL_ZONES = {"us-east-1-bos-1a": "use1-bos1-az1"}

Outputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One resource as the program declared it; inputs have Pulumi's own names (camelCase)."""

    type: str
    name: str
    inputs: Mapping[str, Any]

    def json(self, key: str) -> Any:
        return json.loads(self.inputs[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the program asks of Pulumi's engine for one resource; `after` are the names of what has to be there first,
    and goes later."""

    is_protected: bool
    is_deleted_first: bool
    is_kept: bool
    after: frozenset[str]


@dataclass
class RecordingEngine(Mocks):
    """In a preview nothing is known but the inputs, as on the first `pulumi preview` of a new stack."""

    preview: bool = False
    resources: list[Declared] = field(default_factory=list)
    options: dict[tuple[str, str], Options] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, args: MockCallArgs) -> Any:
        match args.token:
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": ACCOUNT}
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                return {"names": _zones(**args.args)}
            case _:
                raise LookupError(f"nobody has said what {args.token} answers")

    def new_resource(self, args: MockResourceArgs) -> Any:
        with self._lock:
            self.resources.append(Declared(type=args.typ, name=args.name, inputs=args.inputs))
        if self.preview or not args.custom:
            return "", dict(args.inputs)
        answer = COMPUTED.get(args.typ, _only_inputs)
        return f"{args.name}-id", dict(args.inputs) | answer(args.name, args.inputs)


class RecordingMonitor(MockMonitor):
    """Hands the engine what Pulumi's own monitor drops."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  Pulumi's name
        assert isinstance(self.mocks, RecordingEngine)
        self.mocks.options[request.type, request.name] = Options(
            is_protected=request.protect,
            is_deleted_first=request.deleteBeforeReplace,
            is_kept=request.retainOnDelete,
            after=frozenset(urn.rpartition("::")[2] for urn in request.dependencies),
        )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # Pulumi has no types here


def arn(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def _zones(*, state: str, filters: list[dict[str, Any]], excludeZoneIds: list[str]) -> list[str]:  # noqa: N803  Pulumi's
    """Sorted by name, as the provider has them."""
    assert state == "available"
    only = {"name": "zone-type", "values": ["availability-zone"]}
    there = ZONES if only in filters else ZONES | LOCAL_ZONES
    return sorted(name for name, id_ in there.items() if id_ not in excludeZoneIds)


def _only_inputs(name: str, inputs: Outputs) -> dict[str, Any]:
    return {}


def _arn_by(service: str, resource: str, key: str) -> Callable[[str, Outputs], dict[str, Any]]:
    return lambda name, inputs: {"arn": arn(service, f"{resource}{inputs[key]}")}


def _queue(name: str, inputs: Outputs) -> dict[str, Any]:
    return {
        "arn": arn("sqs", inputs["name"]),
        "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{inputs['name']}",
    }


def _repository(name: str, inputs: Outputs) -> dict[str, Any]:
    return {
        "arn": arn("ecr", f"repository/{inputs['name']}"),
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{inputs['name']}",
    }


COMPUTED: Mapping[str, Callable[[str, Outputs], dict[str, Any]]] = {
    "aws:kms/key:Key": lambda name, inputs: {"arn": arn("kms", f"key/{name}"), "keyId": name},
    "aws:s3/bucket:Bucket": lambda name, inputs: {"arn": f"arn:aws:s3:::{inputs['bucket']}"},
    "aws:sqs/queue:Queue": _queue,
    "aws:sns/topic:Topic": _arn_by("sns", "", "name"),
    "aws:dynamodb/table:Table": _arn_by("dynamodb", "table/", "name"),
    "aws:iam/role:Role": lambda name, inputs: {"arn": f"arn:aws:iam::{ACCOUNT}:role/{inputs['name']}"},
    "aws:cloudwatch/logGroup:LogGroup": _arn_by("logs", "log-group:", "name"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _arn_by("cloudwatch", "alarm:", "name"),
    "aws:cloudwatch/eventRule:EventRule": _arn_by("events", "rule/", "name"),
    "aws:ecs/cluster:Cluster": _arn_by("ecs", "cluster/", "name"),
    "aws:ecs/taskDefinition:TaskDefinition": lambda name, inputs: {
        "arn": arn("ecs", f"task-definition/{inputs['family']}:1")
    },
    "aws:ecr/repository:Repository": _repository,
    "aws:ec2/vpcEndpoint:VpcEndpoint": lambda name, inputs: {"prefixListId": f"pl-{name}"},
    "aws:ec2/eip:Eip": lambda name, inputs: {"allocationId": f"eipalloc-{name}"},
    "aws:lb/loadBalancer:LoadBalancer": lambda name, inputs: {
        "arn": arn("elasticloadbalancing", f"loadbalancer/app/{inputs['name']}/0123456789abcdef"),
        "dnsName": f"{inputs['name']}-1234.{REGION}.elb.amazonaws.com",
        "arnSuffix": f"app/{inputs['name']}/0123456789abcdef",
        "zoneId": "Z35SXDOTRQ7X7K",
    },
    "aws:lb/targetGroup:TargetGroup": lambda name, inputs: {
        "arn": arn("elasticloadbalancing", f"targetgroup/{inputs['name']}/0123456789abcdef"),
        "arnSuffix": f"targetgroup/{inputs['name']}/0123456789abcdef",
    },
    "aws:wafv2/webAcl:WebAcl": _arn_by("wafv2", "regional/webacl/", "name"),
    "aws:sagemaker/workteam:Workteam": _arn_by("sagemaker", "workteam/private-crowd/", "workteamName"),
    "aws:sagemaker/humanTaskUI:HumanTaskUI": _arn_by("sagemaker", "human-task-ui/", "humanTaskUiName"),
    "aws:sagemaker/flowDefinition:FlowDefinition": _arn_by("sagemaker", "flow-definition/", "flowDefinitionName"),
}
"""What AWS adds to a resource's inputs, as far as the program uses it."""
