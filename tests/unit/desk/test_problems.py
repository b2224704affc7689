"""Templates that can't be rendered say why and where, and never quote what they were given."""

import pytest

from tests.unit.desk.rendering import refused, rendered


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<p>\n{{ task.input.a | nope }}", "line 2: unknown filter 'nope'"),
        ("{% if false %}{{ 1 | nope }}{% endif %}", "line 1: unknown filter 'nope'"),
        ("{{ 'x' | safe }}", "line 1: unknown filter 'safe'"),
        ("\n\n{{ task.input.a", "line 3: '{{' is never closed"),
        ("{% raw %} {{ a }}", "line 1: '{% raw %}' is never closed"),
        ("{% include 'secrets' %}", "line 1: unexpected tag 'include'"),
        ("{% render 'secrets' %}", "line 1: unexpected tag 'render'"),
        ("{% nonsense %}", "line 1: unexpected tag 'nonsense'"),
        ("{% if %}{% endif %}", "line 1: missing expression"),
        ("{% for i in task.input.a %}", "line 1: expected tag endfor"),
        ("{% break %}", "line 1: unexpected 'break'"),
    ],
)
def test_the_reason_names_the_line(template: str, text: str) -> None:
    assert refused(template).casefold().startswith(text.casefold())


@pytest.mark.parametrize(
    "template",
    [
        "{{ task.input.secret | plus: task.input.secret | divided_by: 0 }}",
        "{{ task.input.secret | date }}",
        "{{ task.input.secret | sort | map: 'x' | sum | round: task.input.secret | slice }}",
        "{{ 3 | truncate: task.input.secret }}",
    ],
)
def test_what_goes_wrong_with_a_value_is_told_without_the_value(template: str) -> None:
    assert "hunter2" not in refused(template, {"secret": "hunter2"})


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123"),
        ("{% assign x = 'a,b' | split: ',' %}{{ x | size }}{{ x.first }}", "2a"),
        ("{% case task.input.n %}{% when 1 %}one{% else %}more{% endcase %}", "more"),
        ("{% raw %}{{ untouched }}{% endraw %}", "{{ untouched }}"),
        ("{%- if task.input.n == 2 -%} two {%- endif -%}", "two"),
        ("{% comment %}{{ nope | nope }}{% endcomment %}{{ task.input.n }}", "2"),
        ("{{ task.input['kebab-case'] }}{{ task.input.kebab-case }}", "xx"),
        ("{% tablerow i in (1..2) cols:2 %}{{ i }}{% endtablerow %}", None),
        ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}", "ab"),
        ("{{ task.input.labels | map: 'name' | join: ', ' }}", "A, B"),
        ("{% liquid\nassign a = 1\necho a\n%}", "1"),
        ("{{ true }}{{ nil }}{{ 1.5 }}", "true1.5"),
    ],
)
def test_ordinary_liquid_works(template: str, shown: str | None) -> None:
    page = rendered(template, {"n": 2, "kebab-case": "x", "labels": [{"name": "A"}, {"name": "B"}]})
    assert shown is None or page == shown
