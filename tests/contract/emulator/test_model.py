"""The check of answers against botocore's model finds what is wrong with them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import OperationModel, ShapeResolver
from botocore.session import Session

from tests.conftest import Aws
from tests.contract.model import answer_problems, problems, validating


def operation(service: str, name: str) -> OperationModel:
    return Session().get_service_model(service).operation_model(name)


def test_a_right_answer_has_no_problems() -> None:
    body = b'{"HumanLoopArn": "arn:aws:sagemaker:us-east-1:000000000000:human-loop/a"}'
    assert answer_problems(operation("sagemaker-a2i-runtime", "StartHumanLoop"), body) == []


@pytest.mark.parametrize(
    ("shape", "value", "problem"),
    [
        ({"type": "structure", "members": {}}, {"b": 1}, ".b: not in the model"),
        ({"type": "string"}, 1, ": 1 is no string"),
        ({"type": "string", "enum": ["a", "b"]}, "c", ": 'c' is none of a, b"),
        ({"type": "string", "pattern": "^a+$"}, "ab", ": 'ab' doesn't match ^a+$"),
        ({"type": "string", "min": 2}, "a", ": 1 isn't within 2 and None"),
        ({"type": "integer", "max": 3}, 4, ": 4 isn't within None and 3"),
        ({"type": "integer"}, True, ": True is no integer"),
        ({"type": "float"}, "1.0", ": '1.0' is no float"),
        ({"type": "timestamp"}, "yesterday", ": 'yesterday' is no timestamp"),
        ({"type": "blob"}, "%", ": '%' is no blob"),
        ({"type": "boolean"}, 0, ": 0 is no boolean"),
        ({"type": "list", "member": {"type": "string"}}, ["a", 1], "[1]: 1 is no string"),
        (
            {"type": "map", "key": {"type": "string"}, "value": {"type": "integer"}},
            {"a": "1"},
            "['a']: '1' is no integer",
        ),
    ],
)
def test_each_kind_of_fault_is_named(shape: dict[str, Any], value: Any, problem: str) -> None:
    shapes = {"It": shape | {name: {"shape": name} for name in ("member", "key", "value") if name in shape}}
    shapes |= {name: shape[name] for name in ("member", "key", "value") if name in shape}
    assert problems(ShapeResolver(shapes).get_shape_by_name("It"), value) == [problem]


def test_a_missing_member_is_named() -> None:
    found = answer_problems(
        operation("sagemaker-a2i-runtime", "DescribeHumanLoop"), b'{"HumanLoopStatus": "Completed"}'
    )
    assert ".HumanLoopName: missing" in found


def test_a_client_that_validates_refuses_a_wrong_answer(aws: Aws, unique: Callable[[str], str]) -> None:
    client = validating(aws("ecs"))

    def spoil(response_dict: dict[str, Any], **_: Any) -> None:
        response_dict["body"] = b'{"clusterArns": "none"}'

    client.meta.events.register_first("before-parse.ecs", spoil)
    with pytest.raises(AssertionError, match=r"\.clusterArns: 'none' is no list"):
        client.list_clusters()
