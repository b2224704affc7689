"""What of a record a simulation goes by, what it can't go by, and where it ends."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import Evidence, PolicyRef, VideoFacts
from shared.contracts.words import Action, Choice, MediaKind, Status
from shared.errors import GavelError, Permanent, Transient
from shared.ledger.entries import AppealOpened, DecisionMade, Entry, EvidenceFound, LoopEnded
from shared.ledger.record import Record, Summary
from shared.ledger.search import Page, Place, Wanted
from shared.policy.decide import decide
from shared.policy.model import Policy, Rule
from shared.policy.simulate import Seen
from shared.simulation import seen, simulated
from tests.fakes.ledger import MemoryLedger
from tests.fakes.search import MemorySearch
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.cli.test_items import NOW, SUBMISSION
from tests.unit.policy.frames import seen as frames
from tests.unit.policy.strategies import finding, with_ancestors

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


@pytest.mark.parametrize(("used", "was_ignored"), [("arn:a", False), (None, True)])
async def test_an_adapter_that_was_ignored_is_told(used: str | None, was_ignored: bool) -> None:
    found = await judged(record(evidence(adapter_requested="arn:a", adapter_used=used), DECISION))
    assert isinstance(found, Seen)
    assert found.adapter_was_ignored is was_ignored


async def test_a_video_goes_by_its_frames_alone() -> None:
    video = evidence(frames_uri="s3://e/frames", video=VIDEO)
    found = await judged(record(video, DECISION, kind=MediaKind.VIDEO))
    assert isinstance(found, Seen)
    assert (found.findings, found.duration_ms) == ((), 60_000)
    assert tuple(found.frames or ()) == frames("Violence", (0, 71.0))


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


STRICT = Policy(name="p", version="1" * 16, rules=(Rule(label="Violence", reject_at=70),), unlisted=Choice.APPROVE)


async def stored(ledger: MemoryLedger, number: int, confidence: float) -> str:
    """An approved item with this evidence; the higher its number, the older it is."""
    at, media_id = NOW - timedelta(hours=number), f"item-{number}"
    await ledger.open(media_id, msgspec.structs.replace(SUBMISSION, at=at, policy=DECISION.policy))
    found = Evidence(
        detector="d",
        model_version="7.0",
        findings=tuple(with_ancestors(finding("Violence", confidence))),
        raw_uri="s3://e/raw",
    )
    await ledger.add(media_id, EvidenceFound(at=at, evidence=found))
    await ledger.add(media_id, msgspec.structs.replace(DECISION, at=at, choice=Choice.APPROVE))
    await ledger.advance(media_id, Status.DONE, at, verdict=Action.APPROVE, verdict_number=1)
    return media_id


async def over(ledger: MemoryLedger, *, limit: int = 100, budget_s: float | None = None) -> dict[str, Any]:
    wanted = Wanted(tenants=("shop",), since=NOW - timedelta(days=30), until=NOW + timedelta(seconds=1), policy="p")
    return await simulated(
        STRICT,
        wanted,
        limit=limit,
        search=MemorySearch(ledger),
        ledger=ledger,
        evidence=Frames(),
        budget_s=budget_s,
    )


async def test_what_is_read_is_decided_as_it_would_be_anew() -> None:
    ledger, confidences = MemoryLedger(), [10.0, 69.0, 70.0, 99.0]
    for number, confidence in enumerate(confidences):
        await stored(ledger, number, confidence)
    told = await over(ledger)
    anew = [
        decide(STRICT, tuple(with_ancestors(finding("Violence", each))), (), media_id=f"item-{number}").choice
        for number, each in enumerate(confidences)
    ]
    assert told["choices"]["approve"] == {choice.value: anew.count(choice) for choice in Choice}
    assert [change.media_id for change in told["changes"]] == ["item-2", "item-3"]
    assert (told["items"], told["is_complete"], told["days"]) == (4, True, 3 / 24)


async def test_only_the_newest_so_many_are_looked_at() -> None:
    ledger = MemoryLedger()
    for number in range(40):
        await stored(ledger, number, 99.0)
    assert (await over(ledger, limit=20))["items"] == 20


async def test_a_spent_budget_ends_it_and_says_so() -> None:
    ledger = MemoryLedger()
    await stored(ledger, 0, 99.0)
    told = await over(ledger, budget_s=0)
    assert (told["items"], told["is_complete"]) == (0, False)


def test_the_budget_holds_while_nothing_fits_and_it_says_how_far_it_got() -> None:
    class Endless:
        async def page(self, wanted: Wanted, *, limit: int, after: Place | None = None) -> Page:
            await asyncio.sleep(1)
            return Page(items=(), after=Place(received_at=NOW - timedelta(days=3), media_id=""))

    wanted = Wanted(tenants=("shop",), since=NOW - timedelta(days=30), until=NOW)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        told = runner.run(
            simulated(STRICT, wanted, limit=9, search=Endless(), ledger=MemoryLedger(), evidence=Frames(), budget_s=5)
        )
    assert (told["items"], told["is_complete"], told["looked_back_to"]) == (0, False, NOW - timedelta(days=3))


async def test_items_of_other_tenants_are_not_looked_at() -> None:
    ledger = MemoryLedger()
    await stored(ledger, 0, 99.0)
    await ledger.open("other", msgspec.structs.replace(SUBMISSION, tenant="blog", policy=DECISION.policy))
    told = await over(ledger)
    assert (told["items"], told["left_out"]) == (1, {})
