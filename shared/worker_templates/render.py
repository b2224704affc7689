"""Renders an A2I worker template: Liquid and a task's input in, HTML out."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from liquid import BoundTemplate
from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError, UnknownFilterError

from shared.worker_templates.engine import Refused, TaskContext, environment
from shared.worker_templates.problem import TemplateProblem
from shared.worker_templates.source import check_source, line_of

_SPEAKING: Final = (LiquidSyntaxError, ResourceLimitError, UnknownFilterError, Refused)
"""Errors whose message tells of the template alone; the others may quote the task's input."""
_OF_THE_ENGINE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What filters of the library raise for arguments that they didn't expect."""


def render(
    template: str,
    task_input: Mapping[str, Any],
    *,
    grant_read_access: Callable[[str], str],
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """The page of a task, as HTML.

    `task_input` is `task.input`: the loop's InputContent, or for a built-in task type the object with aiServiceRequest
    and selectedAiServiceResponse. `grant_read_access` is given `s3://bucket/key` and gives an https address that a
    browser can read for a while; it refuses an object by ValueError.

    Raises TemplateProblem when the template can't be parsed or rendered. It is plain computation of at most some
    seconds, however hostile the template: call it in a thread.
    """
    check_source(template)
    return render_source(template, task_input, grant_read_access=grant_read_access, clock=clock)


def render_source(
    source: str,
    task_input: Mapping[str, Any],
    *,
    grant_read_access: Callable[[str], str],
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """As `render`, of a source that was checked and may have grown since."""
    liquid = environment()
    try:
        bound = liquid.from_string(source)
        _check_filters(bound, source)
        context = TaskContext(
            bound,
            globals=bound.make_globals({"task": {"input": dict(task_input)}}),
            grant=grant_read_access,
            clock=clock,
        )
        buffer = context.get_buffer()
        bound.render_with_context(context, buffer)
    except LiquidError as error:
        raise TemplateProblem(_reason(error, source)) from error
    except _OF_THE_ENGINE as error:
        raise TemplateProblem(f"the template can't be rendered ({type(error).__name__})") from error
    return buffer.getvalue()


def _check_filters(bound: BoundTemplate, source: str) -> None:
    """Raises for an unknown filter anywhere in the template, whether this input would get there or not."""
    for name, places in bound.analyze().filters.items():
        if name not in bound.env.filters:
            raise TemplateProblem(f"line {line_of(source, places[0].index)}: unknown filter '{name}'")


def _reason(error: LiquidError, source: str) -> str:
    line = f"line {line_of(source, error.token.start_index)}: " if error.token else ""
    if isinstance(error, _SPEAKING):
        return f"{line}{error.message}"
    return f"{line}the template can't be rendered ({type(error).__name__})"
