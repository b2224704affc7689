"""All spans of one item as one picture."""

from services.results.console.domain.waterfall import CONVERSATION, ROWS, Span, waterfall
from tests.unit.console.stories import TRACES, span, traced


def test_an_items_traces_are_one_line_with_the_human_wait_between() -> None:
    before, after = waterfall(traced("item"), "item")
    assert [part.trace_id for part in (before, after)] == list(TRACES)
    assert before.waited_s is None
    assert after.waited_s is not None
    assert 7190 < after.waited_s < 7200
    assert after.is_linked
    assert not before.is_linked


def test_children_stand_below_their_parents_by_time_and_bars_where_they_were() -> None:
    before, _ = waterfall(traced("item"), "item")
    assert [(row.span.name.split(" ")[-1], row.depth) for row in before.rows] == [
        ("gavel-local-media-events", 0),
        ("s3.GetObject", 1),
        ("gavel-local-moderation-requests", 1),
        ("gavel-local-moderation-requests", 2),
        ("rekognition.DetectModerationLabels", 3),
        ("gavel-local-review-requests", 3),
        ("events.PutEvents", 4),
    ]
    detected = before.rows[4]
    assert abs(detected.left - 100 * 0.31 / 1.21) < 0.01
    assert abs(detected.width - 100 * 0.41 / 1.21) < 0.01


def test_what_is_about_other_items_of_the_same_trace_is_left_out() -> None:
    (part,) = waterfall(
        [
            span(1, "process a", "ingest", 0, 1, attributes={CONVERSATION: "item"}),
            span(2, "process b", "ingest", 0, 9, attributes={CONVERSATION: "another"}),
        ],
        "item",
    )
    assert [row.span.name for row in part.rows] == ["process a"]
    assert part.took_s == 1


def test_traces_that_overlap_wait_for_nothing_and_a_pause_is_told() -> None:
    def root(number: int, start_s: float) -> Span:
        return span(number, "process a", "ingest", start_s, 2, parent_id=None, trace_id=f"{number:032x}")

    parts = waterfall([root(1, 0), root(2, 1), root(3, 10)], "item")
    assert [part.waited_s for part in parts] == [None, None, 7]


def test_a_wait_counts_from_the_span_that_it_began_with_whatever_came_between() -> None:
    between = span(20, "process human-loop-events", "review", 7199, 0.9, parent_id=None, trace_id="b" * 32)
    (*_, after) = waterfall([*traced("item"), between], "item")
    assert after.waited_s is not None
    assert 7190 < after.waited_s < 7200
    assert after.is_linked


def test_whoever_only_looked_is_no_part_of_the_way() -> None:
    look = span(20, "GET /console/items/{media_id}", "api", 50, 1, parent_id=None, kind="server", trace_id="b" * 32)
    assert len(waterfall([*traced("item"), look], "item")) == 2


def test_orphans_rings_and_spans_that_end_before_they_begin_are_drawn_all_the_same() -> None:
    ring = [
        span(1, "a", "s", 0, 1, parent_id=f"{2:016x}"),
        span(2, "b", "s", 0, 1, parent_id=f"{1:016x}"),
        span(3, "c", "s", 5, -2, parent_id="gone"),
    ]
    (part,) = waterfall(ring, "item")
    assert sorted(row.span.name for row in part.rows) == ["a", "b", "c"]
    assert all(0 <= row.left <= 100 and 0 <= row.width <= 100 for row in part.rows)


def test_a_trace_as_deep_as_anybody_likes_is_cut_off_and_says_so() -> None:
    (part,) = waterfall([span(number, "x", "s", number, 1) for number in range(1, 3_001)], "item")
    assert (len(part.rows), part.hidden) == (ROWS, 3_000 - ROWS)


def test_nothing_is_nothing() -> None:
    assert waterfall([], "item") == ()
