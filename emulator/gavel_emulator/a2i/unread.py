"""Answers requests that LocalStack's parser gives up on: its own answer is a fault of the service (500), which SDKs
retry; AWS's is the client's mistake."""

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import run_custom_response_handlers
from localstack.http import Response

APIS = ("sagemaker", "sagemaker-a2i-runtime")


def install() -> None:
    """Once, before the first request."""
    run_custom_response_handlers.append(_refuse_unread)


def _refuse_unread(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    if context.service_exception is None or context.service is None or context.operation is not None:
        return
    if context.service.service_name not in APIS:
        return
    target = context.request.headers.get("X-Amz-Target")
    if target is not None and target.rpartition(".")[2] not in context.service.operation_names:
        code, message = "UnknownOperationException", f"{target} is no operation."
    else:
        code, message = "SerializationException", "The request can't be read as the operation's input."
    response.status_code = 400
    response.set_json({"__type": code, "message": message})
    response.headers["X-Amzn-Errortype"] = code
