"""Checks what no single value of a policy can show: whether its parts make sense together."""

from itertools import combinations, count
from typing import Final

from shared.contracts.words import BackendName
from shared.policy.activation import ConditionsTooLong, activation_conditions, review_spans
from shared.policy.bands import bands, nearest_rule, shifts_for
from shared.policy.model import ContentTypeShift, Integration, Policy, Review, Rule, WhenIgnored
from shared.policy.problems import Problems
from shared.taxonomy.labels import descendants, taxonomy

THRESHOLDS: Final = ("review_from", "restrict_at", "reject_at")


def check(policy: Policy, problems: Problems) -> None:
    """Add every problem of a policy of which each value by itself is right or has its problem already."""
    for rule in policy.rules:
        if not problems.under(f"rules.{rule.label}"):
            _rule(rule, policy.min_confidence, problems)
    _shifts(policy, problems)
    _review_only(policy, problems)
    _review(policy.review, problems)
    _adapter(policy, problems)
    if not problems.found and policy.review.integration is Integration.INTEGRATED:
        try:
            activation_conditions(policy)
        except ConditionsTooLong as error:
            problems.add("review.integration", f"{error}; use fewer rules, or `custom`")


def _rule(rule: Rule, min_confidence: float, problems: Problems) -> None:
    path = f"rules.{rule.label}"
    stated = _stated(rule)
    is_floor_known = not problems.under("min_confidence")
    for name, value in (stated | {"approve_below": rule.approve_below}).items():
        if is_floor_known and value is not None and value < min_confidence:
            problems.add(
                f"{path}.{name}",
                f"{value:g} is below `min_confidence` ({min_confidence:g}), where Rekognition reports nothing",
            )
    for (one, at), (other, start) in combinations(stated.items(), 2):
        if at == start:
            problems.add(f"{path}.{other}", f"begins at {start:g} as `{one}` does: one of the two can never happen")
    if rule.reject_at is not None:
        for name, value in stated.items():
            if value > rule.reject_at:
                problems.add(
                    f"{path}.{name}",
                    f"{value:g} is above `reject_at` ({rule.reject_at:g}), which must be the highest threshold",
                )
    if stated and rule.approve_below is not None:
        _approval(f"{path}.approve_below", rule.approve_below, min(stated.values()), problems)


def _approval(path: str, approve_below: float, lowest: float, problems: Problems) -> None:
    if approve_below < lowest:
        problems.add(
            path,
            f"confidences between {approve_below:g} and {lowest:g} have no outcome; "
            f"make it {lowest:g}, or let `review_from` begin at {approve_below:g}",
        )
    elif approve_below > lowest:
        problems.add(
            path,
            f"confidences between {lowest:g} and {approve_below:g} have two outcomes; make it {lowest:g}",
        )


def _shifts(policy: Policy, problems: Problems) -> None:
    paths = (f"content_types[{number}]" for number in count())
    read = zip((path for path in paths if not problems.under(path)), policy.content_types, strict=False)
    earlier: list[tuple[str, ContentTypeShift]] = []
    for path, shift in read:
        if shift.shift == 0:
            problems.add(f"{path}.shift", "0 moves nothing: leave the entry out")
        for other_path, other in earlier:
            if shift.name is other.name and (both := _both(shift, other)):
                problems.add(path, f"{other_path} shifts {both} for {shift.name} already; only the lower would count")
        earlier.append((path, shift))
        _reach(policy, shift, f"{path}.shift", problems)


