"""Provider classes for APIs that moto plays whole.

LocalStack's own `MotoFallbackDispatcher` falls back from the abstract methods of a generated API, and LocalStack
generates none for ECS, ECR, Cognito or Application Auto Scaling. So the operations are taken from botocore's model.
"""

from collections.abc import Callable
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
    namespace: dict[str, Any] = {"service": api, "version": model.api_version}
    for operation in model.operation_names:
        namespace[xform_name(operation)] = _ask_moto(operation)
    return type(f"MotoPlayed[{api}]", (ServiceLifecycleHook,), namespace)


def _ask_moto(operation: str) -> Callable[..., Response]:
    # The dispatch table finds a handler by its function's name, so each needs its own.
    def play(self: object, context: RequestContext, request: Request) -> Response:
        return call_moto(context)

    play.__name__ = xform_name(operation)
    return handler(operation, expand=False)(play)
