"""Reasons as sentences."""

import pytest

from shared.contracts.messages import Reason, Segment
from shared.contracts.words import Choice
from shared.policy.decide import ReasonCode
from shared.policy.words import in_words


def seen(code: str, rule: str | None = None) -> Reason:
    return Reason(code=code, label="Weapons", confidence=92.61, threshold=80, rule=rule)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (seen("reject-band"), "Weapons at 92.6 is rejected from 80 on"),
        (
            seen("restrict-band", "Violence"),
            "Weapons at 92.6 is restricted from 80 on (rule on Violence)",
        ),
        (seen("review-band", "Weapons"), "Weapons at 92.6 is shown to people from 80 on"),
        (seen("approve-band"), "Weapons at 92.6 is let pass: below 80"),
        (
            Reason(code="unlisted-label", label="Weapons", choice=Choice.APPROVE),
            "Weapons has no rule; what has none is approved",
        ),
        (Reason(code="audit", choice=Choice.REJECT), "drawn for an audit; the policy alone would have rejected it"),
        (Reason(code="reviewed", rule="round 2"), "reviewers ruled in round 2"),
        (
            Reason(code="review-no-answers", rule="round 2"),
            "no ruling came of the review (no-answers in round 2), so the fallback holds",
        ),
        (Reason(code="more", rule="12 more"), "and 12 more"),
        (Reason(code="what-comes-next-year", rule="x"), "what comes next year (x)"),
    ],
    ids=lambda value: value.code if isinstance(value, Reason) else "",
)
def test_a_reason_is_a_sentence(reason: Reason, told: str) -> None:
    assert in_words(reason) == told


def test_where_in_a_video_is_told_too() -> None:
    where = Segment(label="Weapons", parent="", level=1, start_ms=1_200, end_ms=2_000, confidence=99, frames=3)
    assert in_words(Reason(code="reject-band", label="Weapons", segment=where)) == "Weapons is rejected at 0:00:01.200"


@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_has_words_of_its_own(code: ReasonCode) -> None:
    assert in_words(Reason(code=code, label="Weapons")) != code.replace("-", " ")
