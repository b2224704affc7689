"""When a video shows what, by more than half of its reviewers.

For each label the reviewers' segments are laid over each other, and what more than half of them cover stays:

    A    ├──────────────────────────┤
    B         ├──────┤    ├────┤
    C             ├───────┤
              ├────────────────┤           two of three

A segment has both its ends, so segments that touch have a moment in common.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from shared.contracts.messages import Segment
from shared.ledger.entries import AnswerGiven
from shared.policy.segments import groups, in_time


def agreed_segments(answers: Sequence[AnswerGiven]) -> tuple[Segment, ...]:
    """What more than half of those who answered say, in order of time; the order of the answers is nothing.

    A single reviewer's segments stay as they are. Otherwise confidence and frames are the highest that more than half
    of the reviewers stand for; the frames of a segment that reaches beyond what is agreed on count for nothing, since
    nobody knows which of them are within.
    """
    if len(answers) == 1:
        return in_time(set(answers[0].segments))
    labels = {segment.label for answer in answers for segment in answer.segments}
    return in_time(
        segment
        for label in labels
        for segment in _agreed([[each for each in answer.segments if each.label == label] for answer in answers])
    )


def _agreed(said: Sequence[Sequence[Segment]]) -> Iterator[Segment]:
    """Of one label, by what each reviewer says of it, if anything."""
    any_ = min((each for segments in said for each in segments), key=lambda each: (each.parent, each.level))
    needed = len(said) // 2 + 1
    shown: list[list[float]] = [[] for _ in said]  # By each reviewer at this moment: the segments' confidences.
    start_ms, surest = None, 0.0
    for at_ms, is_end, reviewer, confidence in sorted(_ends(said)):
        if is_end:
            shown[reviewer].remove(confidence)
        else:
            shown[reviewer].append(confidence)
        confidences = sorted(max(each) for each in shown if each)
        if len(confidences) >= needed:
            if start_ms is None:
                start_ms, surest = at_ms, 0.0
            surest = max(surest, confidences[-needed])
        elif start_ms is not None:
            frames = sorted(_frames(segments, start_ms, at_ms) for segments in said)[-needed]
            yield replace(any_, start_ms=start_ms, end_ms=at_ms, confidence=surest, frames=frames)
            start_ms = None


def _ends(said: Sequence[Sequence[Segment]]) -> Iterator[tuple[int, bool, int, float]]:
    """Both ends of every segment; of one moment, what starts sorts before what ends."""
    for reviewer, segments in enumerate(said):
        for each in segments:
            yield each.start_ms, False, reviewer, each.confidence
            yield each.end_ms, True, reviewer, each.confidence


def _frames(segments: Sequence[Segment], start_ms: int, end_ms: int) -> int:
    """How many of one reviewer's frames are known to be within; segments that overlap may have the same ones."""
    within = [each for each in segments if start_ms <= each.start_ms and each.end_ms <= end_ms]
    return sum(max(each.frames for each in group) for group in groups(within, 0))
