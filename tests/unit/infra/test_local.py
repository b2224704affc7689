from typing import Any

import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs

from infra.local.apply import ApplyError, Emulator
from infra.local.aws import Aws, capitalised, chosen, fits
from infra.local.tasks import service
from tests.unit.infra.stacks import declared


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(Aws("http://127.0.0.1:9", region="us-east-1", account="000000000000"))


def test_a_resource_that_nobody_can_make_is_an_error_and_told_by_name(emulator: Emulator) -> None:
    with pytest.raises(ApplyError):
        emulator.new_resource(MockResourceArgs(typ="aws:mq/broker:Broker", name="broker", inputs={}, custom=True))
    assert emulator.problems == ["aws:mq/broker:Broker broker: nobody has said how to make this in the emulator"]
    assert not emulator.made


def test_a_question_that_nobody_can_answer_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(ApplyError, match="aws:ec2/getAmi:getAmi"):
        emulator.call(MockCallArgs(token="aws:ec2/getAmi:getAmi", args={}, provider=""))  # noqa: S106  no secret


def test_components_are_nothing_to_make(emulator: Emulator) -> None:
    args = MockResourceArgs(typ="gavel:infra:Queue", name="outcomes", inputs={"size": 3.0}, custom=False)
    assert emulator.new_resource(args) == ("", {"size": 3})


@pytest.mark.parametrize(
    ("there", "wanted", "answer"),
    [
        ({"A": 1, "B": 2}, {"A": 1}, True),
        ({"A": {"B": [1, {"C": 2, "D": 3}]}}, {"A": {"B": [1, {"C": 2}]}}, True),
        ({"A": [1, 2]}, {"A": [1]}, False),
        ({"A": [2, 1]}, {"A": [1, 2]}, False),
        ({"A": 1}, {"A": 2}, False),
        (None, {"A": 1}, False),
        ({}, {"A": []}, True),
        ({}, {}, True),
    ],
)
def test_what_is_there_fits_when_it_has_all_that_is_wanted(there: object, wanted: object, answer: bool) -> None:
    assert fits(there, wanted) is answer


def test_names_become_those_of_awss_api() -> None:
    pulumi = {"queueArn": "a", "id": "b", "rules": [{"kmsMasterKeyId": "c", "prefix": None}]}
    assert capitalised(pulumi, {"id": "ID", "kmsMasterKeyId": "KMSMasterKeyID"}) == {
        "QueueArn": "a",
        "ID": "b",
        "Rules": [{"KMSMasterKeyID": "c"}],
    }


def test_only_what_is_given_is_chosen() -> None:
    assert chosen({"a": 0, "b": None, "c": False, "d": 1}, "a", "b", "c") == {"a": 0, "c": False}


class EcsWithAScaledService:
    """ECS as it is when autoscaling has added tasks to a service of an older task definition."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []

    def describe_services(self, **_: Any) -> dict[str, Any]:
        there = {"status": "ACTIVE", "serviceArn": "arn", "taskDefinition": "older", "desiredCount": 5}
        return {"services": [there]}

    def update_service(self, **request: Any) -> None:
        self.updates.append(request)


def test_a_new_task_definition_leaves_alone_how_many_tasks_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    ecs, aws = EcsWithAScaledService(), Aws("http://127.0.0.1:9", region="us-east-1", account="000000000000")
    monkeypatch.setattr(aws, "client", lambda _: ecs)
    inputs = declared("prod").one("aws:ecs/service:Service", "review-service").inputs
    assert service(aws, "review-service", inputs).id == "arn"
    (update,) = ecs.updates
    assert update["taskDefinition"] == inputs["taskDefinition"]
    assert "desiredCount" not in update
