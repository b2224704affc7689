"""Decides cases by policy and opens a human loop for those that need a person."""

from dataclasses import dataclass

from shared.policy.decide import decide
from shared.policy.model import Policy

from services.review.domain.outcomes import model_outcome
from services.review.domain.rulings import LoopOutcome
from services.review.domain.tasks import loop_input
from services.review.handler.ports import Ports
from shared.consumer.ports import Message
from shared.contracts.cloudevents import decode
from shared.contracts.messages import REVIEW_REQUESTED, Evidence, MediaRef, ReviewRequested, Submission
from shared.contracts.words import Action, BackendName, Choice, Status
from shared.errors import Transient
from shared.identity import loop_name
from shared.ledger.entries import ContentRead, DecisionMade, EvidenceFound, LoopEnded, LoopOpened, Record
from shared.ledger.views import only, submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A submission with what the detector found and the policy made of it."""

    submission: Submission
    readable: MediaRef
    evidence: Evidence
    decision: DecisionMade
    policy: Policy


async def on_review_requested(message: Message, ports: Ports) -> None:
    case = await _decided(decode(message.body, REVIEW_REQUESTED, ReviewRequested).data, ports)
    if case.decision.choice is Choice.ESCALATE:
        await open_round(case, 1, ports)
        return
    if case.evidence.loop is not None:
        await _supersede(case, case.evidence.loop.name, ports)
    now = ports.clock()
    await ports.ledger.advance(case.submission.media_id, Status.DECIDED, now)
    outcome = model_outcome(case.submission, case.decision, Action(case.decision.choice.value), now)
    await ports.outcomes.send(outcome, group=case.submission.tenant)


async def open_round(case: Case, round_: int, ports: Ports) -> None:
    """Write the loop, then start it: a crash in between finds the entry and starts the same loop."""
    media_id, review = case.submission.media_id, case.policy.review
    integrated = case.evidence.loop if round_ == 1 else None
    backend = BackendName.A2I if integrated else review.backend or ports.default_backend
    opened = LoopOpened(
        at=ports.clock(),
        name=integrated.name if integrated else loop_name(media_id, case.policy.version, round_),
        round=round_,
        backend=backend,
        answers_wanted=review.answers,
        integrated=integrated is not None,
    )
    is_new = await ports.ledger.add(media_id, opened)
    # Rekognition has started an integrated loop already. What an earlier delivery started isn't started again, even
    # when it is over by now and the backend would take its name as free.
    if integrated is None and (is_new or await ports.backend(backend).describe(opened.name) is None):
        content = loop_input(case.submission, case.readable, case.evidence, case.decision, case.policy, round_)
        await ports.backend(backend).start(opened.name, case.policy.name, content)
    await ports.ledger.advance(media_id, Status.REVIEWING, opened.at)


async def case_of(record: Record, ports: Ports) -> Case:
    """The case as the ledger has it. An item with a loop has all of these entries, since each was written before."""
    item, content = submission(record), only(record, ContentRead)
    found, decision = only(record, EvidenceFound), only(record, DecisionMade)
    if item is None or content is None or found is None or decision is None:
        raise Transient("record-incomplete", media_id=record.summary.media_id)
    return Case(
        submission=item,
        readable=content.readable,
        evidence=found.evidence,
        decision=decision,
        policy=await ports.policies.at(item.policy),
    )


async def _decided(request: ReviewRequested, ports: Ports) -> Case:
    media_id = request.submission.media_id
    policy = await ports.policies.at(request.submission.policy)
    made = decide(policy, request.evidence.findings, request.evidence.content_types, media_id=media_id)
    decision = DecisionMade(
        at=ports.clock(),
        policy=request.submission.policy,
        choice=made.choice,
        reasons=made.reasons,
        floor=made.floor,
        severity=made.severity,
        category=made.category,
        alert=made.alert,
        audit=made.audit,
    )
    await ports.ledger.add(media_id, decision)
    return Case(
        submission=request.submission,
        readable=request.readable,
        evidence=request.evidence,
        decision=decision,
        policy=policy,
    )


async def _supersede(case: Case, name: str, ports: Ports) -> None:
    """End a loop that Rekognition opened and the policy doesn't need: A2I's conditions can't say "unless rejected"."""
    media_id, now = case.submission.media_id, ports.clock()
    answers = case.policy.review.answers
    await ports.ledger.add(
        media_id,
        LoopOpened(at=now, name=name, round=1, backend=BackendName.A2I, answers_wanted=answers, integrated=True),
    )
    await ports.ledger.add(media_id, LoopEnded(at=now, round=1, outcome=LoopOutcome.SUPERSEDED))
    await ports.backend(BackendName.A2I).stop(name)
