"""The filters that A2I adds to Liquid.

Source: SageMaker developer guide, "Create Custom Worker Task Template", "Use Variable Filters".
"""

import json
import re
from typing import TYPE_CHECKING, Any, Final

from liquid import Environment, Markup
from liquid.filter import with_context
from liquid.undefined import Undefined

from shared.worker_templates.s3_uri import read_s3_uri

if TYPE_CHECKING:
    from shared.worker_templates.engine import TaskContext

_HARMLESS: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
"""What could end a script or a single-quoted attribute, written as JSON lets it be written."""
_AMPERSAND: Final = re.compile(r"&(?!(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#[xX][0-9a-fA-F]+);)")


class Json(Markup):
    """JSON text. It stands as it is in scripts and single-quoted attributes, where A2I's documentation uses it so."""

    __slots__ = ()


def add_a2i_filters(environment: Environment) -> None:
    """Adds A2I's filters, and takes away what A2I hasn't: the engine's own ways around escaping."""
    environment.add_filter("escape_once", escape_once)
    environment.add_filter("skip_autoescape", skip_autoescape)
    environment.add_filter("to_json", to_json)
    environment.add_filter("grant_read_access", grant_read_access)
    for name in ("safe", "escapejs"):
        del environment.filters[name]


def text_of(value: object) -> str:
    """A value as text: as Liquid has it, save that an object is JSON (`initial-value="{{ task.input.blocks }}"`)."""
    match value:
        case str():
            return value
        case None | Undefined():
            return ""
        case bool():
            return "true" if value else "false"
        case range():
            return f"{value.start}..{value.stop - 1}"
        case list() | tuple():
            if any(isinstance(item, dict | list) for item in value):
                return json.dumps(value, ensure_ascii=False, default=str)
            return "".join(text_of(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def escape_once(value: object) -> Markup:
    """Escapes for HTML what isn't an HTML entity already."""
    text = _AMPERSAND.sub("&amp;", text_of(value))
    return Markup(text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;"))


def skip_autoescape(value: object) -> Markup:
    """Lets HTML through. What it brings along still can't run: see `services.review.desk.rendering.frame`."""
    return Markup(text_of(value))


def to_json(value: object) -> Json:
    if isinstance(value, Undefined):
        return Json("null")
    listed = list(value) if isinstance(value, range) else value
    return Json(json.dumps(listed, ensure_ascii=False, default=str).translate(_HARMLESS))


@with_context
def grant_read_access(value: object, *, context: "TaskContext") -> str:
    """An S3 address as a short-lived https address."""
    # A captured text has been escaped for HTML: a key of "a&b" is "a&amp;b" by now.
    text: Any = value.unescape() if isinstance(value, Markup) else value
    found = read_s3_uri(text) if isinstance(text, str) else None
    if found is None:
        raise context.refusal('"grant_read_access" input is not a valid S3 URI')
    try:
        return context.grant(found.uri)
    except ValueError as error:
        raise context.refusal('"grant_read_access" may not read this object') from error
