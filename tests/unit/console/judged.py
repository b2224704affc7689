"""Items as the pipeline leaves them, for pages that read whole records."""

from datetime import datetime, timedelta

import msgspec

from shared.contracts.messages import Evidence, PolicyRef, Reason
from shared.contracts.words import Action, BackendName, Choice, DecidedBy, Status
from shared.ledger.entries import AnswerGiven, DecisionMade, EvidenceFound, LoopEnded, LoopOpened
from shared.ledger.record import Judged
from tests.fakes.console import NOW, ConsoleWorld
from tests.unit.cli.test_items import SUBMISSION
from tests.unit.policy.strategies import finding, with_ancestors

CHOICE_OF = {Action.APPROVE: Choice.APPROVE, Action.RESTRICT: Choice.RESTRICT, Action.REJECT: Choice.REJECT}


def media_id(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return (letters[number // 26 % 26] + letters[number % 26]) * 13


async def judged(
    world: ConsoleWorld,
    number: int,
    *,
    label: str = "Violence",
    confidence: float = 99.0,
    choice: Choice = Choice.APPROVE,
    verdict: Action | None = Action.APPROVE,
    tenant: str = "shop",
    policy: PolicyRef = SUBMISSION.policy,
    answers: dict[str, Action] | None = None,
    ruling: Action | None = None,
) -> str:
    """The higher its number, the older it is, by an hour. With answers, people were asked."""
    at, id_ = NOW - timedelta(hours=number), media_id(number)
    await world.ledger.open(id_, msgspec.structs.replace(SUBMISSION, at=at, tenant=tenant, policy=policy))
    findings = tuple(with_ancestors(finding(label, confidence)))
    found = Evidence(detector="d", model_version="7.0", findings=findings, raw_uri="s3://evidence/raw.json")
    await world.ledger.add(id_, EvidenceFound(at=at, evidence=found))
    reasons = (Reason(code="review-band", label=label, choice=Choice.ESCALATE),) if choice is Choice.ESCALATE else ()
    await world.ledger.add(
        id_,
        DecisionMade(at=at, policy=policy, choice=choice, reasons=reasons, floor=Action.APPROVE, severity=1),
    )
    await _asked(world, id_, at, answers or {}, ruling)
    if verdict is not None:
        await world.ledger.advance(
            id_,
            Status.DONE,
            at,
            verdict=verdict,
            verdict_number=1,
            judged=Judged(
                decided_by=DecidedBy.HUMAN if answers else DecidedBy.MODEL, reviewers=tuple(sorted(answers or {}))
            ),
        )
    return id_


async def waiting(world: ConsoleWorld, number: int) -> tuple[str, str]:
    """An item that people are asked about, and its loop's name."""
    id_ = await judged(world, number, choice=Choice.ESCALATE, verdict=None)
    at, loop = NOW - timedelta(hours=number), f"{id_}-r1"
    await world.ledger.add(id_, LoopOpened(at=at, name=loop, round=1, backend=BackendName.DESK, answers_wanted=1))
    await world.ledger.advance(id_, Status.REVIEWING, at)
    return id_, loop


async def _asked(
    world: ConsoleWorld, id_: str, at: datetime, answers: dict[str, Action], ruling: Action | None
) -> None:
    for spent, (worker, action) in enumerate(answers.items(), start=10):
        await world.ledger.add(id_, AnswerGiven(at=at, round=1, worker=worker, action=action, spent_s=float(spent)))
    if ruling is not None:
        await world.ledger.add(id_, LoopEnded(at=at, round=1, outcome="ruled", action=ruling))
