"""Task pages: a worker template rendered with the task's input, as RenderUiTemplate shows it and workers see it.

Liquid and A2I's filters are those of the review desk (`shared/worker_templates`): what one refuses, both refuse.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gavel_emulator.a2i.documents import read_object
from gavel_emulator.a2i.refusals import invalid, no_such_resource
from gavel_emulator.a2i.state import Plane
from gavel_emulator.a2i.task_uis import by_arn
from shared.worker_templates.problem import TemplateProblem
from shared.worker_templates.render import render

PROBLEM_CODE = "InvalidParameters"
"""The one that is known from people's reports; AWS lists none."""
LONGEST_REASON = 1024
"""Characters of a FailureReason (A2I's service model)."""

Grant = Callable[[str], str]
"""`s3://bucket/key` to an address that a browser can read for a while; ValueError for what has none."""


def failure_reason(problem: TemplateProblem) -> str:
    """Worded as A2I's, which also quotes the value that it couldn't use."""
    return f"Task failed to render: [ {PROBLEM_CODE}: '{problem.text}' ]."[:LONGEST_REASON]


def render_ui_template(plane: Plane, request: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
    """Takes some seconds at the worst; the plane's lock is held for the look-up only."""
    template = _template(plane, request)
    try:
        task_input = read_object(request["Task"]["Input"])
    except ValueError as error:
        raise invalid(f"The task's Input is not valid: {error}.") from error
    try:
        page = render(template, task_input, grant_read_access=grant)
    except TemplateProblem as problem:
        return {"RenderedContent": "", "Errors": [{"Code": PROBLEM_CODE, "Message": problem.text}]}
    return {"RenderedContent": page, "Errors": []}


def _template(plane: Plane, request: Mapping[str, Any]) -> str:
    if ("UiTemplate" in request) is ("HumanTaskUiArn" in request):
        raise invalid("Give either a UiTemplate or a HumanTaskUiArn, and not both.")
    if "UiTemplate" in request:
        content: str = request["UiTemplate"]["Content"]
        return content
    with plane.lock:
        ui = by_arn(plane, request["HumanTaskUiArn"])
    if ui is None:
        raise no_such_resource(f"Could not find the human task UI {request['HumanTaskUiArn']} in {plane.region}.")
    return ui.content
