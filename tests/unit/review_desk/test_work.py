from datetime import timedelta

import pytest

from services.review.desk.domain.work import Exposure, Given, exposed, is_break_due, numbers, urgency
from services.review.desk.web.mine import said
from services.review.desk.web.pages import span
from tests.unit.review_desk.reviewing import BEGIN, at


def test_age_makes_up_for_severity() -> None:
    now = at(hours=2)
    assert urgency(90, at(hours=1, minutes=55), now) < urgency(40, BEGIN, now)
    assert urgency(90, BEGIN, now) > urgency(40, BEGIN, now)
    assert urgency(0, BEGIN, BEGIN) > 0


def test_a_break_is_due_after_so_many_items_and_over_after_a_pause() -> None:
    exposure = Exposure()
    for minute in range(3):
        exposure = exposed(exposure, at(minutes=minute), break_s=600)
    assert (exposure.today, exposure.since_break) == (3, 3)
    assert is_break_due(exposure, at(minutes=3), break_after=3, break_s=600)
    assert not is_break_due(exposure, at(minutes=3), break_after=4, break_s=600)
    assert not is_break_due(exposure, at(minutes=12), break_after=3, break_s=600)
    assert exposed(exposure, at(minutes=12), break_s=600).since_break == 1


def test_a_new_day_begins_at_nothing() -> None:
    late = exposed(Exposure(), at(hours=11, minutes=59), break_s=600)
    assert exposed(late, at(hours=12), break_s=600) == Exposure(
        day="2026-03-11", today=1, since_break=2, last_at=at(hours=12)
    )


def test_the_median_is_of_what_was_answered() -> None:
    given = [
        Given(loop="x", title="", kind="image", content="{}", spent_s=spent, at=BEGIN) for spent in (4.0, 100.0, 6.0)
    ]
    assert (numbers(given).answered, numbers(given).median_s) == (3, 6.0)
    assert numbers([]).median_s is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"ruling": {"approve": False, "reject": True}, "labels": {"Weapons": True, "Smoke": False}},
            "reject, Weapons",
        ),
        ({"ruling": {"label": "reject"}}, "reject"),
        ({"AWS/x": {"moderationLabels": [{"name": "Weapons", "parentName": "Violence"}]}}, "Weapons, Violence"),
        ({"ruling": {"approve": True}, "noneOfThese": {"yes": True}}, "approve, none of these"),
        ({"note": "<b>", "stars": 4}, "<b>, stars 4"),
        ({"note": "[sic]", "more": "[" * 100_000}, "[sic], " + "[" * 192 + "…"),
        (
            {
                "segment-1": {"confirmed": True, "absent": False},
                "segment-2": {"confirmed": True},
                "segment-3": {"other": True},
                "other-3": "Smoking",
                "added": '[{"label": "Corpses", "startMs": 1, "endMs": 2}]',
                "ruling": {"reject": True},
            },
            "2 segments shown, 1 segment something else, Smoking, Corpses, reject",
        ),
        ({"segment-1": {"absent": True}, "added": "[]", "ruling": {"approve": True}}, "1 segment not shown, approve"),
        ({}, ""),
    ],
)
def test_an_answer_is_told_in_a_few_words(content: object, words: str) -> None:
    assert said(content) == words


@pytest.mark.parametrize(
    ("length", "told"),
    [(timedelta(seconds=-4), "0 s"), (timedelta(seconds=59), "59 s"), (timedelta(minutes=61), "1 h")],
)
def test_lengths_are_told_in_their_largest_unit(length: timedelta, told: str) -> None:
    assert span(length) == told
