"""What README and docs say was measured is what was measured."""

from datetime import UTC, datetime

import pytest

from tests.bench.publish import DOCUMENT, README, Run, newest, shown, together
from tests.bench.report import Figure

MARKED = "before\n<!-- measured -->\nof long ago\n<!-- /measured -->\nafter\n"


def run(hour: int, *figures: Figure, machine: str = "2 × any") -> Run:
    return Run(at=datetime(2026, 11, 21, hour, tzinfo=UTC), machine=machine, figures=figures)


def figure(part: str, value: float, *, at_most: float | None = None) -> Figure:
    return Figure(part=part, what=part, value=value, at_most=at_most, beside="peer 7")


def test_the_documents_show_the_newest_run() -> None:
    measured = newest()
    assert README.read_text() == shown(README.read_text(), measured, is_whole=False)
    assert DOCUMENT.read_text() == shown(DOCUMENT.read_text(), measured, is_whole=True)


def test_a_table_takes_the_place_of_the_one_before() -> None:
    measured = run(3, figure("steady", 1), figure("consumer", 2, at_most=3))
    rows = shown(MARKED, measured, is_whole=True).splitlines()
    assert rows[0] == "before"
    assert rows[-1] == "after"
    assert "2026-11-21, 2 × any:" in rows
    assert {"| steady | 1 |  |  | peer 7 |", "| consumer | 2 | ≤ 3 | ✓ | peer 7 |"} <= set(rows)
    assert "of long ago" not in rows


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        shown(MARKED.replace("/measured", "measured"), run(3), is_whole=True)


def test_readme_shows_what_has_a_target() -> None:
    table = shown(MARKED, run(3, figure("steady", 1), figure("consumer", 2, at_most=3)), is_whole=False)
    assert "| consumer | 2 | ≤ 3 | ✓ |\n" in table
    assert "steady" not in table


def test_of_several_runs_each_part_is_as_measured_last() -> None:
    first = run(1, figure("consumer", 1), figure("steady", 1), figure("money", 1))
    both = together([first, run(2, figure("consumer", 2)), run(3, figure("consumer", 3))])
    assert [(one.part, one.value) for one in both.figures] == [("steady", 1), ("consumer", 3), ("money", 1)]
    assert [at.hour for at in both.times] == [1, 3]
    assert both.heading == "2026-11-21, 2 × any, parts of 2 runs:"


def test_runs_of_different_machines_are_not_put_together() -> None:
    with pytest.raises(ValueError, match="different machines: 2 × any, 64 × any"):
        together([run(1, figure("steady", 1)), run(2, figure("steady", 1), machine="64 × any")])
