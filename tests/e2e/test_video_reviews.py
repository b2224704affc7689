"""Videos before people, at both places where people review: from what was found to the segments in the verdict."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested, Segment, VerdictReached
from shared.contracts.words import Action, DecidedBy, MediaKind
from shared.ledger.entries import AnswerGiven, DecisionMade, LoopOpened
from tests.e2e.pictures import mark
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.reviews import DeskReviews, Reviews, at_the_desk, reviews
from tests.e2e.test_videos import unique_video

FOUND = "Weapons@1000-2500:71.3,Weapons@6000-6500:64.0,Gambling@0-9500:60"
BACKENDS = ("a2i", "desk")


async def _sent(pipeline: Pipeline, prefix: str = "", labels: str = FOUND, body: bytes | None = None) -> str:
    """The media id of a video of ten seconds; S3 tells of it by itself."""
    film = unique_video(10.0) if body is None else body
    return pipeline.id_of(await pipeline.upload(film, key=f"{prefix}{mark()}.mp4", labels=labels))


async def _answer(pipeline: Pipeline, people: Reviews, loop: str, content: dict[str, Any]) -> None:
    if isinstance(people, DeskReviews):
        await at_the_desk(pipeline, loop, content)
    else:
        await pipeline.control(f"human-loops/{loop}/answers", {"answerContent": content})


def _ruled(action: Action, **said: str) -> dict[str, Any]:
    """An answer as the page for videos gives it: `segment_1="confirmed"`."""
    ruling = {choice: choice is action for choice in Action}
    segments = {
        name.replace("_", "-"): {choice: choice == value for choice in ("confirmed", "absent", "other")}
        for name, value in said.items()
    }
    return {"ruling": ruling, **segments, "added": "[]"}


def _appeal(item: str) -> str:
    appeal = AppealRequested(media_id=item, reason="It is a play.", verdict=1)
    event = CloudEvent(
        id=uuid.uuid4().hex, source="t", type=APPEAL_REQUESTED, subject=item, time=datetime.now(UTC), data=appeal
    )
    return encode(event)


def _times(segments: tuple[Segment, ...]) -> list[tuple[str, int, int]]:
    return [(each.label, each.start_ms, each.end_ms) for each in segments]


async def test_what_the_policy_rejects_has_its_segments_in_the_verdict(pipeline: Pipeline) -> None:
    item = await _sent(pipeline, labels="Weapon Violence@2000-4000:98.4,Smoking@7000-7500:60")
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.REJECT, DecidedBy.MODEL)
    assert _times(event.data.segments) == [("Weapon Violence", 2_000, 4_000)]
    assert event.data.segments_total == 1
    assert event.data.reasons[0].segment == event.data.segments[0]


async def test_a_single_frame_is_too_little_for_the_standard_policy(pipeline: Pipeline) -> None:
    item = await _sent(pipeline, labels="Weapons@3000-3100:71.3")
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.APPROVE, DecidedBy.MODEL)
    assert [reason.code for reason in event.data.reasons] == ["too-brief"]


@pytest.mark.parametrize("backend", BACKENDS)
async def test_people_confirm_segments_and_the_verdict_has_those(pipeline: Pipeline, backend: str) -> None:
    async with reviews(backend, pipeline) as people:
        item = await _sent(pipeline, people.prefix)
        loop = await people.open_loop(item)
        opened = await pipeline.entry(item, LoopOpened)
        assert (opened.backend, opened.kind) == (backend, MediaKind.VIDEO)
        decision = await pipeline.entry(item, DecisionMade)
        assert _times(decision.segments) == [("Weapons", 1_000, 2_500), ("Weapons", 6_000, 6_500)]
        content = _ruled(Action.RESTRICT, segment_1="absent", segment_2="confirmed")
        content["added"] = json.dumps([{"label": "Smoking", "startMs": 8_000, "endMs": 9_000}])
        await _answer(pipeline, people, loop, content)
        event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.RESTRICT, DecidedBy.HUMAN)
    assert _times(event.data.segments) == [("Weapons", 6_000, 6_500), ("Smoking", 8_000, 9_000)]
    answer = await pipeline.entry(item, AnswerGiven)
    assert answer.labels == ("Smoking", "Weapons")


async def test_the_same_video_again_gets_the_verdict_with_its_segments(pipeline: Pipeline) -> None:
    body = unique_video(10.0)
    first = await _sent(pipeline, body=body, labels="Weapon Violence@2000-4000:98.4")
    told = await pipeline.verdict(first)
    again = await pipeline.verdict(await _sent(pipeline, body=body))
    assert again.data.decided_by is DecidedBy.REUSE
    assert again.data.segments == told.data.segments != ()


async def test_an_appeal_about_a_video_is_watched_again_by_more(pipeline: Pipeline) -> None:
    item = await _sent(pipeline, labels="Weapon Violence@2000-4000:98.4")
    await pipeline.verdict(item)
    await pipeline.send(_appeal(item), queue="appeals")
    loop = await pipeline.open_loop(item)
    opened = await pipeline.entry(item, LoopOpened)
    assert (opened.kind, opened.answers_wanted) == (MediaKind.VIDEO, 3)
    for ruling, choice in ((Action.APPROVE, "absent"), (Action.REJECT, "confirmed"), (Action.APPROVE, "absent")):
        await pipeline.control(f"human-loops/{loop}/answers", {"answerContent": _ruled(ruling, segment_1=choice)})

    async def second() -> VerdictReached | None:
        return next((each.data for each in pipeline.verdicts.by_media[item] if each.data.number == 2), None)

    verdict = await eventually(second, what=f"the second verdict of {item}")
    assert (verdict.verdict, verdict.decided_by, verdict.segments) == (Action.APPROVE, DecidedBy.HUMAN, ())
