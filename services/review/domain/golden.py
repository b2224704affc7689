"""When a golden loop is opened, about which item, what reviewers see of it, and whether their answers are right."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.review.domain.rulings import LoopState
from services.review.domain.tasks import loop_input
from shared.contracts.messages import PolicyRef, Submission
from shared.contracts.words import Choice
from shared.identity import loop_name
from shared.ledger.entries import AnswerGiven, ContentRead, DecisionMade, EvidenceFound, LoopOpened
from shared.ledger.golden import GoldenAnswer, GoldenItem, GoldenLoop
from shared.ledger.record import Record
from shared.ledger.views import only, submission
from shared.policy.model import Policy
from shared.taxonomy.labels import taxonomy


def is_drawn(policy: Policy, media_id: str, round_: int) -> bool:
    """Drawn by item, policy version and round alone, so that a repeat is drawn alike."""
    percent = policy.review.golden_percent
    if percent <= 0:
        return False
    digest = hashlib.sha256(f"golden\x1f{media_id}\x1f{policy.version}\x1f{round_}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * 100 < percent


def candidates(items: Iterable[GoldenItem], case: Submission, beside: LoopOpened, now: datetime) -> list[GoldenItem]:
    """Golden items that can go beside this loop, those first that nobody has seen or not for the longest time.

    Never one that is before reviewers already, who would see it twice in their list.
    """

    def turn(item: GoldenItem) -> tuple[float, bytes]:
        opened_s = item.opened_at.timestamp() if item.opened_at else 0.0
        return opened_s, hashlib.sha256(f"{beside.name}\x1f{item.media_id}".encode()).digest()

    free = (item for item in items if item.busy_until is None or item.busy_until <= now)
    return sorted((item for item in free if item.kind is case.kind and item.media_id != case.media_id), key=turn)


def golden_loop(
    item: GoldenItem,
    record: Record,
    policy: Policy,
    beside: LoopOpened,
    *,
    loop_id: str,
    severity: int,
    excluded: tuple[str, ...],
    at: datetime,
) -> GoldenLoop:
    """A loop as the real one beside it, save for whom it is kept from.

    An item that needed no person has no severity that a task could have: it gets `severity`, the real one's.
    """
    decision = only(record, DecisionMade)
    return GoldenLoop(
        id=loop_id,
        item=item.media_id,
        beside=beside.name,
        policy=PolicyRef(name=policy.name, version=policy.version),
        right=item.right,
        labels=item.labels,
        severity=decision.severity if decision and decision.choice is Choice.ESCALATE else severity,
        opened=LoopOpened(
            at=at,
            name=loop_name(loop_id, policy.version, beside.round),
            round=beside.round,
            backend=beside.backend,
            kind=beside.kind,
            answers_wanted=beside.answers_wanted,
            excluded_workers=excluded,
            appeal_of=beside.appeal_of,
        ),
    )


def golden_input(loop: GoldenLoop, record: Record, policy: Policy) -> str | None:
    """The loop's input, as that of a real case with what was found in the golden item; None where its record lacks
    something. It names the loop's own id, and nobody whom the loop is kept from."""
    item, content = submission(record), only(record, ContentRead)
    found, decision = only(record, EvidenceFound), only(record, DecisionMade)
    if item is None or content is None or found is None or decision is None:
        return None
    return loop_input(
        msgspec.structs.replace(item, media_id=loop.id, policy=loop.policy),
        content.readable,
        found.evidence,
        msgspec.structs.replace(decision, severity=loop.severity),
        policy,
        msgspec.structs.replace(loop.opened, excluded_workers=()),
    )


def golden_answer(loop: GoldenLoop, answer: AnswerGiven) -> GoldenAnswer:
    """A label is confirmed by itself or by a narrower one."""
    known, confirmed = taxonomy().labels, set(answer.labels)
    narrower = {label: known[label].descendants if label in known else () for label in loop.labels}
    missed = tuple(label for label in loop.labels if confirmed.isdisjoint((label, *narrower[label])))
    return GoldenAnswer(
        at=answer.at,
        loop=loop.id,
        item=loop.item,
        policy=loop.policy.name,
        worker=answer.worker,
        given=answer.action,
        right=loop.right,
        labels=loop.labels,
        missed=missed,
        spent_s=answer.spent_s,
    )


def golden_outcome(state: LoopState, answers: tuple[AnswerGiven, ...]) -> str:
    """How the loop ended: answered | no-answers | expired | failed | stopped …, A2I's words in small letters."""
    if state.status == "Completed":
        return "answered" if answers else "no-answers"
    return ("expired" if state.failure_code == "Expired" else state.status).lower()
