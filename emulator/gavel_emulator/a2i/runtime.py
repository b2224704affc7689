"""Amazon Augmented AI runtime: human loops."""

from typing import Any

from gavel_emulator.a2i import engine, flows, hooks, loops, paging, starting, unread, wiring
from gavel_emulator.a2i.answering import Play, Request, Response, answering
from gavel_emulator.a2i.loops import Loop, LoopInput, LoopKey
from gavel_emulator.a2i.refusals import invalid, no_such_loop_resource
from gavel_emulator.a2i.store import NoSuchLoop


def _start(account_id: str, region: str, request: Request) -> Response:
    plane = wiring.planes().of(account_id, region)
    arn = request["FlowDefinitionArn"]
    with plane.lock:
        flow = starting.find_flow(plane, arn)
    if flow.source:
        raise invalid(f"Human loops of {arn} are started by {flow.source}, not by StartHumanLoop.")
    given = LoopInput(
        flow_arn=arn,
        content=request["HumanLoopInput"]["InputContent"],
        classifiers=tuple(request.get("DataAttributes", {}).get("ContentClassifiers", ())),
    )
    loop = starting.start(plane, wiring.ports(), request["HumanLoopName"], given)
    return {"HumanLoopArn": loop.key.arn}


def _describe(account_id: str, region: str, request: Request) -> Response:
    loop = wiring.ports().store.get(LoopKey(account_id, region, request["HumanLoopName"]))
    return _summary(loop) | {
        "HumanLoopArn": loop.key.arn,
        "FailureCode": loop.end.failure_code if loop.end else None,
        # Told from the beginning, when the object isn't there yet.
        "HumanLoopOutput": {"OutputS3Uri": loop.output_uri},
    }


def _list(account_id: str, region: str, request: Request) -> Response:
    plane = wiring.planes().of(account_id, region)
    arn = request["FlowDefinitionArn"]
    with plane.lock:
        flow = flows.by_arn(plane, arn)
    if flow is None:
        raise no_such_loop_resource(f"Could not find the flow definition {arn} in this account and region.")
    page, token = paging.page(
        (
            loop
            for loop in wiring.ports().store.all()
            if loop.input.flow_arn == arn
            and loop.review.flow_created_at == flow.created_at
            and paging.created_between(request, loop.created_at)
        ),
        request,
        place=lambda loop: paging.by_creation(loop.created_at, loop.key.name),
        descending=request.get("SortOrder") != "Ascending",
    )
    return {"HumanLoopSummaries": [_summary(loop) for loop in page], "NextToken": token}


def _stop(account_id: str, region: str, request: Request) -> Response:
    engine.stop(wiring.ports(), LoopKey(account_id, region, request["HumanLoopName"]))
    return {}


def _delete(account_id: str, region: str, request: Request) -> Response:
    engine.delete(wiring.ports(), LoopKey(account_id, region, request["HumanLoopName"]))
    return {}


def _told(play: Play) -> Play:
    """`play` with the engine's refusals in A2I's words."""

    def tell(account_id: str, region: str, request: Request) -> Response:
        try:
            return play(account_id, region, request)
        except NoSuchLoop as missing:
            raise no_such_loop_resource(str(missing)) from missing
        except loops.NotNow as refusal:
            raise invalid(str(refusal)) from refusal

    return tell


def _summary(loop: Loop) -> dict[str, Any]:
    return {
        "HumanLoopName": loop.key.name,
        "HumanLoopStatus": loop.status,
        "CreationTime": loop.created_at,
        "FailureReason": loop.end.failure_reason if loop.end else None,
        "FlowDefinitionArn": loop.input.flow_arn,
    }


OPERATIONS: dict[str, Play] = {
    "StartHumanLoop": _start,
    "DescribeHumanLoop": _told(_describe),
    "ListHumanLoops": _list,
    "StopHumanLoop": _told(_stop),
    "DeleteHumanLoop": _told(_delete),
}


class A2iRuntimeProvider(answering("sagemaker-a2i-runtime", OPERATIONS)):  # type: ignore[misc]  # made from the model
    def on_after_init(self) -> None:
        hooks.serve(wiring.ports())
        unread.install()
