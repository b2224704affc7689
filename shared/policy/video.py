"""Decides what a policy makes of a video: one decision for all its frames, the same for findings in any order.

Each frame is judged as an image: by its own content types, and without the ancestors that a narrower label of the same
frame explains. A band of a rule then counts where a segment (`shared.policy.segments`)

- of the frames at or above its threshold is long enough and has enough frames, and
- holds a frame that is in the band itself: what is above it is the next band's to say.

The gravest band that counts decides. So a video of one frame is decided like that frame, and more frames are never
milder.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import inf, isfinite
from typing import Final

from msgspec.structs import replace as replace_field

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding, Reason, Segment
from shared.contracts.words import Choice
from shared.policy.bands import Cover, active_shifts, covers
from shared.policy.decide import (
    BAND_CODES,
    Decision,
    ReasonCode,
    Weighed,
    by_gravity,
    conclude,
    doubt,
    explanations,
    is_possible,
    severity_of,
)
from shared.policy.model import Policy
from shared.policy.segments import (
    Need,
    Sight,
    fitting_gap_ms,
    groups,
    in_time,
    segment,
    stretches,
    united,
)

REASONS_LIMIT: Final = 20
"""Reasons that a video's decision lists; beyond them it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A segment, and the gravest outcome in it."""

    segment: Segment
    weighed: Weighed


@dataclass(slots=True, kw_only=True)
class _Seen:
    """One label of the taxonomy in a video. `sights` are those in a band; `spared` is the surest that would have been
    in a review band, were it on `video.review_only`, and `surest` the surest of all, whose frame's bands begin at
    `bands_from`."""

    surest: Finding
    bands_from: float | None
    spared: Finding | None = None
    sights: list[Sight] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Doubtful:
    """What can't be judged: a label that the taxonomy lacks, or impossible confidences of one."""

    finding: Finding
    code: ReasonCode
    category: str | None
    sights: list[Sight] = field(default_factory=list)


def decide_video(
    policy: Policy, findings: Iterable[FrameFinding], *, duration_ms: int | None, media_id: str
) -> Decision:
    """What the policy makes of all that was found in a video. Raises nothing: what it can't judge it escalates.

    Where the duration isn't known, nothing is too brief.
    """
    table, gap_ms = covers(policy), policy.video.gap_ms
    seen, doubtful = _sorted_out(policy, findings)
    weighed: list[Weighed] = []
    told: list[_Told] = []
    for label, each in seen.items():
        counted = list(_counted(each, table[label], need(policy, table[label], duration_ms), gap_ms))
        weighed += [one for _, outcomes in counted for one in outcomes] or [_passed(each, table[label], gap_ms)]
        told += [_Told(segment=whole, weighed=min(outcomes, key=by_gravity)) for whole, outcomes in counted]
    for one in doubtful:
        outcome = doubt(one.code, one.finding, one.category)
        weighed.append(outcome)
        told += [_Told(segment=_segment(one.finding, part), weighed=outcome) for part in stretches(one.sights, gap_ms)]
    decision = conclude(policy, sorted(weighed, key=by_gravity), media_id=media_id)
    return _with_segments(decision, told, gap_ms)


