"""Reads request bodies and writes answers, as JSON."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web

from services.results.api.domain.problems import Problem
from shared.web import BROKEN

T = TypeVar("T")

BODY_LIMIT_BYTES: Final = 64 * 1024


async def read(request: web.Request, kind: type[T]) -> T:
    """Raises Problem 400 for what isn't this kind, 415 for what says that it isn't JSON, and aiohttp's 413."""
    if request.content_type not in {"application/json", "application/octet-stream"}:
        raise Problem(415, "not-json", "send application/json")
    try:
        body = await request.read()
    except BROKEN as error:
        raise Problem(400, "bad-body", "the body can't be read to its end, or isn't encoded as it says") from error
    if len(body) > BODY_LIMIT_BYTES:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT_BYTES)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # msgspec names the place and what would be right there; it quotes nothing of what was sent.
        raise Problem(400, "bad-body", str(error) if isinstance(error, msgspec.DecodeError) else "not UTF-8") from error


def answer(document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(document), status=status, content_type="application/json", headers=headers
    )
