"""Counts the AWS requests that reach the emulator, per `service.Operation`: `GET` and `DELETE /_gavel/requests`.

It is how the tests know what an item costs. Requests that the emulator sends itself aren't counted.
"""

import threading
from collections import Counter

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.http import Response

from gavel_emulator.control import Request, route


class RequestCounts:
    """A response handler; registers its own routes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        route("GET", "/_gavel/requests", self._tell)
        route("DELETE", "/_gavel/requests", self._forget)

    def __call__(self, chain: HandlerChain, context: RequestContext, response: Response) -> None:
        if context.operation is None or context.is_internal_call:
            return
        name = f"{context.operation.service_model.service_name}.{context.operation.name}"
        with self._lock:
            self._counts[name] += 1

    def _tell(self, request: Request) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self._counts.items()))

    def _forget(self, request: Request) -> None:
        with self._lock:
            self._counts.clear()
