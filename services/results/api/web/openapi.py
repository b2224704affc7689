"""The API's own description: OpenAPI 3.1, made of the same types and words that requests are read by."""

from functools import cache
from typing import Any, Final

import msgspec
from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.api.domain.problems import CONTENT_TYPE
from services.results.api.domain.queries import LIMIT, LONGEST, LOOK_BACK
from services.results.api.web.media import IDEMPOTENCY_KEY, Appeal, Submit
from shared.contracts.messages import Reason
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.identity import MEDIA_ID

routes = web.RouteTableDef()

PROBLEMS: Final = {
    400: "A parameter or the body isn't as it should be",
    401: "No valid access token",
    403: "The token lacks a scope or a tenant",
    404: "No such item, or not of a tenant of the caller's",
    409: "The item's state doesn't allow it",
    413: "The request is too large",
    415: "The body isn't JSON",
    422: "It is understood and can't be done",
    503: "It can't be done right now; nothing was lost",
}


@routes.get("/v1/openapi.json")
async def describe(request: web.Request) -> web.StreamResponse:
    return web.Response(body=msgspec.json.encode(document()), content_type="application/json")


@cache
def document() -> dict[str, Any]:
    (submit, appeal, reason), parts = msgspec.json.schema_components(
        [Submit, Appeal, Reason], ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gavel results",
            "version": "1",
            "description": "Verdicts, the records that explain them, and what can be done about them. Access tokens "
            "are those of the stack's Cognito user pool; scopes `tenant/<name>` say whose items a token is for.",
        },
        "security": [{"token": []}],
        "paths": {
            "/v1/media": {
                "get": _operation(
                    "find_items",
                    "Find items, newest first",
                    Permission.READ,
                    _schema("Items"),
                    (400, 403),
                    parameters=_query(paged=True),
                    headers=_header("Link", 'The next page, with `rel="next"`, where there is one'),
                ),
                "post": _operation(
                    "submit_media",
                    "Submit an object for moderation",
                    Permission.SUBMIT,
                    _schema("Submitted"),
                    (400, 403, 413, 415, 422),
                    status=202,
                    headers=_header("Location", "The item's address, where the object's version was said"),
                    body=submit,
                    parameters=[
                        {
                            "name": IDEMPOTENCY_KEY,
                            "in": "header",
                            "schema": {"type": "string", "maxLength": 256},
                            "description": "The same key with the same object is the same event",
                        }
                    ],
                ),
            },
            "/v1/media/{media_id}": {
                "parameters": [_MEDIA_ID],
                "get": _operation(
                    "read_item",
                    "Read an item's whole record",
                    Permission.READ,
                    _schema("Item"),
                    (403, 404),
                    parameters=[{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}],
                    others={"304": {"description": "The record hasn't changed"}},
                    headers=_header("ETag", "Of this state of the record, for `If-None-Match`"),
                ),
            },
            "/v1/media/{media_id}/content": {
                "parameters": [_MEDIA_ID],
                "get": _operation(
                    "look_at_media",
                    "Get a short-lived address of the media",
                    Permission.VIEW,
                    _schema("Content"),
                    (403, 404, 409, 422),
                ),
            },
            "/v1/media/{media_id}/appeal": {
                "parameters": [_MEDIA_ID],
                "post": _operation(
                    "appeal",
                    "Have other people look again",
                    Permission.APPEAL,
                    _schema("Appealed"),
                    (400, 403, 404, 409, 413, 415),
                    status=202,
                    body=appeal,
                ),
            },
            "/v1/media/{media_id}/requeue": {
                "parameters": [_MEDIA_ID],
                "post": _operation(
                    "requeue",
                    "Send a quarantined item's message again",
                    Permission.OPERATE,
                    _schema("Requeued"),
                    (403, 404, 409, 422),
                    status=202,
                ),
            },
            "/v1/stats": {
                "get": _operation(
                    "count_items",
                    "Count what became of items",
                    Permission.READ,
                    _schema("Statistics"),
                    (400, 403),
                    parameters=_query(paged=False),
                ),
            },
            "/v1/export": {
                "get": _operation(
                    "export_records",
                    'Read whole records as JSON lines; the last line is `{"end": true, …}`',
                    Permission.READ,
                    {"type": "string"},
                    (400, 403),
                    parameters=_query(paged=False),
                    media_type="application/x-ndjson",
                ),
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {**parts, **_answers(reason)},
        },
    }


_MEDIA_ID: Final = {
    "name": "media_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{MEDIA_ID.pattern}$"},
}