def _reach(policy: Policy, shift: ContentTypeShift, path: str, problems: Problems) -> None:
    """No shift may ask for confidences that Rekognition doesn't report, nor switch a rule off altogether."""
    moved = {
        rule.label: rule
        for label in taxonomy().labels.values()
        if shifts_for(label, (shift,)) and (rule := nearest_rule(policy, label)) and bands(rule)
    }
    if not moved and not problems.under("rules"):
        problems.add(path, "moves nothing: no rule with thresholds covers any of these labels")
    sound = [rule for rule in moved.values() if not problems.under(f"rules.{rule.label}")]
    for rule in sound:
        start = bands(rule, shift.shift)[-1].start
        if start < policy.min_confidence and not problems.under("min_confidence"):
            problems.add(
                path,
                f"takes the lowest threshold of `{rule.label}` to {start:g}, below `min_confidence` "
                f"({policy.min_confidence:g}), where Rekognition reports nothing",
            )
        elif start > 100:
            problems.add(
                path, f"takes the lowest threshold of `{rule.label}` to {start:g}: nothing would be left but approval"
            )


def _review_only(policy: Policy, problems: Problems) -> None:
    """No entry may ask for what Rekognition doesn't report, for what another asks for, or for what no rule asks."""
    paths = (f"video.review_only[{number}]" for number in count())
    read = zip((path for path in paths if not problems.under(path)), policy.video.review_only, strict=False)
    earlier: dict[str, str] = {}
    for path, entry in read:
        if entry.at < policy.min_confidence and not problems.under("min_confidence"):
            problems.add(
                f"{path}.at",
                f"{entry.at:g} is below `min_confidence` ({policy.min_confidence:g}), so that Rekognition reports less",
            )
        if entry.category in earlier:
            problems.add(path, f"{earlier[entry.category]} has `{entry.category}` already")
        earlier.setdefault(entry.category, path)
        branch = taxonomy().labels[entry.category]
        names = (entry.category, *branch.descendants)
        is_asked = any(span.end > entry.at for name in names for span in review_spans(policy, taxonomy().labels[name]))
        if not is_asked and not problems.under("rules", "content_types", "unlisted"):
            problems.add(path, f"no rule asks a person about `{entry.category}` from {entry.at:g} on")


def _review(review: Review, problems: Problems) -> None:
    is_integrated_desk = review.integration is Integration.INTEGRATED and review.backend is BackendName.DESK
    if is_integrated_desk and not problems.under("review.integration", "review.backend"):
        problems.add("review.integration", "`integrated` needs A2I: Rekognition starts no loops on the review desk")
    is_told_apart = review.integration is Integration.INTEGRATED and review.golden_percent > 0
    if is_told_apart and not problems.under("review.golden_percent", "review.integration"):
        problems.add(
            "review.golden_percent",
            "needs `integration: custom`: beside loops that Rekognition starts, others can't be made to look the same",
        )
    is_hasty = review.time_limit_s > review.expires_after_s
    if is_hasty and not problems.under("review.time_limit_s", "review.expires_after_s"):
        problems.add(
            "review.time_limit_s",
            f"{review.time_limit_s} is longer than the task waits (`expires_after_s`, {review.expires_after_s})",
        )


def _adapter(policy: Policy, problems: Problems) -> None:
    if problems.under("adapter", "canary"):
        return
    if policy.adapter is None and policy.adapter_ignored is not WhenIgnored.BASE:
        problems.add("adapter_ignored", "says nothing without an `adapter`")
    if policy.canary is not None and policy.canary.adapter is None and policy.adapter is None:
        problems.add("canary", "compares the base model with itself: name an adapter here or in `adapter`")


def _stated(rule: Rule) -> dict[str, float]:
    """The thresholds that begin a band, by key."""
    values: dict[str, float | None] = {name: getattr(rule, name) for name in THRESHOLDS}
    return {name: value for name, value in values.items() if value is not None}


def _both(one: ContentTypeShift, other: ContentTypeShift) -> str | None:
    """A label that both shifts move; all of them where one of them moves all."""
    if not one.labels or not other.labels:
        return "every label"
    mine = {name for label in one.labels for name in (label, *descendants(label))}
    theirs = {name for label in other.labels for name in (label, *descendants(label))}
    return next((f"`{name}`" for name in taxonomy().labels if name in mine & theirs), None)
