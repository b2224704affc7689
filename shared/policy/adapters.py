"""What it means for a decision that the policy's adapter wasn't used, and which items the canary draws."""

import hashlib
from dataclasses import replace

from shared.contracts.messages import Reason
from shared.contracts.words import Action, Choice
from shared.policy.decide import Decision, ReasonCode
from shared.policy.model import Policy, WhenIgnored


def without_adapter(policy: Policy, decision: Decision) -> Decision:
    """The decision on what the base model found where an adapter was asked for; the reason says so either way.

    Where the policy has people decide instead, they may rule anything: what the base model is sure of may be the very
    thing that the adapter was trained to correct.
    """
    reason = Reason(code=ReasonCode.ADAPTER_IGNORED, choice=decision.choice)
    if policy.adapter_ignored is WhenIgnored.BASE or decision.choice is Choice.ESCALATE:
        return replace(decision, reasons=(*decision.reasons, reason))
    return replace(
        decision,
        choice=Choice.ESCALATE,
        reasons=(reason, *decision.reasons),
        floor=Action.APPROVE,
        severity=max(1, decision.severity),
    )


def is_drawn(policy: Policy, media_id: str) -> bool:
    """Whether the canary's model looks at this item too: by its id alone, so that a repeat is drawn alike, and other
    models are tried on the same items."""
    # A candidate that was promoted is compared with nothing until the next one is named.
    if policy.canary is None or policy.canary.adapter == policy.adapter:
        return False
    digest = hashlib.sha256(f"canary\x1f{media_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * 100 < policy.canary.percent
