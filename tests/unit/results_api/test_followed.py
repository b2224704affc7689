"""What telemetry tells of the API's requests: the caller's trace goes on, and nothing of what was asked is told."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from services.results.api.domain.callers import Permission
from shared.contracts.words import Action
from shared.errors import Transient
from shared.identity import media_id
from tests.fakes.telemetry import metrics_in_memory, points, spans_in_memory
from tests.unit.results_api.asking import READER, asking, scopes

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
CONVERSATION = "messaging.message.conversation_id"


def served(spans: tuple[ReadableSpan, ...]) -> ReadableSpan:
    (span,) = (span for span in spans if span.kind is SpanKind.SERVER)
    return span


async def test_a_callers_trace_goes_on_in_the_request_and_in_what_it_sends() -> None:
    exporter = spans_in_memory()
    place = {"bucket": "shop-media", "key": "canary.jpg", "version_id": "v1"}
    async with asking() as api:
        told = await api.post("/v1/media", {"media": place}, *scopes(Permission.SUBMIT), traceparent=TRACEPARENT)
    span = served(exporter.get_finished_spans())
    assert span.name == "POST /v1/media"
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}" == TRACE
    assert list(span.links) == []
    assert dict(span.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/v1/media",
        "url.scheme": "http",
        "http.response.status_code": 202,
        CONVERSATION: media_id("shop-media", "canary.jpg", "v1"),
    }
    assert told["media_id"] == (span.attributes or {})[CONVERSATION]
    assert "canary" not in span.to_json()


@pytest.mark.parametrize("token", [None, "Bearer expired"])
async def test_what_strangers_ask_is_in_a_trace_of_its_own_linked_to_theirs(token: str | None) -> None:
    exporter = spans_in_memory()
    headers = {"traceparent": TRACEPARENT} | ({"Authorization": token} if token else {})
    async with asking() as api, api.http.get("/v1/media", headers=headers) as answer:
        assert answer.status == 401
    (span,) = exporter.get_finished_spans()
    assert "expired" not in span.to_json()
    assert (span.parent, f"{span.context.trace_id:032x}" == TRACE) == (None, False)
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE]


async def test_a_request_about_an_item_says_so_and_the_next_one_on_its_connection_does_not() -> None:
    exporter = spans_in_memory()
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        await api.get(f"/v1/media/{item}", *READER)
        about_one = served(exporter.get_finished_spans())
        exporter.clear()
        await api.get("/v1/media", *READER)
    assert (about_one.name, (about_one.attributes or {})[CONVERSATION]) == ("GET /v1/media/{media_id}", item)
    assert CONVERSATION not in (served(exporter.get_finished_spans()).attributes or {})


@pytest.mark.parametrize(
    ("path", "status", "attributes"),
    [
        ("/v1/canary", 401, {}),
        ("/v1/media", 401, {"http.route": "/v1/media"}),
    ],
)
async def test_a_refusal_is_an_answer_and_no_failure(path: str, status: int, attributes: dict[str, Any]) -> None:
    exporter, reader = spans_in_memory(), metrics_in_memory()
    async with asking() as api:
        await api.get(path, status=status)
    span = served(exporter.get_finished_spans())
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.response.status_code": status,
        **attributes,
    }
    assert "canary" not in span.to_json()
    told = {"http.request.method": "GET", "http.response.status_code": str(status), **attributes}
    assert told in points(reader)["http.server.request.duration"]


async def test_what_cannot_be_done_now_is_a_failure_of_ours() -> None:
    exporter, reader = spans_in_memory(), metrics_in_memory()
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        api.ledger.fail_next("record", Transient("ledger-unreachable", "canary"))
        await api.get(f"/v1/media/{item}", *READER, status=503)
    span = served(exporter.get_finished_spans())
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "503"
    assert {
        "http.request.method": "GET",
        "http.route": "/v1/media/{media_id}",
        "http.response.status_code": "503",
        "error.type": "503",
    } in points(reader)["http.server.request.duration"]


async def test_health_checks_are_not_followed() -> None:
    exporter = spans_in_memory()
    async with asking() as api:
        await api.get("/health")
    assert exporter.get_finished_spans() == ()
