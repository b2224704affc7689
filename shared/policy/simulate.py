"""What another policy would have made of evidence that there is already: pure, and nobody is asked anything.

Each item is decided anew by the very functions that decide new ones. What people ruled stays theirs: where the policy
asks people who have ruled on the item already, their ruling holds, but no lower than the policy's floor.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding
from shared.contracts.words import Action, Choice
from shared.policy.adapters import without_adapter
from shared.policy.decide import RANK, Decision, decide
from shared.policy.model import Policy
from shared.policy.video import decide_video

CHANGES_LISTED: Final = 50
"""Items whose outcome would be another that are told one by one; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One item as it was judged. `choice` is what the policy of the time made of it, `verdict` what it came to in the
    end, `ruling` what people said of it, None where nobody was asked. `frames` are a video's findings, read once as it
    is decided, and then `findings` and `content_types` are nothing. With `adapter_was_ignored` the findings are the
    base model's where an adapter had been asked for."""

    media_id: str
    choice: Choice
    verdict: Action | None
    ruling: Action | None = None
    findings: tuple[Finding, ...] = ()
    content_types: tuple[ContentType, ...] = ()
    frames: Iterable[FrameFinding] | None = None
    duration_ms: int | None = None
    adapter_was_ignored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An item that the policy would choose otherwise for; `verdict_after` is None where people would have to say."""

    media_id: str
    before: Choice
    after: Choice
    verdict_before: Action | None
    verdict_after: Action | None


def decided(policy: Policy, item: Seen) -> Decision:
    """As REVIEW decides: `decide` for images, `decide_video` for videos."""
    if item.frames is not None:
        return decide_video(policy, item.frames, duration_ms=item.duration_ms, media_id=item.media_id)
    made = decide(policy, item.findings, item.content_types, media_id=item.media_id)
    return without_adapter(policy, made) if item.adapter_was_ignored else made


@dataclass(slots=True)
class Simulation:
    """Takes one item after the other and keeps counts, and the first changes.

    `confusion` is by (choice then, choice now). `settled` are items that get a verdict either way, by (verdict then,
    verdict now); `open` are those that people would have to say who never saw them.
    """

    policy: Policy
    items: int = 0
    confusion: Counter[tuple[Choice, Choice]] = field(default_factory=Counter)
    settled: Counter[tuple[Action, Action]] = field(default_factory=Counter)
    open: int = 0
    changes: list[Changed] = field(default_factory=list)

    def take(self, item: Seen) -> None:
        decision = decided(self.policy, item)
        after = verdict(decision, item.ruling)
        self.items += 1
        self.confusion[item.choice, decision.choice] += 1
        if after is None:
            self.open += 1
        elif item.verdict is not None:
            self.settled[item.verdict, after] += 1
        is_other = decision.choice is not item.choice or (after is not None and after is not item.verdict)
        if is_other and len(self.changes) < CHANGES_LISTED:
            self.changes.append(
                Changed(
                    media_id=item.media_id,
                    before=item.choice,
                    after=decision.choice,
                    verdict_before=item.verdict,
                    verdict_after=after,
                )
            )

    @property
    def choices_changed(self) -> int:
        return sum(count for (before, after), count in self.confusion.items() if before is not after)

    @property
    def verdicts_changed(self) -> int:
        return sum(count for (before, after), count in self.settled.items() if before is not after)

    def told(self, *, days: float) -> dict[str, Any]:
        """As plain values. `days` is the time that the items came in, for what reviewers would have to do in one."""
        before, after = (_escalated(self.confusion, place) for place in (0, 1))
        return {
            "items": self.items,
            "choices_changed": self.choices_changed,
            "verdicts_changed": self.verdicts_changed,
            "verdicts_open": self.open,
            "choices": _table(self.confusion, Choice),
            "verdicts": _table(self.settled, Action),
            "reviews": {
                "before": before,
                "after": after,
                "rate_before": before / self.items if self.items else None,
                "rate_after": after / self.items if self.items else None,
                "answers_a_day_after": after * self.policy.review.answers / days if days > 0 else None,
            },
            "changes": list(self.changes),
        }


def verdict(decision: Decision, ruling: Action | None) -> Action | None:
    """What the decision comes to; None where people have to say who haven't."""
    if decision.choice is not Choice.ESCALATE:
        return Action(decision.choice.value)
    if ruling is None:
        return None
    return max(ruling, decision.floor, key=lambda action: RANK[Choice(action.value)])


def _escalated(confusion: Counter[tuple[Choice, Choice]], place: int) -> int:
    return sum(count for pair, count in confusion.items() if pair[place] is Choice.ESCALATE)


def _table(counts: Counter[Any], words: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Rows are what was, columns what would be."""
    every = [*words]
    return {before.value: {after.value: counts[before, after] for after in every} for before in every}
