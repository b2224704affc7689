"""RESULTS gives each item one verdict, tells it however often it is asked to, and files dead letters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from services.results.handler import Ports, on_dead_letter, on_outcome
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import (
    OUTCOME_REACHED,
    MediaRef,
    OutcomeReached,
    PolicyRef,
    Reason,
    Segment,
    Submission,
)
from shared.contracts.words import Action, DecidedBy, Lane, MediaKind, Severity, Status
from shared.errors import ContractError, Permanent, Transient
from shared.ledger.entries import SubmissionOpened, VerdictGiven
from shared.ledger.record import content_key
from shared.ledger.views import only
from shared.policy.decide import ReasonCode
from tests.fakes.ledger import MemoryLedger
from tests.fakes.queues import FakeTopic

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"
REF = PolicyRef(name="standard", version="9f2c1a7be0d4453c")
SOURCE = MediaRef(bucket="media", key="a.jpg", version_id="v1")
SUBMISSION = Submission(
    media_id=MEDIA_ID, tenant="default", kind=MediaKind.IMAGE, lane=Lane.LIVE, source=SOURCE, policy=REF,
    received_at=AT, sha256="ab" * 32, external_id="upload-7",
)  # fmt: skip


@dataclass
class Results:
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    verdicts: FakeTopic = field(default_factory=FakeTopic)
    alerts: FakeTopic = field(default_factory=FakeTopic)

    @property
    def ports(self) -> Ports:
        return Ports(ledger=self.ledger, verdicts=self.verdicts, alerts=self.alerts, clock=lambda: AT)

    async def accept(self) -> None:
        opened = SubmissionOpened(
            at=AT, tenant="default", kind=MediaKind.IMAGE, lane=Lane.LIVE, source=SOURCE, policy=REF,
            size_bytes=1, envelope="s3",
        )  # fmt: skip
        await self.ledger.open(MEDIA_ID, opened)


def outcome(
    action: Action = Action.REJECT,
    decided_by: DecidedBy = DecidedBy.MODEL,
    *,
    cause: str = "cause-1",
    alert: bool = False,
    category: str | None = "Violence",
    segments: tuple[Segment, ...] = (),
    more: tuple[Reason, ...] = (),
) -> Message:
    data = OutcomeReached(
        submission=SUBMISSION,
        action=action,
        decided_by=decided_by,
        reasons=(Reason(code="threshold", label="Weapons", confidence=97.0), *more),
        category=category,
        alert=alert,
        segments=segments,
    )
    event = CloudEvent(id=cause, source="t", type=OUTCOME_REACHED, subject=MEDIA_ID, time=AT, data=data)
    return _message(encode(event))


def _message(body: str, queue: str = "outcomes") -> Message:
    return Message(id="m", queue=queue, body=body, receipt="r", receive_count=1, sent_at=AT, first_received_at=AT)


async def test_an_outcome_becomes_the_verdict_and_is_published_with_what_subscribers_filter_on() -> None:
    results = Results()
    await results.accept()
    await on_outcome(outcome(), results.ports)
    record = await results.ledger.record(MEDIA_ID)
    assert record is not None
    assert (record.summary.status, record.summary.verdict) == (Status.DONE, Action.REJECT)
    ((event, attributes, group),) = results.verdicts.published
    assert attributes == {
        "verdict": "reject",
        "tenant": "default",
        "kind": "image",
        "category": "Violence",
        "decided_by": "model",
    }
    assert (event.data.number, event.data.external_id, group) == (1, "upload-7", "default")


def segment(at_ms: int, label: str = "Weapons") -> Segment:
    return Segment(
        label=label, parent="Violence", level=2, start_ms=at_ms, end_ms=at_ms + 500, confidence=97.0, frames=2
    )


async def test_a_videos_segments_are_in_its_verdict_and_are_told() -> None:
    results = Results()
    await results.accept()
    segments = (segment(1_000), segment(9_000))
    await on_outcome(outcome(segments=segments), results.ports)
    record = await results.ledger.record(MEDIA_ID)
    given = only(record, VerdictGiven) if record else None
    assert given is not None
    assert given.segments == segments
    ((event, _, _),) = results.verdicts.published
    assert (event.data.segments, event.data.segments_total) == (segments, 2)


async def test_segments_that_sns_has_no_room_for_are_counted() -> None:
    results = Results()
    await results.accept()
    segments = tuple(segment(at * 10_000, "Weapons " * 200) for at in range(250))
    await on_outcome(outcome(segments=segments), results.ports)
    ((event, _, _),) = results.verdicts.published
    assert 0 < len(event.data.segments) < 250
    assert event.data.segments == segments[: len(event.data.segments)]
    assert event.data.segments_total == 250
    assert len(encode(event).encode()) < 256 * 1024


async def test_a_repeat_publishes_the_same_event_and_writes_nothing() -> None:
    results = Results()
    await results.accept()
    for _ in range(3):
        await on_outcome(outcome(), results.ports)
    events = [encode(event) for event, _, _ in results.verdicts.published]
    assert len(events) == 3
    assert len(set(events)) == 1
    record = await results.ledger.record(MEDIA_ID)
    assert record is not None
    assert len([entry for entry in record.entries if isinstance(entry, VerdictGiven)]) == 1


async def test_another_cause_does_not_change_a_verdict() -> None:
    results = Results()
    await results.accept()
    await on_outcome(outcome(), results.ports)
    await on_outcome(outcome(Action.APPROVE, cause="cause-2"), results.ports)
    assert [event.data.verdict for event, _, _ in results.verdicts.published] == [Action.REJECT]
    record = await results.ledger.record(MEDIA_ID)
    verdict = only(record, VerdictGiven) if record else None
    assert verdict is not None
    assert verdict.action is Action.REJECT


@pytest.mark.parametrize("method", ["add", "advance"])
@pytest.mark.parametrize("written", [False, True])
async def test_a_crash_between_write_and_publish_is_made_good(method: str, written: bool) -> None:
    results = Results()
    await results.accept()
    results.ledger.fail_next(method, Transient("dynamodb-failed"), written=written)
    with pytest.raises(Transient):
        await on_outcome(outcome(), results.ports)
    await on_outcome(outcome(), results.ports)
    assert len({event.id for event, _, _ in results.verdicts.published}) == 1
    record = await results.ledger.record(MEDIA_ID)
    assert record is not None
    assert record.summary.status is Status.DONE


@pytest.mark.parametrize(
    ("decided_by", "reusable"),
    [
        (DecidedBy.MODEL, True),
        (DecidedBy.HUMAN, True),
        (DecidedBy.FAIL_CLOSED, False),
        (DecidedBy.REUSE, False),
    ],
)
async def test_only_what_was_judged_may_be_reused(decided_by: DecidedBy, reusable: bool) -> None:
    results = Results()
    await results.accept()
    await on_outcome(outcome(decided_by=decided_by), results.ports)
    found = await results.ledger.verdict_for(content_key(SUBMISSION.tenant, SUBMISSION.sha256, REF))
    assert (found is not None) == reusable


@pytest.mark.parametrize(
    ("action", "decided_by", "alert", "expected"),
    [
        (Action.REJECT, DecidedBy.MODEL, False, None),
        (Action.REJECT, DecidedBy.MODEL, True, ("policy-alert", Severity.CRITICAL)),
        (Action.RESTRICT, DecidedBy.MODEL, True, ("policy-alert", Severity.WARNING)),
        (Action.RESTRICT, DecidedBy.FAIL_CLOSED, True, ("review-without-ruling", Severity.CRITICAL)),
    ],
)
async def test_alerts_are_raised_where_they_were_asked_for(
    action: Action, decided_by: DecidedBy, alert: bool, expected: tuple[str, Severity] | None
) -> None:
    results = Results()
    await results.accept()
    await on_outcome(outcome(action, decided_by, alert=alert), results.ports)
    raised = [(event.data.code, event.data.severity) for event, _, _ in results.alerts.published]
    assert raised == ([expected] if expected else [])


async def test_an_uncategorised_verdict_still_has_a_category_to_filter_on() -> None:
    results = Results()
    await results.accept()
    await on_outcome(outcome(Action.APPROVE, category=None), results.ports)
    attributes: Mapping[str, str] = results.verdicts.published[0][1]
    assert attributes["category"] == "none"


async def test_a_message_of_another_kind_is_refused() -> None:
    with pytest.raises(ContractError):
        await on_outcome(_message("{}"), Results().ports)


@pytest.mark.parametrize(
    ("type_", "subject", "media_id"),
    [
        ("gavel.review.requested.v1", MEDIA_ID, MEDIA_ID),
        ("gavel.review.requested.v1", "7", None),
        # What producers write there is theirs, even when it looks like one of ours.
        ("gavel.media.submitted.v1", MEDIA_ID, None),
        ("gavel.appeal.requested.v1", MEDIA_ID, None),
        (None, "", None),
    ],
)
async def test_a_dead_letter_is_quarantined_with_its_item_where_that_is_known(
    type_: str | None, subject: str, media_id: str | None
) -> None:
    envelope = {"specversion": "1.0", "id": "1", "source": "s", "type": type_, "subject": subject}
    body = json.dumps(envelope) if type_ else "{oops"
    with pytest.raises(Permanent) as caught:
        await on_dead_letter(_message(body, queue="review-requests"))
    assert (caught.value.code, caught.value.media_id) == ("dead-letter", media_id)


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped by SNS"])
async def test_a_video_jobs_end_that_nobody_could_conclude_is_filed_with_its_item(wrapped: bool) -> None:
    told = json.dumps({"JobId": "1f9d3c", "Status": "SUCCEEDED", "JobTag": MEDIA_ID})
    body = json.dumps({"Type": "Notification", "Message": told}) if wrapped else told
    with pytest.raises(Permanent, match="dead-letter") as caught:
        await on_dead_letter(_message(body, queue="gavel-dev-video-completions"))
    assert caught.value.media_id == MEDIA_ID


@pytest.mark.parametrize("body", ["{oops", json.dumps({"JobId": "1f9d3c", "JobTag": "somebody-elses"})])
async def test_an_end_of_no_item_is_filed_alone(body: str) -> None:
    with pytest.raises(Permanent, match="dead-letter") as caught:
        await on_dead_letter(_message(body, queue="gavel-dev-video-completions"))
    assert caught.value.media_id is None


@pytest.mark.parametrize("decided_by", [DecidedBy.MODEL, DecidedBy.HUMAN])
async def test_a_verdict_that_the_policys_adapter_had_no_part_in_serves_no_other_item(decided_by: DecidedBy) -> None:
    """Its policy version is the same as that of items which the adapter will judge, so the key alone can't tell."""
    results = Results()
    await results.accept()
    ignored = (Reason(code=ReasonCode.ADAPTER_IGNORED),)
    await on_outcome(outcome(decided_by=decided_by, more=ignored), results.ports)
    assert await results.ledger.verdict_for(content_key(SUBMISSION.tenant, SUBMISSION.sha256, REF)) is None
    again = Results()
    await again.accept()
    await on_outcome(outcome(decided_by=decided_by), again.ports)
    assert await again.ledger.verdict_for(content_key(SUBMISSION.tenant, SUBMISSION.sha256, REF)) is not None
