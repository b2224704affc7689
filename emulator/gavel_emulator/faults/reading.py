"""Reads fault rules from what was posted, and tells every problem of every rule.

`{"operation": "rekognition.DetectModerationLabels", "code": "ThrottlingException", "rate": 0.2}`: a fifth of the calls.
`{"operation": "sqs.SendMessage", "kind": "connection-drop", "when": "after", "next": 1}`: sent, and never confirmed.
`{"operation": "dynamodb.*", "kind": "latency", "latency_ms": 400}`: every call to DynamoDB, 400 ms late.
"""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from gavel_emulator.faults.rules import Fault, FaultKind, When

FIELDS = ("operation", "kind", "when", "rate", "next", "code", "status", "message", "latency_ms")
MAX_LATENCY_MS = 120_000
CODE = re.compile(r"[A-Za-z][A-Za-z0-9._]*")
DEFAULT_MESSAGE = "Injected by a fault rule of the emulator."


class FaultRuleError(ValueError):
    """Names every problem, one a line."""


class Catalogue:
    """What services and operations there are, and which status a service's error has."""

    def __init__(
        self,
        services: Collection[str],
        operations: Callable[[str], Collection[str]],
        status: Callable[[str, str], int | None],
    ) -> None:
        self.services = services
        self.operations = operations
        self.status = status


def read_rules(document: Mapping[str, Any], catalogue: Catalogue) -> list[Fault]:
    """One rule, or `{"faults": [rule, …]}`. Raises FaultRuleError and sets nothing when any rule is bad."""
    rules = document.get("faults", [document])
    if not isinstance(rules, list) or not all(isinstance(rule, Mapping) for rule in rules):
        raise FaultRuleError("faults: a list of rules")
    problems: list[str] = []
    faults: list[Fault] = []
    for number, rule in enumerate(rules, 1):
        found: list[str] = []
        fault = _read(rule, catalogue, found)
        problems += [f"rule {number}: {problem}" if len(rules) > 1 else problem for problem in found]
        if fault:
            faults.append(fault)
    if problems:
        raise FaultRuleError("\n".join(problems))
    return faults


def describe(fault: Fault) -> dict[str, Any]:
    """A rule as it may be posted again, with its id and counts."""
    told: dict[str, Any] = {
        "id": fault.id,
        "operation": f"{fault.service}.{fault.operation}",
        "kind": fault.kind,
        "when": fault.when,
        "rate": fault.rate,
        "next": fault.remaining,
        "latency_ms": fault.latency_s * 1000,
        "seen": fault.seen,
        "acted": fault.acted,
    }
    if fault.kind is FaultKind.ERROR:
        told |= {"code": fault.code, "status": fault.status, "message": fault.message}
    return told


def _read(rule: Mapping[str, Any], catalogue: Catalogue, problems: list[str]) -> Fault | None:
    """None when anything is wrong with the rule; `problems` says what."""
    problems += [f"unknown field {name!r}; there are {', '.join(FIELDS)}" for name in rule if name not in FIELDS]
    service, operation = _operation(rule.get("operation"), catalogue, problems)
    kind = _choice(FaultKind, "kind", rule.get("kind", FaultKind.ERROR), problems)
    when = _choice(When, "when", rule.get("when", When.BEFORE), problems)
    rate = _number("rate", rule.get("rate", 1), 1, problems)
    if rule.get("rate") == 0:
        problems.append("rate: more than 0")
    latency_ms = _number("latency_ms", rule.get("latency_ms", 0), MAX_LATENCY_MS, problems)
    remaining = rule.get("next")
    if remaining is not None and not _is_whole(remaining, 1, 1_000_000):
        problems.append("next: how many calls, a whole number from 1")
    if kind is FaultKind.LATENCY and not latency_ms:
        problems.append("latency_ms: needed for the kind latency")
    code, status, message = "", 400, ""
    if kind is FaultKind.ERROR:
        code, status, message = _error(rule, service, catalogue, problems)
    else:
        problems += [f"{name}: only for the kind error" for name in ("code", "status", "message") if name in rule]
    if problems or kind is None or when is None:
        return None
    return Fault(
        id="",
        service=service,
        operation=operation,
        kind=kind,
        when=when,
        rate=rate,
        remaining=remaining,
        code=code,
        status=status,
        message=message,
        latency_s=latency_ms / 1000,
    )


def _operation(value: object, catalogue: Catalogue, problems: list[str]) -> tuple[str, str]:
    if not isinstance(value, str) or "." not in value:
        problems.append("operation: <service>.<Operation>, or <service>.* for every operation of a service")
        return "", ""
    service, _, operation = value.rpartition(".")
    if service not in catalogue.services:
        problems.append(f"operation: there is no service {service!r}{_nearest(service, catalogue.services)}")
    elif operation != "*" and operation not in catalogue.operations(service):
        nearest = _nearest(operation, catalogue.operations(service))
        problems.append(f"operation: {service} has no operation {operation!r}{nearest}")
    return service, operation


def _error(rule: Mapping[str, Any], service: str, catalogue: Catalogue, problems: list[str]) -> tuple[str, int, str]:
    code, message = rule.get("code"), rule.get("message", DEFAULT_MESSAGE)
    if not isinstance(code, str) or not CODE.fullmatch(code):
        problems.append("code: needed for the kind error, the error's code in the service, e.g. ThrottlingException")
        code = ""
    if not isinstance(message, str):
        problems.append("message: a text")
        message = ""
    status = rule.get("status")
    if status is None:
        known = catalogue.status(service, code) if service in catalogue.services else None
        status = known or 400
    elif not _is_whole(status, 400, 599):
        problems.append("status: an HTTP status from 400 to 599")
        status = 400
    return code, status, message


Choice = TypeVar("Choice", FaultKind, When)


def _choice(choices: type[Choice], name: str, value: Any, problems: list[str]) -> Choice | None:
    try:
        return choices(value)
    except ValueError:
        problems.append(f"{name}: one of {', '.join(choices)}")
        return None


def _number(name: str, value: object, highest: float, problems: list[str]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        problems.append(f"{name}: a number from 0 to {highest}")
        return 0.0
    return value


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
