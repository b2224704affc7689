"""Decides cases by policy and opens a human loop for those that need a person."""

import asyncio
from dataclasses import dataclass

from services.review.domain.outcomes import model_outcome
from services.review.domain.rulings import LoopOutcome
from services.review.domain.tasks import loop_input
from services.review.handler.golden import open_beside
from services.review.handler.ports import Ports
from shared.consumer.ports import Message
from shared.contracts.cloudevents import decode
from shared.contracts.messages import REVIEW_REQUESTED, Evidence, MediaRef, ReviewRequested, Submission
from shared.contracts.words import Action, BackendName, Choice, MediaKind, Status
from shared.errors import Permanent, Transient
from shared.identity import loop_name
from shared.ledger.entries import ContentRead, DecisionMade, EvidenceFound, LoopEnded, LoopOpened
from shared.ledger.record import Record
from shared.ledger.views import only, submission, verdict
from shared.policy.adapters import without_adapter
from shared.policy.appeals import answers_on_appeal
from shared.policy.decide import Decision, decide
from shared.policy.model import Policy
from shared.policy.video import decide_video
from shared.telemetry import metrics, spans
from shared.telemetry.carrier import TRACEPARENT, inject


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
    if case.decision.alert or case.decision.choice is Choice.REJECT:
        spans.keep("alert" if case.decision.alert else "reject")
    if case.decision.choice is Choice.ESCALATE:
        await open_round(case, 1, ports)
        return
    if case.evidence.loop is not None:
        await _supersede(case, case.evidence.loop.name, ports)
    now = ports.clock()
    outcome = model_outcome(case.submission, case.decision, Action(case.decision.choice.value), now)
    await ports.outcomes.send(outcome, group=case.submission.tenant)


async def open_round(
    case: Case, round_: int, ports: Ports, *, excluded: tuple[str, ...] = (), appeal_of: int | None = None
) -> None:
    """Write the loop, then start it: a crash in between finds the entry and starts the same loop.

    `excluded` have answered about this item before; `appeal_of` is the number of the verdict appealed against.
    """
    media_id, review = case.submission.media_id, case.policy.review
    integrated = case.evidence.loop if round_ == 1 and appeal_of is None else None
    backend = BackendName.A2I if integrated else review.backend or ports.default_backend
    opened = LoopOpened(
        at=ports.clock(),
        name=integrated.name if integrated else loop_name(media_id, case.policy.version, round_),
        round=round_,
        backend=backend,
        kind=case.submission.kind,
        answers_wanted=review.answers if appeal_of is None else answers_on_appeal(review, backend),
        integrated=integrated is not None,
        excluded_workers=excluded,
        appeal_of=appeal_of,
        traceparent=inject().get(TRACEPARENT),
    )
    is_new = await ports.ledger.add(media_id, opened)
    if not is_new:
        # The loop is what was written first, whatever has been answered or configured since.
        first = await ports.ledger.entry(media_id, opened.key)
        opened = first if isinstance(first, LoopOpened) else opened
    # Rekognition has started an integrated loop already. What an earlier delivery started isn't started again, even
    # when it is over by now and the backend would take its name as free.
    people = ports.backend(opened.backend)
    if not opened.integrated and (is_new or await people.describe(opened.name) is None):
        content = loop_input(case.submission, case.readable, case.evidence, case.decision, case.policy, opened)
        await people.start(opened, case.policy, content)
        policy = f"{case.policy.name}@{case.policy.version}"
        metrics.record(metrics.LOOPS_OPENED, 1, {metrics.BACKEND: opened.backend, metrics.POLICY: policy})
    status = Status.REVIEWING if opened.appeal_of is None else Status.APPEALED
    await ports.ledger.advance(media_id, status, opened.at, verdict_number=opened.appeal_of)
    await open_beside(case.submission, opened, case.policy, case.decision.severity, ports)


async def case_of(record: Record, ports: Ports) -> Case:
    """The case as the ledger has it. An item with a loop has all of these entries, since each was written before;
    one that got another's verdict was judged by that one's evidence."""
    item, content = submission(record), only(record, ContentRead)
    judged = await _judged(record, ports)
    found, decision = only(judged, EvidenceFound), only(judged, DecisionMade)
    if item is None or content is None or found is None or decision is None:
        raise Transient("record-incomplete", media_id=record.summary.media_id)
    return Case(
        submission=item,
        readable=content.readable,
        evidence=found.evidence,
        decision=decision,
        policy=await ports.policies.at(item.policy),
    )


async def _judged(record: Record, ports: Ports) -> Record:
    """The record that has the evidence: this one, or that of the item with the same content whose verdict it got."""
    seen = {record.summary.media_id}
    while only(record, EvidenceFound) is None:
        first = verdict(record, 1)
        source = first.reused_from if first else None
        found = await ports.ledger.record(source) if source and source not in seen else None
        if found is None:
            return record
        seen.add(found.summary.media_id)
        record = found
    return record


async def _decided(request: ReviewRequested, ports: Ports) -> Case:
    media_id = request.submission.media_id
    policy = await ports.policies.at(request.submission.policy)
    made = await _judged_by(policy, request, ports)
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
        segments=made.segments,
        gap_ms=made.gap_ms,
    )
    await ports.ledger.add(media_id, decision)
    return Case(
        submission=request.submission,
        readable=request.readable,
        evidence=request.evidence,
        decision=decision,
        policy=policy,
    )


async def _judged_by(policy: Policy, request: ReviewRequested, ports: Ports) -> Decision:
    media_id, found = request.submission.media_id, request.evidence
    if request.submission.kind is not MediaKind.VIDEO:
        made = decide(policy, found.findings, found.content_types, media_id=media_id)
        return without_adapter(policy, made) if found.adapter_was_ignored else made
    if found.frames_uri is None:
        # The findings in the message are one of each label: too little to judge by, so never enough to approve.
        raise Permanent("frames-missing", "the evidence of a video doesn't say where its findings are")
    duration_ms = found.video.duration_ms if found.video else None
    async with ports.reading:
        frames = await ports.frames.get_frames(found.frames_uri)
        # A long video takes a second of computing, in which other messages must go on.
        return await asyncio.to_thread(decide_video, policy, frames, duration_ms=duration_ms, media_id=media_id)


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
