"""Fault rules as they are posted."""

from typing import Any

import pytest
from gavel_emulator.faults.reading import Catalogue, FaultRuleError, describe, read_rules
from gavel_emulator.faults.rules import Fault, FaultKind, When

OPERATIONS = {"sqs": ["SendMessage", "ReceiveMessage"], "sagemaker-a2i-runtime": ["StartHumanLoop"]}
STATUSES = {("sagemaker-a2i-runtime", "ServiceQuotaExceededException"): 402}

CATALOGUE = Catalogue(
    services=list(OPERATIONS),
    operations=lambda service: OPERATIONS[service],
    status=lambda service, code: STATUSES.get((service, code)),
)


def read_one(**rule: Any) -> Fault:
    (fault,) = read_rules(rule, CATALOGUE)
    return fault


def test_an_error_takes_its_status_from_the_service_model() -> None:
    fault = read_one(operation="sagemaker-a2i-runtime.StartHumanLoop", code="ServiceQuotaExceededException")
    assert (fault.service, fault.operation) == ("sagemaker-a2i-runtime", "StartHumanLoop")
    assert (fault.kind, fault.when, fault.rate, fault.remaining) == (FaultKind.ERROR, When.BEFORE, 1, None)
    assert fault.status == 402
    assert read_one(operation="sqs.SendMessage", code="Unheard").status == 400
    assert read_one(operation="sqs.SendMessage", code="Unheard", status=503).status == 503


def test_everything_can_be_said() -> None:
    fault = read_one(operation="sqs.*", kind="connection-drop", when="after", rate=0.25, next=3, latency_ms=1500)
    assert fault == Fault(
        id="",
        service="sqs",
        operation="*",
        kind=FaultKind.CONNECTION_DROP,
        when=When.AFTER,
        rate=0.25,
        remaining=3,
        latency_s=1.5,
    )


def test_several_rules_are_set_together_or_not_at_all() -> None:
    rules = [{"operation": "sqs.SendMessage", "code": "OverLimit"}, {"operation": "sqs.*", "kind": "latency"}]
    with pytest.raises(FaultRuleError, match="rule 2: latency_ms: needed for the kind latency"):
        read_rules({"faults": rules}, CATALOGUE)
    rules[1]["latency_ms"] = 10  # type: ignore[assignment]
    assert len(read_rules({"faults": rules}, CATALOGUE)) == 2


def test_a_rule_is_described_as_it_may_be_posted_again() -> None:
    fault = read_one(operation="sqs.SendMessage", code="OverLimit", message="Too many", next=2)
    told = describe(fault)
    again = {name: told[name] for name in told if name not in ("id", "seen", "acted")}
    assert read_rules(again, CATALOGUE) == [fault]


SEND = {"operation": "sqs.SendMessage"}
ERROR = {**SEND, "code": "OverLimit"}


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({}, "operation: <service>.<Operation>"),
        ({"operation": 7}, "operation: <service>.<Operation>"),
        ({"operation": "SendMessage"}, "operation: <service>.<Operation>"),
        ({"operation": "sqss.SendMessage"}, "there is no service 'sqss'; did you mean 'sqs'?"),
        ({"operation": "sqs.SendMesage"}, "sqs has no operation 'SendMesage'; did you mean 'SendMessage'?"),
        (SEND, "code: needed for the kind error"),
        ({**SEND, "code": "not a code"}, "code: needed for the kind error"),
        ({**ERROR, "kind": "explosion"}, "kind: one of error, latency, connection-drop"),
        ({**ERROR, "when": "during"}, "when: one of before, after"),
        ({**ERROR, "rate": 0}, "rate: more than 0"),
        ({**ERROR, "rate": 1.5}, "rate: a number from 0 to 1"),
        ({**ERROR, "rate": "often"}, "rate: a number from 0 to 1"),
        ({**ERROR, "next": 0}, "next: how many calls"),
        ({**ERROR, "next": 1.5}, "next: how many calls"),
        ({**ERROR, "status": 200}, "status: an HTTP status from 400 to 599"),
        ({**ERROR, "status": True}, "status: an HTTP status from 400 to 599"),
        ({**ERROR, "message": 5}, "message: a text"),
        ({**ERROR, "latency_ms": -1}, "latency_ms: a number from 0 to 120000"),
        ({**ERROR, "every": 3}, "unknown field 'every'"),
        ({**SEND, "kind": "connection-drop", "code": "X"}, "code: only for the kind error"),
        ({"faults": {}}, "faults: a list of rules"),
        ({"faults": ["sqs.SendMessage"]}, "faults: a list of rules"),
    ],
)
def test_a_bad_rule_is_refused_with_its_reason(rule: dict[str, Any], problem: str) -> None:
    with pytest.raises(FaultRuleError) as refused:
        read_rules(rule, CATALOGUE)
    assert problem in str(refused.value)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(FaultRuleError) as refused:
        read_rules({"operation": "sqs.Nothing", "rate": 7, "kind": "latency", "code": "X"}, CATALOGUE)
    assert len(str(refused.value).splitlines()) == 4