def _operation(
    id_: str,
    summary: str,
    permission: Permission,
    answer: dict[str, Any],
    refusals: tuple[int, ...],
    *,
    status: int = 200,
    body: dict[str, Any] | None = None,
    parameters: list[dict[str, Any]] | None = None,
    others: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    media_type: str = "application/json",
) -> dict[str, Any]:
    problem = {"content": {CONTENT_TYPE: {"schema": _schema("Problem")}}}
    told: dict[str, Any] = {
        "operationId": id_,
        "summary": summary,
        "description": f"Needs the scope `gavel/{permission}`.",
        "responses": {
            str(status): {
                "description": "Done" if status == 200 else "Accepted",
                "content": {media_type: {"schema": answer}},
                **({"headers": headers} if headers else {}),
            },
            **{str(code): {"description": PROBLEMS[code], **problem} for code in (401, *refusals, 503)},
            **(others or {}),
        },
    }
    if body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return told | ({"parameters": parameters} if parameters else {})


def _header(name: str, description: str) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}, "description": description}}


def _query(*, paged: bool) -> list[dict[str, Any]]:
    text, instant = {"type": "string"}, {"type": "string", "format": "date-time"}
    told: dict[str, tuple[dict[str, Any], str]] = {
        "tenant": (text, "One of the caller's; all of them if left out"),
        "since": (instant, f"Received from then on; {LOOK_BACK.days} days before `until` if left out"),
        "until": (instant, f"Received before then, now if left out; at most {LONGEST.days} days after `since`"),
        "status": ({"enum": [*Status]}, "Where the item stands"),
        "verdict": ({"enum": [*Action]}, "Its current verdict"),
        "decided_by": ({"enum": [*DecidedBy]}, "Who that is by"),
        "kind": ({"enum": [*MediaKind]}, ""),
        "label": (text, "A label of the taxonomy that led to the verdict"),
        "policy": (text, "A policy's name, or `<name>@<version>`"),
        "reviewer": (text, "The pseudonym of somebody who answered"),
    }
    if paged:
        told |= {
            "limit": (
                {"type": "integer", "minimum": 1, "maximum": LIMIT, "default": 50},
                "Items of a page. It may have fewer, or none, and not be the last: that has no `next`",
            ),
            "after": (text, "The `next` of the page before, with the same filters and times"),
        }
    return [
        {"name": name, "in": "query", "schema": schema} | ({"description": meaning} if meaning else {})
        for name, (schema, meaning) in told.items()
    ]


def _answers(reason: dict[str, Any]) -> dict[str, Any]:
    """The shapes of answers. `Item` lists what every item has; what else there is depends on how far it has come."""
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    maybe_text = {"type": ["string", "null"]}
    number = {"type": "integer", "minimum": 0}
    counts = {"type": "object", "additionalProperties": number}
    share = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    line = {
        "media_id": text,
        "tenant": text,
        "kind": {"enum": [*MediaKind, None]},
        "status": {"enum": [*Status]},
        "verdict": {"enum": [*Action, None]},
        "verdict_number": number,
        "decided_by": {"enum": [*DecidedBy, None]},
        "labels": {"type": "array", "items": text},
        "policy": {"type": ["object", "null"], "properties": {"name": text, "version": text}},
        "received_at": moment,
        "updated_at": moment,
    }
    whole = {
        "submission": {"type": ["object", "null"]},
        "current_verdict": {
            "type": ["object", "null"],
            "properties": {"action": {"enum": [*Action]}, "reasons": {"type": "array", "items": reason}},
        },
        "entries": {"type": "array", "items": _object({"key": text, "type": text, "at": moment})},
    }
    return {
        "Line": _object(line),
        "Item": _object(line | whole),
        "Items": _object({"items": {"type": "array", "items": _schema("Line")}, "next": maybe_text}),
        "Submitted": _object({"event_id": text, "media_id": maybe_text}),
        "Appealed": _object({"media_id": text, "verdict": number}),
        "Requeued": _object({"media_id": text, "queue": text}),
        "Content": _object({"url": {"type": "string", "format": "uri"}, "expires_at": moment, "format": text}),
        "Statistics": _object(
            {
                "since": moment,
                "until": moment,
                "is_complete": {"type": "boolean"},
                "looked_back_to": {"type": ["string", "null"], "format": "date-time"},
                "items": number,
                **dict.fromkeys(("status", "verdict", "decided_by", "kind", "label", "tenant", "policy"), counts),
                "review_rate": share,
                "reuse_rate": share,
                "latency_s": {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
            }
        ),
        "Problem": _object(
            {"type": text, "title": text, "status": number, "detail": text},
            {"errors": {"type": "array", "items": _object({"parameter": text, "detail": text})}},
        ),
    }


def _object(needed: dict[str, Any], others: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": {**needed, **(others or {})}, "required": [*needed]}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
