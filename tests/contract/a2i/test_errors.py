"""Every error that the service models know of A2I's operations can be met, in its own form and status."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.contract.a2i.studio import TEMPLATE, Studio
from tests.emulator import Emulator

LOOP = {"HumanLoopName": "loop"}
FLOW = {"FlowDefinitionName": "fd"}
UI = {"HumanTaskUiName": "ui"}
REQUESTS: dict[str, dict[str, dict[str, Any]]] = {
    "sagemaker-a2i-runtime": {
        "StartHumanLoop": LOOP
        | {
            "FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd",
            "HumanLoopInput": {"InputContent": "{}"},
        },
        "DescribeHumanLoop": LOOP,
        "ListHumanLoops": {"FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/fd"},
        "StopHumanLoop": LOOP,
        "DeleteHumanLoop": LOOP,
    },
    "sagemaker": {
        "CreateFlowDefinition": FLOW,
        "DescribeFlowDefinition": FLOW,
        "DeleteFlowDefinition": FLOW,
        "CreateHumanTaskUi": UI | {"UiTemplate": {"Content": TEMPLATE}},
        "DescribeHumanTaskUi": UI,
        "DeleteHumanTaskUi": UI,
        "RenderUiTemplate": {"UiTemplate": {"Content": TEMPLATE}, "Task": {"Input": "{}"}},
    },
}


def _errors() -> Iterator[Any]:
    loader = Loader()
    for service, requests in REQUESTS.items():
        model = ServiceModel(loader.load_service_model(service, "service-2"), service)
        for operation, request in requests.items():
            for shape in model.operation_model(operation).error_shapes:
                status = shape.metadata.get("error", {}).get("httpStatusCode", 400)
                yield pytest.param(service, operation, request, shape.name, status, id=f"{operation} {shape.name}")


@pytest.fixture
def faulty(emulator: Emulator) -> Iterator[Emulator]:
    yield emulator
    emulator.delete("/_gavel/faults")


@pytest.mark.parametrize(("service", "operation", "request_", "code", "status"), list(_errors()))
def test_an_error_is_raised_by_its_name_and_with_its_status(
    empty_studio: Studio,
    faulty: Emulator,
    service: str,
    operation: str,
    request_: dict[str, Any],
    code: str,
    status: int,
) -> None:
    faulty.post("/_gavel/faults", {"operation": f"{service}.{operation}", "code": code, "next": 1})
    aws = empty_studio.client(service)
    call = next(python for python, name in aws.meta.method_to_api_mapping.items() if name == operation)
    with pytest.raises(getattr(aws.exceptions, code)) as caught:
        getattr(aws, call)(**request_)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
