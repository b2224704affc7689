"""Provider classes from a table of operations: LocalStack generates no API for SageMaker or A2I."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.aws.spec import load_service
from localstack.services.plugins import ServiceLifecycleHook

from gavel_emulator.a2i.constraints import check
from gavel_emulator.a2i.refusals import Refused, not_emulated

Request = Mapping[str, Any]
Response = dict[str, Any]
Play = Callable[[str, str, Request], Response]
"""Account, region and request to response; raises Refused."""


def answering(api: str, operations: Mapping[str, Play]) -> type[ServiceLifecycleHook]:
    """A provider class for `api`: the given operations, their requests checked against the service model, and a
    refusal for each of its others."""
    model = load_service(api)
    unknown = operations.keys() - set(model.operation_names)
    if unknown:
        raise ValueError(f"{api} has no operation {', '.join(sorted(unknown))}")
    namespace: dict[str, Any] = {"service": api, "version": model.api_version}
    for operation in model.operation_names:
        namespace[xform_name(operation)] = _handler(api, operation, operations.get(operation))
    return type(f"Answering[{api}]", (ServiceLifecycleHook,), namespace)


def _handler(api: str, operation: str, play: Play | None) -> Callable[..., Response]:
    def answer(self: object, context: RequestContext, request: Request) -> Response:
        try:
            if play is None:
                raise not_emulated(api, operation)
            check(context.operation, _as_sent(context, request))
            return play(context.account_id, context.region, request)
        except Refused as refusal:
            raise CommonServiceException(refusal.code, refusal.message, refusal.status) from refusal

    # The dispatch table finds a handler by its function's name.
    answer.__name__ = xform_name(operation)
    return handler(operation, expand=False)(answer)


def _as_sent(context: RequestContext, request: Request) -> Request:
    """The body where there is one: LocalStack's parser has already turned the text "3" into a number."""
    body = context.request.get_data()
    document = json.loads(body) if body else request
    if not isinstance(document, Mapping):
        raise Refused("SerializationException", "The body must be a JSON object.")
    return document
