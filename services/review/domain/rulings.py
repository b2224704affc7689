"""What reviewers' answers amount to, and what follows when a loop ends."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from shared.contracts.words import Action
from shared.ledger.entries import AnswerGiven, LoopEnded, LoopOpened
from shared.policy.model import Consensus, Policy

ORDER = (Action.APPROVE, Action.RESTRICT, Action.REJECT)
"""From mild to severe."""


class LoopOutcome(StrEnum):
    RULED = "ruled"
    TIE = "tie"
    NO_ANSWERS = "no-answers"
    FAILED = "failed"
    EXPIRED = "expired"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"


class Next(StrEnum):
    CONCLUDE = "conclude"
    NEW_ROUND = "new-round"
    FAIL_CLOSED = "fail-closed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopState:
    """What the backend says of a loop, whether it told us or was asked. `status` is one of A2I's words."""

    name: str
    status: str
    failure_code: str | None = None
    output_uri: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status not in {"InProgress", "Stopping"}


def severest(*actions: Action) -> Action:
    return max(actions, key=ORDER.index)


def loop_ended(
    state: LoopState, opened: LoopOpened, answers: tuple[AnswerGiven, ...], policy: Policy, at: datetime
) -> LoopEnded:
    """How the loop ended. Only a completed loop whose answers agree rules; nothing else ever approves."""
    action: Action | None = None
    match state.status:
        case "Completed" if answers:
            actions = tuple(answer.action for answer in answers)
            action = ruling(policy.review.consensus, actions, wanted=opened.answers_wanted)
            outcome = LoopOutcome.RULED if action else LoopOutcome.TIE
        case "Completed":
            outcome = LoopOutcome.NO_ANSWERS
        case "Stopped":
            outcome = LoopOutcome.STOPPED
        case _ if state.failure_code == "Expired":
            outcome = LoopOutcome.EXPIRED
        case _:
            outcome = LoopOutcome.FAILED
    return LoopEnded(
        at=at,
        round=opened.round,
        outcome=outcome,
        action=action,
        failure_code=state.failure_code,
        output_uri=state.output_uri,
    )


def ruling(consensus: Consensus, actions: tuple[Action, ...], *, wanted: int) -> Action | None:
    """What the answers amount to, or None when they don't agree enough.

    `wanted` is how many answers were asked for: one that couldn't be read still counts as not agreeing.
    """
    votes = Counter(actions)
    total = max(wanted, len(actions))
    top, count = votes.most_common(1)[0]
    majority = top if count * 2 > total else None
    match consensus:
        case Consensus.MAJORITY:
            return majority
        case Consensus.UNANIMOUS:
            return top if count == total else None
        case Consensus.ANY_REJECT:
            return Action.REJECT if votes[Action.REJECT] else majority
        case _:
            assert_never(consensus)


def after(end: LoopEnded, policy: Policy, *, first_round: int = 1) -> Next:
    """What follows. `first_round` began the series that this round is of: each appeal has `max_rounds` of its own."""
    match LoopOutcome(end.outcome):
        case LoopOutcome.RULED:
            return Next.CONCLUDE
        case LoopOutcome.SUPERSEDED:
            return Next.NOTHING
        case _ if end.round - first_round + 1 < policy.review.max_rounds:
            return Next.NEW_ROUND
        case _:
            return Next.FAIL_CLOSED
