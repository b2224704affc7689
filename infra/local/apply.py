"""Applies the Pulumi program to the emulator: the very program that `pulumi up` applies to AWS, without Pulumi's CLI.

Applying it again changes what has changed in the program, and nothing else. What the program no longer has stays: the
emulator keeps nothing beyond its end.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from infra.config import LOCAL, load, stack_file
from infra.local import ec2, identity, messages, records, s3, sagemaker, tasks, watching
from infra.local.aws import Aws, Made, Maker, Properties
from infra.local.engine import run

MAKERS: Final[Mapping[str, Maker]] = {
    **s3.MAKERS,
    **messages.MAKERS,
    **identity.MAKERS,
    **ec2.MAKERS,
    **tasks.MAKERS,
    **watching.MAKERS,
    **records.MAKERS,
    **sagemaker.MAKERS,
}

ACCOUNT: Final = "000000000000"
"""The emulator's account for everybody who names none."""

NOT_MADE: Final[Mapping[str, str]] = {
    "pulumi:providers:aws": "it says how to reach AWS, which here is the endpoint that is given",
    **dict.fromkeys(
        (
            *("aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup", "aws:lb/listener:Listener"),
            "aws:lb/listenerRule:ListenerRule",
            *("aws:wafv2/webAcl:WebAcl", "aws:wafv2/webAclAssociation:WebAclAssociation"),
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            "aws:route53/record:Record",
        ),
        "the tasks of desk and API are processes that are reached directly: nothing could stand before them",
    ),
}
"""Resources that aren't made in the emulator, with the reason. Any other without a maker is an error."""


class ApplyError(Exception):
    """The program can't be applied; the text names each resource that couldn't be made, and why."""


class Emulator(Mocks):
    """Stands in for Pulumi's engine: makes each resource when the program declares it."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._lock = threading.Lock()
        self.made: Counter[str] = Counter()
        self.problems: list[str] = []

    def call(self, args: MockCallArgs) -> Any:
        match args.token:
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": self._aws.account}
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                zones = self._aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
                return {"names": sorted(zone["ZoneName"] for zone in zones)}
            case _:
                raise ApplyError(f"{args.token}: nobody has said how to ask the emulator for it")

    def new_resource(self, args: MockResourceArgs) -> Any:
        inputs = _whole_numbers(args.inputs)
        if not args.custom or args.typ in NOT_MADE:
            return "", inputs
        try:
            made = self._make(args, inputs)
        except (ApplyError, BotoCoreError, ClientError) as error:
            with self._lock:
                self.problems.append(f"{args.typ} {args.name}: {error}")
            raise
        with self._lock:
            self.made[args.typ] += 1
        return made.id, inputs | dict(made.outputs)

    def _make(self, args: MockResourceArgs, inputs: Properties) -> Made:
        maker = MAKERS.get(args.typ)
        if maker is None:
            raise ApplyError("nobody has said how to make this in the emulator")
        return maker(self._aws, args.name, inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of it: the program's outputs, how many resources of which type there are, and every call that changed
    something, by name (`sqs:CreateQueue`)."""

    outputs: Mapping[str, Any]
    resources: Mapping[str, int]
    changes: Mapping[str, int]
    seconds: float

    def told(self) -> Iterator[str]:
        yield f"{sum(self.resources.values())} resources of {len(self.resources)} types in {self.seconds:.1f} s"
        calls = ", ".join(f"{count} {name}" for name, count in sorted(self.changes.items()))
        yield f"changed by {sum(self.changes.values())} calls: {calls}" if calls else "nothing has changed"


def apply(endpoint: str, *, stack: str = LOCAL, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Make everything that the stack's program declares at this endpoint; returns the program's outputs.

    `overrides` are configuration values that win over those of the stack's file. Raises ConfigError when they don't
    fit, ApplyError when something can't be made.
    """
    return dict(applied(endpoint, stack=stack, overrides=overrides).outputs)


def applied(endpoint: str, *, stack: str = LOCAL, overrides: Mapping[str, Any] | None = None) -> Applied:
    """As `apply`, with an account of what was done."""
    started = time.monotonic()
    values = stack_file(stack) | dict(overrides or {})
    config = load(stack, values)
    aws = Aws(endpoint, region=config.region, account=config.account_id or ACCOUNT)
    emulator = Emulator(aws)
    try:
        outputs = run(emulator, stack=stack, values=values)
    except (ApplyError, BotoCoreError, ClientError) as error:
        raise ApplyError("\n".join(emulator.problems) or str(error)) from error
    return Applied(outputs=outputs, resources=emulator.made, changes=aws.writes, seconds=time.monotonic() - started)


def _whole_numbers(value: Any) -> Any:
    """The protocol between program and engine has one kind of number; AWS's clients tell 7 from 7.0."""
    if isinstance(value, dict):
        return {key: _whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
