"""The faults in LocalStack's handler chain: they act on every service alike, its own and ours.

Only calls from outside are touched: what LocalStack's services ask of one another (an S3 notification's SendMessage)
happens inside AWS, where a client sees no error of it.
"""

import logging
from collections.abc import Collection

from localstack.aws import handlers
from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.chain import Handler, HandlerChain
from localstack.aws.protocol.serializer import create_serializer
from localstack.aws.spec import load_service, loader
from localstack.http import Response

from gavel_emulator.faults.connection import drop, remember_connections
from gavel_emulator.faults.control import serve_faults
from gavel_emulator.faults.reading import Catalogue
from gavel_emulator.faults.rules import Fault, FaultBook, FaultKind, When, delay

LOG = logging.getLogger(__name__)


def install() -> FaultBook:
    """Puts the faults into the chain and serves their control routes. Once, before the first request."""
    book = FaultBook()
    before, after = _handlers(book)
    # Before anybody else's: an injected fault must hide what the service would have said.
    handlers.serve_custom_service_request_handlers.handlers.insert(0, before)
    handlers.run_custom_response_handlers.handlers.insert(0, after)
    remember_connections()
    serve_faults(book, _catalogue())
    return book


def _handlers(book: FaultBook) -> tuple[Handler, Handler]:
    def before(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        fault = _ending(book, context, When.BEFORE)
        if fault is None:
            return
        if fault.kind is FaultKind.CONNECTION_DROP:
            drop(context.request)
            chain.terminate()
        else:
            raise _exception(fault)

    def after(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        # A call that failed by itself took no effect that could be hidden.
        if response.status_code >= 400:
            return
        fault = _ending(book, context, When.AFTER)
        if fault is None:
            return
        if fault.kind is FaultKind.CONNECTION_DROP:
            drop(context.request)
            return
        error = _exception(fault)
        serializer = create_serializer(context.service, context.protocol)
        refusal = serializer.serialize_error_to_response(
            error, context.operation, context.request.headers, context.request_id
        )
        response.close()  # ends the stream of an S3 object that nobody will read
        context.service_exception, context.service_response = error, None
        response.headers.clear()
        response.update_from(refusal)

    return before, after


def _ending(book: FaultBook, context: RequestContext, when: When) -> Fault | None:
    """Sleeps the latencies of this call's faults and returns the one that ends it, if any."""
    if book.empty or context.operation is None or context.is_internal_call:
        return None
    faults = book.take(context.service.service_name, context.operation.name, when)
    for fault in faults:
        LOG.info("fault %s: %s %s.%s", fault.id, fault.kind, context.service.service_name, context.operation.name)
    delay(faults)
    return next((fault for fault in faults if fault.kind is not FaultKind.LATENCY), None)


def _exception(fault: Fault) -> CommonServiceException:
    # In services that once spoke the query protocol (SQS), the serialiser takes the code of an error that the model
    # doesn't know from the name of its class.
    named = type(fault.code, (CommonServiceException,), {})
    return named(fault.code, fault.message, fault.status, sender_fault=fault.status < 500)


def _catalogue() -> Catalogue:
    return Catalogue(frozenset(loader.list_available_services("service-2")), _operations, _status)


def _operations(service: str) -> Collection[str]:
    return load_service(service).operation_names


def _status(service: str, code: str) -> int | None:
    shape = load_service(service).shape_for_error_code(code)
    return shape.metadata.get("error", {}).get("httpStatusCode") if shape else None
