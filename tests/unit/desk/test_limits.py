"""A template that is made to grow or to run for very long ends with a reason, and soon.

How soon isn't asserted by the wall clock: a template that got past its limits would keep the suite for hours.
"""

import itertools

import pytest

from shared.worker_templates.problem import TemplateProblem
from shared.worker_templates.render import render
from tests.unit.desk.rendering import refused, rendered, signed

ROOM = 127_000
LOOP = "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{" * (ROOM // 2), id="outputs that never end"),
        pytest.param("{%" * (ROOM // 2), id="tags that never end"),
        pytest.param("{% raw %}" * (ROOM // 9), id="raw that never ends"),
        pytest.param("{% doc %}" * (ROOM // 9), id="doc that never ends"),
        pytest.param("{% comment %}" * (ROOM // 13), id="comments that never end"),
        pytest.param("{" * ROOM, id="braces"),
        pytest.param("{{" + " " * ROOM + "}}", id="space in an output"),
        pytest.param("{% for i in " + "(" * (ROOM - 20) + " %}", id="parentheses"),
        pytest.param("{{ a" + " | upcase" * (ROOM // 10) + " }}", id="a chain of filters"),
        pytest.param("{% if a %}" * 40 + "{% endif %}" * 40, id="blocks in blocks"),
        pytest.param("x" * 128_001, id="too long a template"),
        pytest.param(LOOP, id="loops in loops"),
        pytest.param("{% for i in (1..999999999) %}{% endfor %}", id="a long range"),
        pytest.param("{% tablerow i in (1..99999) %}" + LOOP + "{% endtablerow %}", id="rows of loops"),
        pytest.param("{{ (1..999999999) | join: ',' }}", id="a long range in a filter"),
        pytest.param("{{ (1..9999999) | sum }}", id="a long range whose result is short"),
        pytest.param("{{ (1..9999999999999999999999) | size }}", id="a range beyond any list"),
        pytest.param(
            "{% assign x = 'a' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}", id="doubling text"
        ),
        pytest.param(
            "{% assign x = 'a' %}{% for i in (1..99) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}",
            id="doubling captures",
        ),
        pytest.param(
            "{% assign x = 'a,b' | split: ',' %}{% for i in (1..99) %}{% assign x = x | concat: x %}{% endfor %}",
            id="doubling lists",
        ),
        pytest.param(
            "{% assign n = 99999 %}{% for i in (1..99) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
            id="squared numbers",
        ),
        pytest.param("{{ task.input.text | replace: 'a', task.input.text }}", id="text for each letter"),
        pytest.param("{{ task.input.text | split: '' | join: task.input.text }}", id="text between all letters"),
        pytest.param("{{ task.input.text | split: '' | uniq }}", id="every letter against every other"),
        pytest.param("{{ task.input.text }}" * 100, id="long output"),
        pytest.param("{{ task.input.open | strip_html }}", id="comments that never end, to be stripped"),
    ],
)
def test_a_hostile_template_is_refused(template: str) -> None:
    assert refused(template, {"text": "a" * 1_000_000, "open": "<!--" * 100_000})


def test_a_template_that_does_nothing_for_very_long_is_ended_by_the_clock() -> None:
    idle = "{% for i in (1..300) %}{% for j in (1..300) %}{% if true %}{% endif %}{% endfor %}{% endfor %}"
    ticks = itertools.count(0, 0.01)
    with pytest.raises(TemplateProblem, match="line 1: rendering takes longer than 2 s"):
        render(idle, {}, grant_read_access=signed, clock=lambda: next(ticks))


def test_deeply_nested_input_is_no_crash() -> None:
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "can't be rendered" in refused("{{ task.input.deep | to_json }}", {"deep": deep})


def test_what_a_large_task_needs_is_within_the_limits() -> None:
    # 5,000 segments of a video, each shown with four values, and the whole input once more as JSON.
    segments = [{"name": f"label {n}", "start": n, "end": n + 1, "confidence": 99.9} for n in range(5_000)]
    page = rendered(
        "{% for segment in task.input.segments %}<li>{{ segment.name }} {{ segment.start }} {{ segment.end }}"
        " {{ segment.confidence }}</li>{% endfor %}<script>var all = {{ task.input | to_json }}</script>",
        {"segments": segments},
    )
    assert page.count("<li>") == 5_000
