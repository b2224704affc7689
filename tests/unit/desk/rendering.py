"""Rendering with what the tests agree on: a signer that shows what it was asked for."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from shared.worker_templates.problem import TemplateProblem
from shared.worker_templates.render import render


def signed(uri: str) -> str:
    return f"https://signed.example/{uri.removeprefix('s3://')}?expires=300&signature=0f"


def rendered(template: str, task_input: Mapping[str, Any] | None = None) -> str:
    return render(template, task_input or {}, grant_read_access=signed)


def refused(template: str, task_input: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(TemplateProblem) as raised:
        rendered(template, task_input)
    assert raised.value.code == "ValidationError"
    return raised.value.text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every tag of a page with its attributes, their HTML escapes undone as a browser does."""
    parser = _Tags()
    parser.feed(page)
    parser.close()
    return parser.tags


def attribute(page: str, tag: str, name: str) -> str:
    found = [attributes[name] for each, attributes in tags(page) if each == tag]
    assert len(found) == 1, f"{len(found)} of <{tag}>"
    assert found[0] is not None
    return found[0]
