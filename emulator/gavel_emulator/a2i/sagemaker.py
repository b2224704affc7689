"""Amazon SageMaker: the part of its control plane that human review needs. Every other operation is refused."""

from collections.abc import Callable
from typing import Any

from localstack.http import Request as HttpRequest
from localstack.http import Response as HttpResponse

from gavel_emulator.a2i import engine, flows, pages, tags, task_uis, wiring, workforces, workteams
from gavel_emulator.a2i.answering import Play, Request, Response, answering
from gavel_emulator.a2i.state import Plane
from gavel_emulator.a2i.world import grant
from gavel_emulator.control import ControlError, route


def _on_plane(play: Callable[[Plane, Request], Response]) -> Play:
    def on_plane(account_id: str, region: str, request: Request) -> Response:
        plane = wiring.planes().of(account_id, region)
        with plane.lock:
            return play(plane, request)

    return on_plane


def _delete_flow_definition(account_id: str, region: str, request: Request) -> Response:
    plane = wiring.planes().of(account_id, region)
    with plane.lock:
        flow = flows.delete(plane, request)
    engine.cut_off(wiring.ports(), flow.arn)
    return {}


def _render_ui_template(account_id: str, region: str, request: Request) -> Response:
    plane = wiring.planes().of(account_id, region)
    return pages.render_ui_template(plane, request, grant(account_id, region))


OPERATIONS: dict[str, Play] = {
    "CreateFlowDefinition": _on_plane(flows.create),
    "DescribeFlowDefinition": _on_plane(flows.describe),
    "ListFlowDefinitions": _on_plane(flows.list_),
    "DeleteFlowDefinition": _delete_flow_definition,
    "CreateHumanTaskUi": _on_plane(task_uis.create),
    "DescribeHumanTaskUi": _on_plane(task_uis.describe),
    "ListHumanTaskUis": _on_plane(task_uis.list_),
    "DeleteHumanTaskUi": _on_plane(task_uis.delete),
    "RenderUiTemplate": _render_ui_template,
    "CreateWorkteam": _on_plane(workteams.create),
    "DescribeWorkteam": _on_plane(workteams.describe),
    "ListWorkteams": _on_plane(workteams.list_),
    "UpdateWorkteam": _on_plane(workteams.update),
    "DeleteWorkteam": _on_plane(workteams.delete),
    "CreateWorkforce": _on_plane(workforces.create),
    "DescribeWorkforce": _on_plane(workforces.describe),
    "ListWorkforces": _on_plane(workforces.list_),
    "UpdateWorkforce": _on_plane(workforces.update),
    "DeleteWorkforce": _on_plane(workforces.delete),
    "AddTags": _on_plane(tags.add),
    "ListTags": _on_plane(tags.list_),
    "DeleteTags": _on_plane(tags.delete),
}


class SageMakerProvider(answering("sagemaker", OPERATIONS)):  # type: ignore[misc]  # the base is made from the model
    def on_after_init(self) -> None:
        route("GET", "/_gavel/human-task-uis/<account_id>/<region>/<name>", _task_ui_content)


def _task_ui_content(request: HttpRequest, account_id: str, region: str, name: str) -> Any:
    """What DescribeHumanTaskUi's Url points to."""
    ui = wiring.planes().of(account_id, region).task_uis.get(name)
    if ui is None:
        raise ControlError(404, f"no human task UI named {name} in {region} of account {account_id}")
    return HttpResponse(ui.content, mimetype="text/plain")
