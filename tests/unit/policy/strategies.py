"""Random policies that the loader accepts, and random evidence as Rekognition could give it."""

from hypothesis import strategies as st

from shared.contracts.messages import ContentType, Finding
from shared.contracts.words import Action, Choice
from shared.policy.model import (
    Audit,
    Consensus,
    ContentTypeName,
    ContentTypeShift,
    Integration,
    Policy,
    Review,
    ReviewOnly,
    Rule,
    Video,
)
from shared.taxonomy.labels import ancestors, level, taxonomy

LABELS = tuple(taxonomy().labels)
SHIFT = 1_500
"""The most that a random shift moves, in hundredths of a point."""

labels = st.sampled_from(LABELS)
durations_ms = st.integers(0, 3_000)
frame_counts = st.integers(1, 4)
confidences = st.one_of(
    st.integers(0, 100).map(float),
    st.integers(0, 10_000).map(lambda hundredths: hundredths / 100),
    st.floats(0, 100, width=32),
)


@st.composite
def rules(draw: st.DrawFn, label: str, lowest: int, *, ordered: bool = False) -> Rule:
    """`lowest` is in hundredths of a point. `ordered` bands get graver with confidence."""
    kinds = draw(st.lists(st.sampled_from(("restrict_at", "review_from")), unique=True))
    if ordered:
        kinds.sort()
    if draw(st.booleans()):
        kinds.append("reject_at")
    if not kinds:
        only = draw(st.sampled_from((None, "approve_below")))
        kinds = [only] if only else []
    first = draw(st.integers(lowest, 10_000 - SHIFT)) if kinds else 0
    more = draw(
        st.lists(
            st.integers(first + 1, 10_000),
            min_size=max(len(kinds) - 1, 0),
            max_size=max(len(kinds) - 1, 0),
            unique=True,
        )
    )
    starts = {kind: start / 100 for kind, start in zip(kinds, [first, *sorted(more)], strict=False)}
    if kinds and kinds != ["approve_below"] and draw(st.booleans()):
        starts["approve_below"] = first / 100
    return Rule(
        label=label,
        alert=bool(kinds) and draw(st.booleans()),
        min_duration_ms=draw(durations_ms | st.none()) if kinds else None,
        min_frames=draw(frame_counts | st.none()) if kinds else None,
        **starts,
    )


@st.composite
def videos(draw: st.DrawFn, asking: list[str], min_confidence: float) -> Video:
    listed = draw(st.lists(st.sampled_from(asking), unique=True, max_size=2)) if asking else []
    return Video(
        gap_ms=draw(st.integers(100, 3_000)),
        min_duration_ms=draw(durations_ms),
        min_frames=draw(frame_counts),
        review_only=tuple(ReviewOnly(category=label, at=min_confidence) for label in listed),
    )


@st.composite
def policies(draw: st.DrawFn, *, ordered: bool = False, audits: bool = True) -> Policy:
    min_confidence = draw(st.integers(0, 6_000))
    chosen = draw(st.lists(labels, unique=True, min_size=1, max_size=12))
    made = tuple(draw(rules(label, min_confidence + SHIFT, ordered=ordered)) for label in chosen)
    thresholded = [rule.label for rule in made if rule != Rule(label=rule.label)]
    shifts: tuple[ContentTypeShift, ...] = ()
    if thresholded:
        shifts = tuple(
            ContentTypeShift(
                name=name,
                at=draw(st.integers(0, 100).map(float)),
                shift=draw(st.integers(-SHIFT, SHIFT).filter(bool)) / 100,
                labels=draw(st.just(()) | st.lists(st.sampled_from(thresholded), unique=True, min_size=1).map(tuple)),
            )
            for name in draw(st.lists(st.sampled_from(ContentTypeName), unique=True))
        )
    asking = [rule.label for rule in made if rule.review_from is not None or _asks_alone(rule)]
    percents = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
    return Policy(
        name="random",
        version=draw(st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")),
        min_confidence=min_confidence / 100,
        rules=made,
        unlisted=draw(st.sampled_from(Choice)),
        content_types=shifts,
        video=draw(videos(asking, min_confidence / 100)),
        audit=Audit(approved_percent=draw(percents), rejected_percent=draw(percents)) if audits else Audit(),
        review=Review(
            integration=draw(st.sampled_from(Integration)),
            consensus=draw(st.sampled_from(Consensus)),
            answers=draw(st.integers(1, 3)),
            fallback=draw(st.sampled_from((Action.RESTRICT, Action.REJECT))),
            confirmed=draw(st.sampled_from((Action.RESTRICT, Action.REJECT))),
        ),
    )


def _asks_alone(rule: Rule) -> bool:
    return rule.approve_below is not None and rule.restrict_at is None and rule.reject_at is None


def finding(label: str, confidence: float) -> Finding:
    known = label in taxonomy().labels
    return Finding(
        label=label,
        parent=taxonomy().labels[label].parent if known else "",
        level=level(label) if known else 1,
        confidence=confidence,
    )


def with_ancestors(*found: Finding) -> tuple[Finding, ...]:
    """As Rekognition lists them: each ancestor too, at the same confidence."""
    return tuple(
        finding(name, each.confidence)
        for each in found
        for name in (each.label, *(ancestors(each.label) if each.label in taxonomy().labels else ()))
    )


findings = st.lists(st.builds(finding, labels, confidences), max_size=8).map(tuple)
evidence = findings | findings.map(lambda found: with_ancestors(*found))
content_types = st.lists(
    st.builds(ContentType, name=st.sampled_from([*ContentTypeName, "Rendered"]), confidence=confidences), max_size=2
).map(tuple)
