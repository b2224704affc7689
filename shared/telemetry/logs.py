"""Logs as JSON lines on stdout: a static event name with fields, and the trace and item that it belongs to.

    log = event_logger(__name__)
    log.info("message.quarantined", code=error.code, queue=message.queue)

Nothing that may quote a message, a picture or a person is ever logged: no exception texts, no bodies. Of an exception
its types and code places are kept (`outline`), of another library's log record only where it came from.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, LiteralString, TextIO

import msgspec
from opentelemetry import trace

from shared.errors import GavelError
from shared.telemetry.context import current_media_id

Field = str | int | float | bool | None

FRAMES_KEPT: Final = 12
"""Innermost frames of each exception in an outline."""


class EventLogger:
    """Writes events under one logger name. An event name is a constant: `<thing>.<what happened>`."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: LiteralString, **fields: Field) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: LiteralString, **fields: Field) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: LiteralString, **fields: Field) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: LiteralString, **fields: Field) -> None:
        self._write(logging.ERROR, event, fields)

    def defect(self, event: LiteralString, error: BaseException, **fields: Field) -> None:
        """An exception that is nobody's remedy: with its outline, at level error."""
        self._write(logging.ERROR, event, fields, outline(error))

    def _write(self, level: int, event: str, fields: dict[str, Field], lines: list[str] | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"gavel_fields": fields, "gavel_outline": lines})


def event_logger(name: str) -> EventLogger:
    return EventLogger(logging.getLogger(name))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, event, logger, then trace_id, span_id and media_id where there are any,
    then the event's own fields; `error` is an exception's outline."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Field] | None = getattr(record, "gavel_fields", None)
        head = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if fields is not None else "library.logged",
            "logger": record.name,
        }
        lines = getattr(record, "gavel_outline", None)
        if fields is None:
            # A library's text can quote what it was given, also in its exception; the place tells what it was.
            fields = {"place": f"{record.module}:{record.lineno} {record.funcName}"}
            lines = outline(record.exc_info[1]) if record.exc_info and record.exc_info[1] else None
        line: dict[str, Any] = head | _context() | fields | head
        if lines:
            line["error"] = lines
        return msgspec.json.encode(line, enc_hook=_type_name).decode()


def to_stdout(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process, also by libraries, to stdout in JSON lines."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("shared", "services"):
        logging.getLogger(ours).setLevel(level)


def outline(error: BaseException) -> list[str]:
    """An exception and its causes, outermost first: type, its code where it has one, and innermost code places.

    The exceptions' own words are left out, since they may quote the input.
    """
    lines: list[str] = []
    for one in _chain(error):
        lines.append(_named(one))
        stack = traceback.walk_tb(one.__traceback__)
        places = [f"  {frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}" for frame, line in stack]
        lines.extend(places[-FRAMES_KEPT:])
    return lines


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if cause is not None:
            waiting.append(cause)


def _named(error: BaseException) -> str:
    """The type, with our code or the AWS error code: both are words from a list, never content."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, GavelError):
        return f"{name}({error.code})"
    answer = getattr(error, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    return f"{name}({code})" if code else name


def _context() -> dict[str, str]:
    found = {}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        found["trace_id"] = trace.format_trace_id(span.trace_id)
        found["span_id"] = trace.format_span_id(span.span_id)
    media_id = current_media_id()
    if media_id is not None:
        found["media_id"] = media_id
    return found


def _type_name(value: object) -> str:
    return type(value).__name__
