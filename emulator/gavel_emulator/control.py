"""Control routes: plain HTTP under `/_gavel/` beside the AWS APIs, for tests, the demo and curious people.

    from gavel_emulator.control import ControlError, Request, route

    def kill(request: Request, task_id: str) -> dict[str, Any]:
        ...
    route("POST", "/_gavel/tasks/<task_id>/kill", kill)

Call `route` once per path and method from the provider's `on_after_init`: Gavel's own providers are loaded when
LocalStack starts, so the routes are there before the first AWS request. Path parameters arrive as keyword arguments.
A handler returns something that JSON can say (status 200), None (204), or a `Response` of its own. `body(request)` is
the request's JSON object. Raise `ControlError(status, text)` to refuse; it is answered as `{"error": text}`.
"""

import functools
from collections.abc import Callable
from typing import Any

from localstack.http import Request, Response
from localstack.services.edge import ROUTER

__all__ = ["ControlError", "Request", "Response", "body", "route"]


class ControlError(Exception):
    """The request is refused: `status` is the HTTP status, the text is for the person who sent it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def route(method: str, path: str, answer: Callable[..., Any]) -> None:
    """Serve `method path` with `answer(request, **parameters)`; the path is in werkzeug's notation (`<name>`)."""

    @functools.wraps(answer)
    def serve(request: Request, **params: str) -> Response:
        try:
            result = answer(request, **params)
        except ControlError as refusal:
            return Response.for_json({"error": str(refusal)}, status=refusal.status)
        if isinstance(result, Response):
            return result
        return Response(status=204) if result is None else Response.for_json(result)

    ROUTER.add(path, endpoint=serve, methods=[method])


def body(request: Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object. Raises ControlError 400 for anything else."""
    # Not `data`: it is empty where a client says "form", as curl and urllib do unasked.
    if not request.get_data():
        return {}
    document = request.get_json(force=True, silent=True)
    if not isinstance(document, dict):
        raise ControlError(400, "the body must be a JSON object")
    return document
