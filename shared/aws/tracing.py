"""A span for every AWS request that is made for an item, and a count of Rekognition's, hung onto a client once.

It hears botocore's own events: a request of which only the retries failed is one span, with how many there were.
Requests outside of any sampled span, as polls and beats are, cost one look and make none.
"""

from typing import Any, Final

from opentelemetry import trace

from shared.aws.errors import error_code
from shared.telemetry import spans
from shared.telemetry.metrics import ERROR_TYPE, OPERATION, REKOGNITION_CALLS, record

_SPAN: Final = "gavel_span"

ANSWERS: Final = frozenset({"ConditionalCheckFailedException"})
"""Codes that are no failures: the ledger asks by conditions whether somebody was there before, and that is a yes.
Marked as failed, every repeat of an item would be kept whatever the sampling."""


def trace_requests(client: Any) -> None:
    """`client` is one of aiobotocore's. Nothing of a request is told but its operation: keys can be people's words."""
    events = client.meta.events
    events.register("before-call", _begin, unique_id="gavel-begin")
    events.register("after-call", _end, unique_id="gavel-end")
    events.register("after-call-error", _fail, unique_id="gavel-fail")
    if client.meta.service_model.service_name == "rekognition":
        # Its calls are what is paid for and what the quotas count.
        events.register("after-call", _count, unique_id="gavel-count")
        events.register("after-call-error", _count_lost, unique_id="gavel-count-lost")


def _begin(model: Any, context: dict[str, Any], **_: Any) -> None:
    if trace.get_current_span().is_recording():
        context[_SPAN] = spans.request(str(model.service_model.service_name), str(model.name))


def _end(http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    span = context.pop(_SPAN, None)
    if span is None:
        return
    answer = parsed.get("ResponseMetadata", {})
    span.set_attribute("http.response.status_code", http_response.status_code)
    if "RequestId" in answer:
        span.set_attribute("aws.request_id", answer["RequestId"])
    if answer.get("RetryAttempts"):
        span.set_attribute("http.request.resend_count", answer["RetryAttempts"])
    if http_response.status_code >= 300:
        code = str(parsed.get("Error", {}).get("Code", http_response.status_code))
        if code not in ANSWERS:
            spans.failed(span, code)
    span.end()


def _fail(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    span = context.pop(_SPAN, None)
    if span is not None:
        spans.failed(span, error_code(exception) or type(exception).__qualname__)
        span.end()


def _count(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    told = {OPERATION: str(model.name)}
    if http_response.status_code >= 300:
        told[ERROR_TYPE] = str(parsed.get("Error", {}).get("Code", http_response.status_code))
    record(REKOGNITION_CALLS, 1, told)


def _count_lost(exception: Exception, event_name: str, **_: Any) -> None:
    told = {OPERATION: event_name.rpartition(".")[2], ERROR_TYPE: type(exception).__qualname__}
    record(REKOGNITION_CALLS, 1, told)