def need(policy: Policy, cover: Cover, duration_ms: int | None) -> Need:
    """The rule's own minimum, or else the policy's for videos.

    A short video can't show anything for long: half of it is always enough, and one frame for each whole second.
    """
    if duration_ms is None:
        return Need(duration_ms=0, frames=1)
    rule, video = cover.rule, policy.video
    least_ms = video.min_duration_ms if rule is None or rule.min_duration_ms is None else rule.min_duration_ms
    least_frames = video.min_frames if rule is None or rule.min_frames is None else rule.min_frames
    return Need(duration_ms=min(least_ms, duration_ms // 2), frames=max(1, min(least_frames, duration_ms // 1000)))


def _sorted_out(policy: Policy, findings: Iterable[FrameFinding]) -> tuple[dict[str, _Seen], list[_Doubtful]]:
    """Every label with its sights, frame by frame; apart from them what can't be judged."""
    plain = covers(policy)
    shown_from = {label: _reviewed_from(policy, cover) for label, cover in plain.items()}
    seen: dict[str, _Seen] = {}
    doubtful: dict[tuple[ReasonCode, str], _Doubtful] = {}
    for at_ms, frame in groupby(sorted(findings, key=_in_time), key=_time):
        together = list(frame)
        explained = explanations((each.finding for each in together), plain)
        types: tuple[ContentType, ...] = ()
        table = plain
        for each in together:
            finding, cover = each.finding, plain.get(each.finding.label)
            if cover is None or not is_possible(finding):
                _doubt(doubtful, finding, cover, plain, at_ms)
            elif finding.confidence > explained.get(finding.label, -1.0):
                if policy.content_types and each.content_types != types:
                    types, table = each.content_types, covers(policy, active_shifts(policy, each.content_types))
                _see(seen, finding, table[finding.label], shown_from[finding.label], at_ms)
    return seen, list(doubtful.values())


def _see(seen: dict[str, _Seen], finding: Finding, cover: Cover, shown_from: float, at_ms: int) -> None:
    label = seen.get(finding.label)
    bands_from = cover.bands[-1].start if cover.bands else None
    if label is None:
        label = seen[finding.label] = _Seen(surest=finding, bands_from=bands_from)
    if finding.confidence > label.surest.confidence:
        label.surest, label.bands_from = finding, bands_from
    rank, threshold = _rank(cover, finding.confidence)
    if rank and _choice(cover, rank) is Choice.ESCALATE and finding.confidence < shown_from:
        # Nobody is to be asked, so it comes to what it would without its review band.
        if label.spared is None or finding.confidence > label.spared.confidence:
            label.spared = finding
        rank -= 1
        threshold = cover.bands[len(cover.bands) - rank].start if rank else None
    if rank:
        label.sights.append(Sight(at_ms=at_ms, rank=rank, confidence=finding.confidence, threshold=threshold))


def _doubt(
    doubtful: dict[tuple[ReasonCode, str], _Doubtful],
    finding: Finding,
    cover: Cover | None,
    table: dict[str, Cover],
    at_ms: int,
) -> None:
    code = ReasonCode.UNKNOWN_LABEL if cover is None else ReasonCode.IMPOSSIBLE_CONFIDENCE
    one = doubtful.get((code, finding.label))
    if one is None:
        known = cover or table.get(finding.parent)
        one = _Doubtful(finding=finding, code=code, category=known.label.top if known else None)
        doubtful[code, finding.label] = one
    sure = min(max(finding.confidence, 0.0), 100.0) if isfinite(finding.confidence) else 0.0
    one.sights.append(Sight(at_ms=at_ms, rank=1, confidence=sure))


def _counted(label: _Seen, cover: Cover, needed: Need, gap_ms: int) -> Iterator[tuple[Segment, tuple[Weighed, ...]]]:
    """Every segment in which a band counts, with the outcome of each band that does."""
    for stretch in stretches(label.sights, gap_ms):
        outcomes = [
            _weighed(label.surest, cover, rank, part)
            for rank in sorted({sight.rank for sight in stretch})
            for part in stretches((sight for sight in stretch if sight.rank >= rank), gap_ms)
            if needed.is_met(part) and any(sight.rank == rank for sight in part)
        ]
        if outcomes:
            yield _segment(label.surest, stretch), tuple(outcomes)


def _weighed(finding: Finding, cover: Cover, rank: int, stretch: Sequence[Sight]) -> Weighed:
    """What a band comes to. Its `confidence` is the highest in the band itself, as in an image."""
    surest = max((sight for sight in stretch if sight.rank == rank), key=_surest)
    choice, rule = _choice(cover, rank), cover.rule
    return Weighed(
        choice=choice,
        severity=severity_of(choice, surest.confidence, cover),
        reason=Reason(
            code=BAND_CODES[choice] if rule else ReasonCode.UNLISTED_LABEL,
            label=finding.label,
            confidence=surest.confidence,
            threshold=surest.threshold,
            rule=rule.label if rule else None,
            choice=choice,
        ),
        category=cover.label.top,
        alert=rule is not None and rule.alert,
    )


def _passed(label: _Seen, cover: Cover, gap_ms: int) -> Weighed:
    """Why a label changed nothing."""
    finding, rule, code = label.surest, cover.rule, ReasonCode.APPROVE_BAND
    threshold, where = label.bands_from, None
    if rule is None:
        code = ReasonCode.UNLISTED_LABEL
    if label.spared is not None:
        finding, code = label.spared, ReasonCode.NOT_FOR_REVIEW
    if label.sights:
        code = ReasonCode.TOO_BRIEF
        surest = max(label.sights, key=_surest)
        finding = replace_field(finding, confidence=surest.confidence, timestamp_ms=surest.at_ms)
        part = next(part for part in stretches(label.sights, gap_ms) if surest in part)
        threshold, where = surest.threshold, _segment(finding, part)
    return Weighed(
        choice=Choice.APPROVE,
        severity=0,
        reason=Reason(
            code=code,
            label=finding.label,
            confidence=finding.confidence,
            threshold=threshold,
            rule=rule.label if rule else None,
            choice=Choice.APPROVE,
            segment=where,
        ),
        category=cover.label.top,
    )


def _with_segments(decision: Decision, told: Sequence[_Told], gap_ms: int) -> Decision:
    """The decision with its segments, and a reason for each; of both no more than there is room for."""
    gap_ms = fitting_gap_ms([each.segment for each in told], gap_ms)
    gravest = {(each.segment.label, each.segment.start_ms): each for each in sorted(told, key=_by_gravity)[::-1]}
    fitting = [
        _Told(
            segment=united(group),
            weighed=min((gravest[each.label, each.start_ms].weighed for each in group), key=by_gravity),
        )
        for group in groups((each.segment for each in told), gap_ms)
    ]
    reasons = [replace_field(each.weighed.reason, segment=each.segment) for each in sorted(fitting, key=_by_gravity)]
    if not reasons:
        reasons = list(decision.reasons)
    elif decision.audit:
        reasons.insert(0, decision.reasons[0])
    if (more := len(reasons) - REASONS_LIMIT) > 0:
        reasons = [*reasons[:REASONS_LIMIT], Reason(code=ReasonCode.MORE, rule=f"{more} more")]
    segments = in_time(each.segment for each in fitting)
    return replace(decision, reasons=tuple(reasons), segments=segments, gap_ms=gap_ms)


def _segment(finding: Finding, stretch: Sequence[Sight]) -> Segment:
    return segment(finding.label, finding.parent, finding.level, stretch)


def _reviewed_from(policy: Policy, cover: Cover) -> float:
    """From which confidence people are asked about a label: 0 where they are about all, infinite where never."""
    if not policy.video.review_only:
        return 0.0
    line = {cover.label.name, *cover.label.ancestors}
    return min((each.at for each in policy.video.review_only if each.category in line), default=inf)


def _rank(cover: Cover, confidence: float) -> tuple[int, float | None]:
    """The band that a confidence is in, counted from the lowest, 1, and where it starts; 0 below all of them."""
    for above, band in enumerate(cover.bands):
        if confidence >= band.start:
            return len(cover.bands) - above, band.start
    return (0, None) if cover.rule or cover.otherwise is Choice.APPROVE else (1, None)


def _choice(cover: Cover, rank: int) -> Choice:
    return cover.bands[len(cover.bands) - rank].choice if cover.bands else cover.otherwise


def _time(each: FrameFinding) -> int:
    return each.finding.timestamp_ms or 0


def _in_time(each: FrameFinding) -> tuple[int, str, float, str]:
    """Complete, so that the findings' own order is nothing."""
    finding = each.finding
    return finding.timestamp_ms or 0, finding.label, -finding.confidence, finding.parent


def _surest(sight: Sight) -> tuple[float, float, int]:
    return sight.confidence, -(sight.threshold or 0.0), -sight.at_ms


def _by_gravity(each: _Told) -> tuple[tuple[int, int, str, float, str], int]:
    return by_gravity(each.weighed), each.segment.start_ms
