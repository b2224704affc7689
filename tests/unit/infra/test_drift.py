"""What the program declares against what the code takes for granted: names of queues, who sends and who consumes,
shapes of events, attributes of messages. (Environment: `test_workers`. Permissions: `test_least_privilege`.)"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from msgspec.structs import fields

from cli.connection import Outputs
from infra.config import API, DESK, SERVICES
from services.results.domain import verdict_attributes
from services.review.desk.domain import reports
from services.review.desk.domain.loops import Ending
from shared.aws.sns import ATTRIBUTE_LIMIT
from shared.contracts.cloudevents import decode
from shared.contracts.messages import VERDICT_REACHED, VerdictReached
from shared.telemetry.carrier import TRACEPARENT
from tests.fakes.human_loops import HumanLoops
from tests.unit.infra.reachable import ROOT
from tests.unit.infra.stacks import KINDS, WITH_API, WITH_DESK, declared
from tests.unit.review_desk.reviewing import loop

FROM_OUTSIDE: Final = {
    "media-events": "producers and S3 send to it",
    "appeals": "`gavel appeal` and producers send to it",
    "human-loop-events": "EventBridge sends to it",
    "video-completions": "Rekognition's topic sends to it",
}
"""Queues that are filled from outside of the services, with the reason."""

NAMED_OTHERWISE: Final = {
    "GAVEL_DESK_URL": "an address for browsers",
    "GAVEL_CONSOLE_URL": "an address for browsers",
    "GAVEL_TRACE_URL": "an address for browsers",
    "GAVEL_POLICY_BUCKET": "the bucket is called policies",
    "GAVEL_VIDEO_TOPIC_ARN": "Rekognition wants its own name in it",
}
"""Variables whose resource isn't called as they are, with the reason."""


def sent(service: str) -> set[str]:
    """The queues that a service's own modules make a `SqsOutbox` of, by their settings."""
    return {queue for tree in _trees(service) for call in _outboxes(tree) for queue in _urls(call)}


def consumed(service: str) -> set[str]:
    """Those that it is told of for anything else."""
    return {queue for tree in _trees(service) for queue in _urls(tree, but=list(_outboxes(tree)))}


def _trees(service: str) -> Iterator[ast.AST]:
    for path in (ROOT / "services" / service).rglob("*.py"):
        if {"api", "console"} & set(path.parts):  # a service of its own
            continue
        yield ast.parse(path.read_text(encoding="utf-8"))


def _outboxes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="SqsOutbox")):
                yield node


def _urls(top: ast.AST, but: Sequence[ast.AST] = ()) -> Iterator[str]:
    """`media-events` of `settings.media_events_url`."""
    left_out = {id(node) for one in but for node in ast.walk(one)}
    for node in ast.walk(top):
        match node:
            case ast.Attribute(value=ast.Name(id="settings"), attr=attr) if attr.endswith("_url"):
                if id(node) not in left_out and f"GAVEL_{attr.upper()}" not in NAMED_OTHERWISE:
                    yield attr.removesuffix("_url").replace("_", "-")


