"""Reasons as sentences, for people: what the codes of decisions and verdicts mean."""

from shared.contracts.messages import Reason
from shared.contracts.words import Choice
from shared.policy.decide import ReasonCode
from shared.timecode import timecode

DONE: dict[Choice | None, str] = {
    Choice.APPROVE: "approved",
    Choice.RESTRICT: "restricted",
    Choice.REJECT: "rejected",
    Choice.ESCALATE: "shown to people",
}


def in_words(reason: Reason) -> str:
    """One sentence without its full stop. A code that isn't known here is told as it is."""
    where = f" at {timecode(reason.segment.start_ms)}" if reason.segment else ""
    return f"{_told(reason)}{where}"


def _told(reason: Reason) -> str:
    seen = f"{reason.label or 'a label'}{f' at {reason.confidence:.1f}' if reason.confidence is not None else ''}"
    rule = f" (rule on {reason.rule})" if reason.rule and reason.rule != reason.label else ""
    from_on = f" from {reason.threshold:g} on" if reason.threshold is not None else ""
    match reason.code:
        case ReasonCode.APPROVE_BAND:
            below = f": below {reason.threshold:g}" if reason.threshold is not None else ""
            return f"{seen} is let pass{below}{rule}"
        case ReasonCode.RESTRICT_BAND | ReasonCode.REJECT_BAND | ReasonCode.REVIEW_BAND:
            choice = {ReasonCode.RESTRICT_BAND: Choice.RESTRICT, ReasonCode.REJECT_BAND: Choice.REJECT}
            return f"{seen} is {DONE[choice.get(ReasonCode(reason.code), Choice.ESCALATE)]}{from_on}{rule}"
        case ReasonCode.UNLISTED_LABEL:
            return f"{seen} has no rule; what has none is {DONE.get(reason.choice, 'judged alike')}"
        case ReasonCode.UNKNOWN_LABEL:
            return f"{seen} isn't in the taxonomy, so people look"
        case ReasonCode.IMPOSSIBLE_CONFIDENCE:
            return f"{reason.label or 'a label'} came with a confidence that can't be, so people look"
        case ReasonCode.NOTHING_FOUND:
            return "nothing was found"
        case ReasonCode.AUDIT:
            return f"drawn for an audit; the policy alone would have {DONE.get(reason.choice, 'decided')} it"
        case ReasonCode.TOO_BRIEF:
            return f"{seen} was seen too briefly to count{rule}"
        case ReasonCode.NOT_FOR_REVIEW:
            return f"{seen} isn't among what people look at in videos"
        case ReasonCode.ADAPTER_IGNORED:
            return "the base model looked, since the policy's adapter had expired or couldn't be used"
        case ReasonCode.MORE:
            return f"and {reason.rule or 'more'}"
        case "reviewed":
            return f"reviewers ruled{_in(reason)}"
        case "appealed":
            return f"reviewers ruled on the appeal{_in(reason)}"
        case "same-content":
            return "the same content was judged before under this policy"
        case code if code.startswith("review-"):
            return f"no ruling came of the review ({code.removeprefix('review-')}{_in(reason)}), so the fallback holds"
        case code:
            return f"{code.replace('-', ' ')}{f' ({reason.rule})' if reason.rule else ''}"


def _in(reason: Reason) -> str:
    return f" in {reason.rule}" if reason.rule else ""
