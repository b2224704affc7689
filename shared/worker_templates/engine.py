"""Liquid as A2I has it, on the python-liquid library: escaping by default, A2I's filters, no files, and limits.

Whoever may create a task page writes its template, and a template can be made to grow or to run for very long. What the
library limits is set here; what it doesn't (time, the size of a single value) is watched in `TaskContext`.
"""

import html
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Final, TextIO, cast

from liquid import BoundTemplate, Environment, Markup, RenderContext, escape
from liquid.builtin.expressions import FilteredExpression, StringLiteral
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import Token

from shared.worker_templates.filters import Json, add_a2i_filters, text_of
from shared.worker_templates.place import Place, open_string, place

TIME_LIMIT_S: Final = 2.0
TEXT_LIMIT: Final = 4_000_000
"""Characters of a text that a filter takes or gives: above A2I's 3 MiB of input. Also bits of a number."""
LIST_LIMIT: Final = 200_000
"""Elements of a list or range."""
UNIQ_LIMIT: Final = 5_000
"""The library compares every element with every other one."""
STRIP_HTML_LIMIT: Final = 100_000
"""Python's HTML parser takes quadratic time for markup that is never closed."""

_BARE: Final = {ord(character): f"&#{ord(character)};" for character in " \t\n\f\r=`"}


class Refused(LiquidError):
    """A filter that can't take what it was given; the message has nothing of the input."""


class TaskEnvironment(Environment):
    block_nesting_limit: ClassVar[int] = 30
    context_depth_limit: ClassVar[int] = 30
    loop_iteration_limit: ClassVar[int | None] = 100_000
    local_namespace_limit: ClassVar[int | None] = 16_000_000
    output_stream_limit: ClassVar[int | None] = 8_000_000


class TaskContext(RenderContext):
    """One rendering: what it may read, and how long it may go on."""

    __slots__ = ("_clock", "_ends_at", "_places", "grant")

    def __init__(
        self,
        template: BoundTemplate,
        *,
        grant: Callable[[str], str],
        clock: Callable[[], float],
        **values: Any,
    ) -> None:
        super().__init__(template, **values)
        self.grant = grant
        self._clock = clock
        self._ends_at = clock() + TIME_LIMIT_S
        self._places: dict[int, int] = {}

    @property
    def disabled_tags(self) -> list[str]:
        """The engine looks here before every node that it renders, which makes this the place to look at the clock."""
        self._check_time()
        return []

    @disabled_tags.setter
    def disabled_tags(self, _: list[str]) -> None:
        """Only `render` and `include` disable tags, and neither is in this Liquid."""

    def refusal(self, text: str) -> Refused:
        return Refused(text, token=None)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        apply = super().filter(name, token)

        def watched(value: object, *args: object, **named: object) -> object:
            self._check_time()
            if any(_is_too_large(each) for each in (value, *args)) or _would_be_too_large(name, value, args):
                raise _too_large(name)
            result = apply(value, *args, **named)
            if _is_too_large(result):
                raise _too_large(name)
            return result

        return watched

    def place(self, buffer: TextIO) -> Place:
        """Where in the page the next text will stand; text in a `capture` stands nowhere yet."""
        page = buffer.getvalue()  # type: ignore[attr-defined]  # every buffer of the engine is a StringIO
        here, self._places[id(buffer)] = place(page, min(self._places.get(id(buffer), 0), len(page)))
        return here

    def _check_time(self) -> None:
        if self._clock() > self._ends_at:
            raise ResourceLimitError(f"rendering takes longer than {TIME_LIMIT_S:g} s", token=None)


class PlacedOutputNode(OutputNode):
    """`{{ … }}`, escaped for the place it stands in."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(_placed(_value(self.expression, context), cast("TaskContext", context), buffer))


class PlacedOutput(Output):
    node_class = PlacedOutputNode


class PlacedEchoNode(EchoNode):
    __slots__ = ()
    render_to_output = PlacedOutputNode.render_to_output


class PlacedEcho(EchoTag):
    node_class = PlacedEchoNode


@cache
def environment() -> TaskEnvironment:
    """The engine; treat it as constant. What belongs to one rendering is in its `TaskContext`."""
    liquid = TaskEnvironment(autoescape=True)
    liquid.add_tag(PlacedOutput)
    liquid.add_tag(PlacedEcho)
    add_a2i_filters(liquid)
    for tag in ("include", "render"):
        del liquid.tags[tag]
    return liquid


def _value(expression: Expression, context: RenderContext) -> object:
    """What is to be written. The engine trusts a text that the template has in quotes; A2I escapes it like the rest."""
    match expression:
        case FilteredExpression(left=StringLiteral(value=text), filters=None | []):
            return text
        case _:
            return expression.evaluate(context)


def _placed(value: object, context: TaskContext, buffer: TextIO) -> str:
    if isinstance(value, Json):
        return html.escape(str(value)) if context.place(buffer).quote == '"' else str(value)
    if isinstance(value, Markup):
        return str(value)
    text = text_of(value)
    if text.isalnum():
        return text
    here = context.place(buffer)
    if here.bare:
        return str(escape(text)).translate(_BARE)
    if quote := open_string(here.value) if here.quote else "":
        text = text.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("\n", "\\n").replace("\r", "\\r")
    return str(escape(text))


def _is_too_large(value: object) -> bool:
    match value:
        case str():
            return len(value) > TEXT_LIMIT
        case list() | tuple() | range():
            return len(value) > LIST_LIMIT
        case int():
            return value.bit_length() > TEXT_LIMIT
        case _:
            return False


def _would_be_too_large(name: str, value: object, args: tuple[object, ...]) -> bool:
    """For filters that give far more than they are given, or take far longer: what can be told beforehand."""
    text, *texts = (text_of(each) if isinstance(each, str | int | float) else "" for each in (value, *args))
    match name:
        case "replace" if len(texts) > 1:
            return (len(text) // max(len(texts[0]), 1) + 1) * len(texts[1]) > TEXT_LIMIT
        case "join" if texts and isinstance(value, list | tuple | range):
            return len(value) * len(texts[0]) > TEXT_LIMIT
        case "split" if texts:
            return (text.count(texts[0]) if texts[0] else len(text)) >= LIST_LIMIT
        case "uniq" if isinstance(value, list | tuple | range):
            return len(value) > UNIQ_LIMIT
        case "strip_html":
            return len(text) > STRIP_HTML_LIMIT
        case _:
            return False


def _too_large(name: str) -> ResourceLimitError:
    return ResourceLimitError(f"the filter '{name}' is given, or would give, more than is worked on", token=None)
