"""What of a record a simulation goes by, and what it can't go by."""

from collections.abc import Iterator
from typing import Any

import pytest

from cli.simulate import seen
from shared.contracts.frames import FrameFinding
from shared.contracts.messages import Evidence, PolicyRef, VideoFacts
from shared.contracts.words import Action, Choice, MediaKind, Status
from shared.errors import GavelError, Permanent, Transient
from shared.ledger.entries import AppealOpened, DecisionMade, Entry, EvidenceFound, LoopEnded, Record, Summary
from shared.policy.simulate import Seen
from tests.unit.cli.test_items import NOW
from tests.unit.policy.frames import seen as frames
from tests.unit.policy.strategies import finding

FOUND = (finding("Violence", 71.0),)
DECISION = DecisionMade(
    at=NOW,
    policy=PolicyRef(name="p", version="0" * 16),
    choice=Choice.ESCALATE,
    reasons=(),
    floor=Action.APPROVE,
    severity=1,
)
VIDEO = VideoFacts(codec="h264", format="mov", duration_ms=60_000, frame_rate=30.0, width_px=640, height_px=360)


class Frames:
    """An evidence store that answers with one video's frames, or with an error."""

    def __init__(self, error: GavelError | None = None) -> None:
        self._error = error

    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        if self._error is not None:
            raise self._error
        return iter(frames("Violence", (0, 71.0)))


def evidence(**more: Any) -> EvidenceFound:
    return EvidenceFound(
        at=NOW, evidence=Evidence(detector="d", model_version="7.0", findings=FOUND, raw_uri="s3://e/raw", **more)
    )


def record(*entries: Entry, kind: MediaKind = MediaKind.IMAGE) -> Record:
    summary = Summary(
        media_id="m", status=Status.DONE, tenant="t", received_at=NOW, updated_at=NOW, verdict=Action.REJECT, kind=kind
    )
    return Record(summary=summary, entries=entries)


async def judged(one: Record, error: GavelError | None = None) -> Seen | str:
    return await seen(one, Frames(error))


async def test_an_image_goes_by_its_findings() -> None:
    found = await judged(record(evidence(), DECISION))
    assert isinstance(found, Seen)
    assert (found.findings, found.frames, found.choice, found.verdict) == (FOUND, None, Choice.ESCALATE, Action.REJECT)


async def test_a_video_goes_by_its_frames_alone() -> None:
    video = evidence(frames_uri="s3://e/frames", video=VIDEO)
    found = await judged(record(video, DECISION, kind=MediaKind.VIDEO))
    assert isinstance(found, Seen)
    assert (found.findings, found.frames, found.duration_ms) == ((), frames("Violence", (0, 71.0)), 60_000)


@pytest.mark.parametrize(
    ("entries", "error", "why"),
    [
        ((), None, "no-evidence"),
        ((evidence(video=VIDEO),), None, "no-decision"),
        ((evidence(video=VIDEO), DECISION), None, "no-frames"),
        ((evidence(frames_uri="s3://e/f"), DECISION), Transient("evidence-missing", "gone"), "frames-gone"),
        ((evidence(frames_uri="s3://e/f"), DECISION), Permanent("frames-unreadable", "cut"), "frames-unreadable"),
    ],
)
async def test_what_can_not_be_decided_anew_is_left_out_by_a_word(
    entries: tuple[Entry, ...], error: GavelError | None, why: str
) -> None:
    assert await judged(record(*entries, kind=MediaKind.VIDEO), error) == why


async def test_an_outage_is_no_reason_to_leave_anything_out() -> None:
    video = evidence(frames_uri="s3://e/f")
    with pytest.raises(Transient):
        await judged(record(video, DECISION, kind=MediaKind.VIDEO), Transient("evidence-unreachable", "down"))


async def test_rulings_are_those_before_any_appeal() -> None:
    entries = (
        evidence(),
        DECISION,
        LoopEnded(at=NOW, round=1, outcome="tie"),
        LoopEnded(at=NOW, round=2, outcome="ruled", action=Action.REJECT),
        AppealOpened(at=NOW, verdict=1, round=3, cause="c", reason="r"),
        LoopEnded(at=NOW, round=3, outcome="ruled", action=Action.APPROVE),
    )
    found = await judged(record(*entries))
    assert isinstance(found, Seen)
    assert found.ruling is Action.REJECT
