"""Completes the body of Rekognition's errors: `__type`, `Code`, `Logref`, `Message` ("Error components" in the guide).

LocalStack's serialiser writes `__type` and `message`, and only members that the service model knows; the model of
Rekognition's errors has none. Runs after everything that can make an error, so that an injected fault looks alike.
"""

import uuid
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.http import Response

from gavel_emulator.rekognition.errors import RekognitionError, not_serialized, unknown_operation


def complete_error_body(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    error = context.service_exception
    if error is None or context.service is None or context.service.service_name != "rekognition":
        return
    if context.operation is None:
        # LocalStack's parser gave up, which LocalStack answers as a fault of the service (500).
        unread = _unread(context)
        response.status_code, code, message = unread.status, unread.code, unread.message
    else:
        code, message = error.code, error.message
    written: dict[str, Any] = response.get_json(force=True, silent=True) or {}
    kept = {name: value for name, value in written.items() if name.lower() not in ("__type", "code", "message")}
    response.set_json({"__type": code, "Code": code, "Logref": str(uuid.uuid4()), "Message": message, **kept})
    response.headers["Content-Type"] = "application/x-amz-json-1.1"
    response.headers["X-Amzn-Errortype"] = code


def _unread(context: RequestContext) -> RekognitionError:
    operation = context.request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    return not_serialized() if operation in context.service.operation_names else unknown_operation()
