"""What can be told from a template's source, before anything is rendered."""

import re
from typing import Final

from shared.worker_templates.problem import TemplateProblem

TEMPLATE_LIMIT: Final = 128_000
"""CreateHumanTaskUi, UiTemplate.Content."""
EXPRESSION_LIMIT: Final = 4_000
SPACE_LIMIT: Final = 200
"""Characters between two delimiters, and of one stretch of space there: the engine's lexer backtracks over both."""
_OPENING: Final = re.compile(r"\{\{|\{%-?\s*(?P<verbatim>raw|doc)\s*-?%\}|\{%")
_SPACE: Final = re.compile(rf"\s{{{SPACE_LIMIT + 1}}}")


def check_source(template: str) -> None:
    """Raises TemplateProblem for a template that is too long, or whose delimiters would keep the engine busy."""
    if len(template) > TEMPLATE_LIMIT:
        raise TemplateProblem(f"the template has {len(template):,} characters; a task page has {TEMPLATE_LIMIT:,}")
    at = 0
    while found := _OPENING.search(template, at):
        if found["verbatim"]:
            closing = re.compile(rf"\{{%-?\s*end{found['verbatim']}\s*-?%\}}").search(template, found.end())
        else:
            closing = re.compile(r"\}\}" if found[0] == "{{" else r"%\}").search(template, found.end())
        if closing is None:
            raise _problem(template, found.start(), f"'{found[0]}' is never closed")
        if not found["verbatim"]:
            inside = template[found.end() : closing.start()]
            if len(inside) > EXPRESSION_LIMIT or _SPACE.search(inside):
                raise _problem(template, found.start(), f"there is too much between '{found[0]}' and its end")
        at = closing.end()


def line_of(template: str, at: int) -> int:
    return template.count("\n", 0, max(at, 0)) + 1


def _problem(template: str, at: int, text: str) -> TemplateProblem:
    return TemplateProblem(f"line {line_of(template, at)}: {text}")
