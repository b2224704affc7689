"""Provider classes for APIs that moto plays whole.

LocalStack's own `MotoFallbackDispatcher` falls back from the abstract methods of a generated API, and LocalStack
generates none for ECS, ECR, Cognito or Application Auto Scaling. So the operations are taken from botocore's model.

moto reads, changes and writes back without a lock, and requests come on many threads: of ten counters of a new DynamoDB
item three would count 1, and two conditional puts could both succeed. So one API does one thing at a time here.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

from botocore import xform_name
from localstack.aws.api import RequestContext, handler
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import ServiceLifecycleHook

Request = dict[str, Any]
Response = dict[str, Any]


def moto_played(api: str) -> type[ServiceLifecycleHook]:
    """A provider class with one handler per operation of `api`. Subclass it to play some operations otherwise:
    a method decorated `@handler("Operation", expand=False)` replaces moto's, and may call `call_moto(context)` itself.
    """
    model = load_service(api)
    turn = Lock()
    namespace: dict[str, Any] = {"service": api, "version": model.api_version}
    for operation in model.operation_names:
        namespace[xform_name(operation)] = _ask_moto(operation, turn)
    return type(f"MotoPlayed[{api}]", (ServiceLifecycleHook,), namespace)


def _ask_moto(operation: str, turn: Lock) -> Callable[..., Response]:
    # The dispatch table finds a handler by its function's name, so each needs its own.
    def play(self: object, context: RequestContext, request: Request) -> Response:
        with turn:
            return call_moto(context)

    play.__name__ = xform_name(operation)
    return handler(operation, expand=False)(play)