def may(service: str, action: str, kind: str = "dev") -> set[str]:
    """The queues, by their names in every stack, that a service's role allows an action on."""
    return {
        arn.rpartition(f":gavel-{kind}-")[2]
        for each in declared(kind).statements()
        if each.resource.name == f"{service}-task-policy" and action in each.actions
        for arn in each.resources
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_use_its_queues_as_its_code_wires_them(service: str) -> None:
    received = {queue for queue in may(service, "sqs:ReceiveMessage") if not queue.endswith("-dlq")}
    assert received == consumed(service)
    # A message that has to wait long is sent anew to the queue that it came from.
    assert may(service, "sqs:SendMessage") == sent(service) | consumed(service)


def test_every_queue_has_one_service_that_consumes_it_and_somebody_who_sends_to_it() -> None:
    queues = set(declared("dev").outputs["queues"])
    consumers = [queue for service in SERVICES for queue in may(service, "sqs:ReceiveMessage") if queue in queues]
    assert sorted(consumers) == sorted(queues)
    sent_to = set().union(*(sent(service) for service in SERVICES))
    assert queues - sent_to <= set(FROM_OUTSIDE)
    assert queues >= sent_to


@pytest.mark.parametrize("kind", KINDS)
def test_a_variable_names_the_resource_that_is_called_like_it(kind: str) -> None:
    declaration = declared(kind)
    for service in (*SERVICES, *([DESK] if kind in WITH_DESK else []), *([API] if kind in WITH_API else [])):
        for name, value in declaration.environment(service).items():
            what = re.fullmatch(r"GAVEL_(\w+)_(?:URL|BUCKET|TABLE|TOPIC_ARN)", name)
            if what and name not in NAMED_OTHERWISE:
                assert f"-{what[1].lower().replace('_', '-')}" in value, f"{service}: {name}={value}"


def test_the_command_line_reads_what_the_program_exports() -> None:
    exported = declared("dev").outputs
    assert {each.encode_name for each in fields(Outputs) if each.required} <= set(exported)
    for outputs, names in _read_by_name().items():
        assert names <= set(exported[outputs]), outputs


def _read_by_name() -> Mapping[str, set[str]]:
    """`{"queues": {"appeals"}}` of `connection.outputs.queues["appeals"]` anywhere in the command line."""
    found: dict[str, set[str]] = {"queues": set(), "dead_letters": set(), "topics": set()}
    for path in (ROOT / "cli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Subscript(value=ast.Attribute(attr=attr), slice=ast.Constant(value=str(name))) if (
                    attr in found
                ):
                    found[attr].add(name)
    assert found["queues"]
    return found


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """EventBridge's event patterns as far as the program uses them: exact values, prefixes, and nesting."""
    return all(
        matches(wanted, event.get(key, {})) if isinstance(wanted, Mapping) else _is_one_of(wanted, event.get(key))
        for key, wanted in pattern.items()
    )


def _is_one_of(wanted: list[Any], value: Any) -> bool:
    return any(str(value).startswith(each["prefix"]) if isinstance(each, Mapping) else value == each for each in wanted)


def delivered(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of PutEvents as rules see it."""
    detail = entry["Detail"]
    return {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(detail) if isinstance(detail, str) else detail,
    }


def desk_event(flows: str) -> dict[str, Any]:
    ended = replace(loop(flow=f"{flows}standard"), ending=Ending(status="Completed"))
    return delivered(reports.event(ended))


def a2i_event(flow: str) -> dict[str, Any]:
    """An event as the emulator builds it from the documentation."""
    loops = HumanLoops()
    loops.start()
    loops.pass_time(days=11)
    (event,) = loops.world.events
    told = delivered(event)
    return {**told, "detail": {**told["detail"], "flowDefinitionArn": flow}}


@pytest.mark.parametrize("kind", KINDS)
def test_the_rule_lets_this_stacks_loop_events_through_and_no_other_stacks(kind: str) -> None:
    declaration = declared(kind)
    pattern = declaration.one("aws:cloudwatch/eventRule:EventRule", "human-loop-status").json("eventPattern")
    events = [a2i_event(flow) for flows in declaration.outputs["flow_definitions"].values() for flow in flows.values()]
    if kind in WITH_DESK:
        events.append(desk_event(declaration.environment("review")["GAVEL_DESK_FLOWS"]))
    assert events
    for event in events:
        assert matches(pattern, event)
        assert not matches(pattern, {**event, "source": "somebody.else"})
        assert not matches(pattern, {**event, "detail-type": "SageMaker Training Job State Change"})
        flow = event["detail"]["flowDefinitionArn"].replace(":flow-definition/gavel-", ":flow-definition/gavel-other")
        assert not matches(pattern, {**event, "detail": {**event["detail"], "flowDefinitionArn": flow}})


@pytest.mark.parametrize("kind", WITH_DESK)
def test_who_tells_the_ends_of_the_desks_loops_may_tell_them_under_the_name_that_it_uses(kind: str) -> None:
    telling = [each for each in declared(kind).statements() if "events:PutEvents" in each.actions]
    assert {each.resource.name for each in telling} == {"review-task-policy", "desk-task-policy"}
    for each in telling:
        assert each.conditions == {"StringEquals": {"events:source": reports.EVENT_SOURCE}}


def test_subscribers_can_filter_on_what_the_readme_says() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    promised = re.search(r"with a filter policy on (.+?):", text, re.DOTALL)
    assert promised
    names = set(re.findall(r"`(\w+)`", promised[1]))
    assert names == set(_verdict_attributes())
    assert len(names | {TRACEPARENT, "tracestate"}) <= ATTRIBUTE_LIMIT
    for example in re.findall(r"^\{\"verdict\": .+\}$", text, re.MULTILINE):
        assert set(json.loads(example)) <= names


def _verdict_attributes() -> dict[str, str]:
    example = next(iter((ROOT / "shared" / "contracts" / "examples" / VERDICT_REACHED).glob("*.json")))
    return verdict_attributes(decode(example.read_text(encoding="utf-8"), VERDICT_REACHED, VerdictReached))
