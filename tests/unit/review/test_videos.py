"""Videos in REVIEW: decided by all their findings, put before people as segments, told of as people confirmed them."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import pytest

from services.review.adapters.a2i import flow_of
from services.review.domain.tasks import answers
from services.review.domain.video_tasks import SEGMENTS_BYTES, video_fields
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.frames import FrameFinding, strongest
from shared.contracts.messages import REVIEW_REQUESTED, Evidence, ReviewRequested, Segment, VideoFacts
from shared.contracts.words import Action, BackendName, Choice, DecidedBy, MediaKind
from shared.errors import Permanent, Transient
from shared.ledger.entries import (
    AnswerGiven,
    ContentRead,
    DecisionMade,
    EvidenceFound,
    LoopOpened,
    SubmissionOpened,
)
from shared.ledger.views import only
from shared.policy.model import Integration, Video
from tests.fakes.frames import MemoryFrames
from tests.unit.policy.frames import seen
from tests.unit.review.cases import (
    AT,
    MEDIA_ID,
    POLICY,
    REF,
    ROUND_1,
    SOURCE,
    SUBMISSION,
    Review_,
    message,
    policy_with,
)

FRAMES: Final = "s3://evidence/evidence/frames.json.gz"
ITEM: Final = msgspec.structs.replace(SUBMISSION, kind=MediaKind.VIDEO)
FACTS: Final = VideoFacts(duration_ms=60_000, width_px=640, height_px=360, frame_rate=25.0, codec="h264", format="MP4")


def found(*frames: FrameFinding, uri: str | None = FRAMES) -> Evidence:
    return Evidence(
        detector="rekognition-video",
        model_version="7.0",
        findings=strongest(frames),
        raw_uri="s3://evidence/raw.json",
        video=FACTS,
        frames_uri=uri,
    )


async def accept(review: Review_, *frames: FrameFinding, uri: str | None = FRAMES) -> Message:
    evidence = found(*frames, uri=uri)
    opened = SubmissionOpened(
        at=AT, tenant="default", kind=MediaKind.VIDEO, lane=ITEM.lane, source=SOURCE, policy=REF,
        size_bytes=1, envelope="cloudevent",
    )  # fmt: skip
    await review.ledger.open(MEDIA_ID, opened)
    await review.ledger.add(MEDIA_ID, ContentRead(at=AT, sha256=ITEM.sha256, format="mp4", readable=SOURCE))
    await review.ledger.add(MEDIA_ID, EvidenceFound(at=AT, evidence=evidence))
    review.frames.kept[FRAMES] = frames
    data = ReviewRequested(submission=ITEM, readable=SOURCE, evidence=evidence)
    return message(encode(CloudEvent(id="1", source="t", type=REVIEW_REQUESTED, subject=MEDIA_ID, time=AT, data=data)))


def segment(label: str, start_ms: int, end_ms: int, **changes: Any) -> Segment:
    told = {"parent": "Violence", "level": 2, "confidence": 70.0, "frames": 2, **changes}
    return Segment(label=label, start_ms=start_ms, end_ms=end_ms, **told)


def choice(value: str) -> dict[str, bool]:
    return {each: each == value for each in ("confirmed", "absent", "other")}


async def test_a_video_is_decided_by_all_its_findings() -> None:
    review = Review_(policy=replace(POLICY, video=Video(min_frames=2)))
    await on_review_requested(await accept(review, *seen("Weapons", (0, 99), (500, 97))), review.ports)
    (outcome,) = review.sent
    assert (outcome.data.action, outcome.data.decided_by) == (Action.REJECT, DecidedBy.MODEL)
    assert outcome.data.segments == (segment("Weapons", 0, 500, confidence=99),)
    assert outcome.data.reasons[0].segment == outcome.data.segments[0]
    record = await review.ledger.record(MEDIA_ID)
    decision = only(record, DecisionMade) if record else None
    assert decision is not None
    assert (decision.segments, decision.gap_ms) == (outcome.data.segments, 2_000)


async def test_a_video_without_its_findings_is_never_approved() -> None:
    review = Review_()
    asked = await accept(review, *seen("Weapons", (0, 99)), uri=None)
    with pytest.raises(Permanent, match="frames-missing"):
        await on_review_requested(asked, review.ports)
    asked = await accept(review, *seen("Weapons", (0, 99)))
    review.frames.kept.clear()
    with pytest.raises(Transient, match="evidence-missing"):
        await on_review_requested(asked, review.ports)
    assert review.sent == []


@dataclass
class WatchedFrames(MemoryFrames):
    """Notes at each finding whether there is no place for another video."""

    reading: asyncio.Semaphore = field(kw_only=True)
    full: list[bool] = field(default_factory=list)

    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        self.full.append(self.reading.locked())
        return self._told(await super().get_frames(uri))

    def _told(self, findings: Iterator[FrameFinding]) -> Iterator[FrameFinding]:
        for each in findings:
            self.full.append(self.reading.locked())
            yield each


async def test_findings_are_in_memory_of_no_more_videos_than_have_a_place() -> None:
    reading = asyncio.Semaphore(1)
    frames = WatchedFrames(reading=reading)
    review = Review_(frames=frames, reading=reading)
    asked = await accept(review, *seen("Weapons", (0, 99), (500, 97)))
    await on_review_requested(asked, review.ports)
    assert set(frames.full) == {True}
    frames.kept.clear()
    with pytest.raises(Transient, match="evidence-missing"):
        await on_review_requested(asked, review.ports)
    assert not reading.locked(), "a failure gives its place back"


async def test_people_are_asked_about_each_segment() -> None:
    review = Review_()
    frames = (*seen("Weapons", (1_200, 70), (1_700, 75), (62_345, 66)), *seen("Gambling", (0, 99)))
    await on_review_requested(await accept(review, *frames), review.ports)
    task = json.loads(review.backend.inputs[ROUND_1])
    assert (task["kind"], task["durationMs"], task["condensed"], task["gapMs"]) == ("video", 60_000, False, 2_000)
    assert task["segments"] == [
        {
            "id": 1, "label": "Weapons", "parentName": "Violence", "level": 2, "startMs": 1_200, "endMs": 1_700,
            "start": "0:00:01.200", "end": "0:00:01.700", "confidence": 75.0, "frames": 2,
        },
        {
            "id": 2, "label": "Weapons", "parentName": "Violence", "level": 2, "startMs": 62_345, "endMs": 62_345,
            "start": "0:01:02.345", "end": "0:01:02.345", "confidence": 66.0, "frames": 1,
        },
    ]  # fmt: skip
    labels = {each["name"]: each for each in task["labels"]}
    assert (labels["Weapons"]["flagged"], labels["Weapons"]["at"]) == (True, "0:00:01.700")
    assert (labels["Gambling"]["flagged"], labels["Gambling"]["timestampMs"]) == (False, 0)
    assert review.backend.wanted[ROUND_1].kind is MediaKind.VIDEO


async def test_a_video_of_an_integrated_policy_takes_the_custom_path_on_the_flow_for_videos() -> None:
    review = Review_(policy=policy_with(integration=Integration.INTEGRATED))
    await on_review_requested(await accept(review, *seen("Weapons", (0, 70))), review.ports)
    opened = review.backend.wanted[ROUND_1]
    assert (opened.integrated, flow_of(opened)) == (False, "video")
    assert flow_of(msgspec.structs.replace(opened, appeal_of=1)) == "video-appeal"
    image = LoopOpened(at=AT, name=ROUND_1, round=1, backend=BackendName.A2I, answers_wanted=1)
    assert flow_of(image) == "custom"


async def test_the_outcome_has_what_the_reviewer_confirmed() -> None:
    review = Review_()
    frames = seen("Weapons", (0, 70), (500, 70), (10_000, 80), (20_000, 90))
    await on_review_requested(await accept(review, *frames), review.ports)
    content = {
        "ruling": {"reject": True},
        "segment-1": choice("confirmed"),
        "segment-2": choice("absent"),
        "segment-3": choice("other"),
        "other-3": "Self-Harm",
        "added": json.dumps([{"label": "Corpses", "startMs": 30_000, "endMs": 31_000}]),
    }
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[content]), review.ports)
    (outcome,) = review.sent
    assert outcome.data.segments == (
        segment("Weapons", 0, 500),
        segment("Self-Harm", 20_000, 20_000, parent="Graphic Violence", level=3, confidence=100.0, frames=1),
        segment("Corpses", 30_000, 31_000, parent="Death and Emaciation", level=3, confidence=100.0, frames=0),
    )
    record = await review.ledger.record(MEDIA_ID)
    answer = only(record, AnswerGiven) if record else None
    assert answer is not None
    assert answer.labels == ("Corpses", "Self-Harm", "Weapons")


@pytest.mark.parametrize(("ruling", "segments"), [(Action.APPROVE, 0), (Action.REJECT, 1)])
async def test_where_nothing_is_confirmed_the_policys_segments_speak_against_it_alone(
    ruling: Action, segments: int
) -> None:
    review = Review_()
    await on_review_requested(await accept(review, *seen("Weapons", (0, 70))), review.ports)
    content = {"ruling": {ruling.value: True}, "segment-1": choice("absent"), "added": "[]"}
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[content]), review.ports)
    assert [len(each.data.segments) for each in review.sent] == [segments]


async def test_without_a_ruling_the_fallback_has_the_policys_segments() -> None:
    review = Review_(policy=policy_with(max_rounds=1))
    await on_review_requested(await accept(review, *seen("Weapons", (0, 70))), review.ports)
    await conclude(review.backend.end(ROUND_1, "Failed"), review.ports)
    (outcome,) = review.sent
    assert outcome.data.decided_by is DecidedBy.FAIL_CLOSED
    assert outcome.data.segments == (segment("Weapons", 0, 0, frames=1),)


@pytest.mark.parametrize(
    "odd",
    [
        {"added": "not json"},
        {"added": '{"label": "Corpses"}'},
        {"added": "[" * 100_000},
        {
            "added": json.dumps(
                [None, 1, {"label": "", "startMs": 0, "endMs": 1}, {"label": "X", "startMs": -1, "endMs": 1}]
            )
        },
        {
            "added": json.dumps(
                [{"label": "X", "startMs": True, "endMs": 1}, {"label": "X", "startMs": 1e9, "endMs": 1}]
            )
        },
        {"segment-1": {"confirmed": True, "absent": True}},
        {"segment-1": 5, "other-1": ["X"]},
        {"segment-1": choice("other")},
        {"segment-99": choice("confirmed")},
    ],
)
def test_what_cannot_be_read_confirms_nothing_and_spoils_no_ruling(odd: dict[str, Any]) -> None:
    output = {
        "humanAnswers": [{"workerId": "w", "answerContent": {"ruling": {"reject": True}, **odd}}],
        "inputContent": {"segments": [{"id": 1, "label": "Weapons", "startMs": 0, "endMs": 1}, None, {"id": 2}]},
    }
    (answer,) = answers(output, POLICY, 1, AT)
    assert (answer.action, answer.segments) == (Action.REJECT, ())


def test_radio_buttons_may_be_told_as_text_and_times_the_wrong_way_round() -> None:
    output = {
        "humanAnswers": [
            {
                "workerId": "w",
                "answerContent": {
                    "ruling": "reject",
                    "segment-1": "confirmed",
                    "added": [{"label": "Gambling", "startMs": 9, "endMs": 4}],
                },
            }
        ],
        "inputContent": {"segments": [{"id": 1, "label": "Weapons", "startMs": 0, "endMs": 1}]},
    }
    (answer,) = answers(output, POLICY, 1, AT)
    assert [(each.label, each.start_ms, each.end_ms) for each in answer.segments] == [
        ("Weapons", 0, 1),
        ("Gambling", 4, 9),
    ]


def test_segments_that_do_not_fit_are_united_until_they_do_and_it_is_said() -> None:
    long = "Weapons " * 3_000
    many = tuple(segment(long, at * 10_000, at * 10_000 + 500) for at in range(240))
    decision = DecisionMade(
        at=AT, policy=REF, choice=Choice.ESCALATE, reasons=(), floor=Action.APPROVE, severity=50, segments=many,
        gap_ms=2_000,
    )  # fmt: skip
    fields = video_fields(found(), decision, POLICY)
    assert fields["condensed"] is True
    assert fields["gapMs"] > 2_000
    assert len(json.dumps(fields["segments"])) <= SEGMENTS_BYTES
    assert sum(each["frames"] for each in fields["segments"]) == 480
