"""What can be made golden, and what is said of what can't."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cli.golden import GoldenProblem, golden_item
from cli.main import app
from cli.screen import Exit
from shared.contracts.words import Action, Choice, DecidedBy, Lane, MediaKind, Status
from shared.ledger.entries import (
    ContentRead,
    DecisionMade,
    Entry,
    EvidenceFound,
    LoopEnded,
    SubmissionOpened,
    VerdictGiven,
)
from shared.ledger.golden import GoldenItem
from shared.ledger.record import Record, Summary
from shared.policy.model import Policy, Rule
from tests.unit.review.cases import AT, MEDIA_ID, POLICY, REF, SOURCE, evidence, weapons

OPENED = SubmissionOpened(
    at=AT, tenant="default", kind=MediaKind.IMAGE, lane=Lane.LIVE, source=SOURCE, policy=REF,
    size_bytes=1, envelope="cloudevent",
)  # fmt: skip
CONTENT = ContentRead(at=AT, sha256="ab" * 32, format="JPEG", readable=SOURCE)
EVIDENCE = EvidenceFound(at=AT, evidence=evidence(*weapons(70)))
DECISION = DecisionMade(
    at=AT, policy=REF, choice=Choice.ESCALATE, reasons=(), floor=Action.APPROVE, severity=70, category="Violence"
)
RULED = LoopEnded(at=AT, round=1, outcome="ruled", action=Action.REJECT)
MILD = Policy(name="mild", version="0" * 16, rules=(Rule(label="Violence", reject_at=90),))


def verdict(
    action: Action = Action.REJECT, by: DecidedBy = DecidedBy.HUMAN, reused_from: str | None = None
) -> VerdictGiven:
    return VerdictGiven(
        at=AT, number=1, action=action, decided_by=by, policy=REF, cause="c", reasons=(), reused_from=reused_from
    )


def record(*entries: Entry, status: Status = Status.DONE) -> Record:
    summary = Summary(media_id=MEDIA_ID, status=status, tenant="default", received_at=AT, updated_at=AT)
    return Record(summary=summary, entries=(OPENED, *entries))


REVIEWED = record(CONTENT, EVIDENCE, DECISION, RULED, verdict())


def problems(
    of: Record, policy: Policy = POLICY, right: Action | None = Action.REJECT, labels: tuple[str, ...] = ()
) -> Sequence[str]:
    with pytest.raises(GoldenProblem) as caught:
        golden_item(of, policy, right, labels, AT)
    return caught.value.problems


def test_a_decided_item_with_an_answer_is_golden() -> None:
    automatic = record(CONTENT, EVIDENCE, DECISION, verdict(Action.APPROVE, DecidedBy.MODEL))
    assert golden_item(automatic, POLICY, Action.RESTRICT, ("Weapons",), AT) == GoldenItem(
        media_id=MEDIA_ID,
        policy="standard",
        kind=MediaKind.IMAGE,
        right=Action.RESTRICT,
        labels=("Weapons",),
        added_at=AT,
    )


def test_without_an_answer_it_is_what_people_ruled() -> None:
    assert golden_item(REVIEWED, POLICY, None, (), AT).right is Action.REJECT


@pytest.mark.parametrize(
    ("entries", "status", "says"),
    [
        ((), Status.RECEIVED, "nobody has read its content: it is received"),
        ((CONTENT,), Status.MODERATING, "its evidence and the policy's decision aren't in the ledger"),
        ((CONTENT, EVIDENCE, DECISION), Status.REVIEWING, "it has no verdict yet: it is reviewing"),
        ((CONTENT, EVIDENCE, DECISION, verdict()), Status.APPEALED, "it is under appeal"),
        ((CONTENT, verdict(reused_from="z" * 26)), Status.DONE, f"{'z' * 26}: add that one"),
    ],
)
def test_what_is_no_decided_item_is_refused(entries: tuple[Entry, ...], status: Status, says: str) -> None:
    assert any(says in problem for problem in problems(record(*entries, status=status)))


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ((verdict(Action.APPROVE, DecidedBy.MODEL),), "isn't people's"),
        ((verdict(Action.REJECT, DecidedBy.FAIL_CLOSED),), "isn't people's"),
        ((RULED, verdict(Action.RESTRICT)), "people ruled reject, and its verdict is restrict"),
    ],
)
def test_a_verdict_that_is_not_what_people_ruled_says_nothing(entries: tuple[Entry, ...], says: str) -> None:
    assert any(says in problem for problem in problems(record(CONTENT, EVIDENCE, DECISION, *entries), right=None))


def test_restrict_is_never_right_where_the_policy_restricts_nothing() -> None:
    (problem,) = problems(REVIEWED, MILD, Action.RESTRICT)
    assert "policy mild restricts nothing" in problem
    stricter = replace(MILD, rules=(*MILD.rules, Rule(label="Alcohol", restrict_at=80)))
    assert golden_item(REVIEWED, stricter, Action.RESTRICT, (), AT).policy == "mild"


def test_everything_in_the_way_is_told_at_once() -> None:
    pending = record(CONTENT, EVIDENCE, DECISION, status=Status.REVIEWING)
    told = " / ".join(problems(pending, MILD, Action.RESTRICT, ("Wepons", "Violence")))
    assert "no verdict yet" in told
    assert "Wepons isn't a label of the moderation taxonomy; did you mean Weapons" in told
    assert "restricts nothing" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "short", "--answer", "reject"),
        ("add", MEDIA_ID),
        ("add", MEDIA_ID, "--answer", "reject", "--from-verdict"),
        ("add", MEDIA_ID, "--answer", "Reject"),
        ("remove", "short"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["golden", *arguments]).exit_code == Exit.USAGE
