"""Event names are constants, so that they can be counted and searched for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
METHODS = {"debug", "info", "warning", "error", "defect"}
NAME = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "log"
            and node.func.attr in METHODS
        ):
            yield node


SOURCES = [path for folder in ("shared", "services") for path in sorted((ROOT / folder).rglob("*.py"))]
LOGGING = [path for path in SOURCES if next(calls(path), None)]


def test_there_are_events() -> None:
    assert len(LOGGING) > 3


@pytest.mark.parametrize("path", LOGGING, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_event_has_a_constant_name(path: Path) -> None:
    for call in calls(path):
        name = call.args[0]
        assert isinstance(name, ast.Constant), f"line {call.lineno}"
        assert isinstance(name.value, str), f"line {call.lineno}"
        assert NAME.fullmatch(name.value), f"line {call.lineno}: {name.value}"
