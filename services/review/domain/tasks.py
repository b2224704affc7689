"""What reviewers are shown, what they answered, and how the backend tells that a loop is over."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from services.review.domain.rulings import LoopState
from services.review.domain.video_tasks import asked_segments, confirmed_segments, video_fields
from shared.contracts.messages import Evidence, Finding, MediaRef, Segment, Submission
from shared.contracts.words import Action, Choice, MediaKind
from shared.errors import ContractError
from shared.ledger.entries import AnswerGiven, DecisionMade, LoopOpened
from shared.policy.decide import action_for_labels
from shared.policy.model import Policy
from shared.timecode import timecode

INTEGRATED_ANSWER = "AWS/Rekognition/DetectModerationLabels/Image/V3"


class _Output(msgspec.Struct, rename="camel"):
    output_s3_uri: str | None = None


class _Detail(msgspec.Struct, rename="camel"):
    human_loop_name: str
    human_loop_status: str
    failure_code: str | None = None
    human_loop_output: _Output | None = None


class _Notice(msgspec.Struct):
    detail: _Detail


def loop_state(body: str) -> LoopState:
    """Read an EventBridge `SageMaker A2I HumanLoop Status Change` event."""
    try:
        detail = msgspec.json.decode(body, type=_Notice).detail
    except msgspec.DecodeError as error:
        raise ContractError("bad-loop-event", f"not an A2I status change event: {error}") from error
    return LoopState(
        name=detail.human_loop_name,
        status=detail.human_loop_status,
        failure_code=detail.failure_code,
        output_uri=detail.human_loop_output.output_s3_uri if detail.human_loop_output else None,
    )


def loop_input(
    submission: Submission,
    readable: MediaRef,
    evidence: Evidence,
    decision: DecisionMade,
    policy: Policy,
    opened: LoopOpened,
) -> str:
    """The input of a custom-task loop: JSON with camelCase keys, as A2I's own examples have it.

    The same case in the same round gives the same text, since A2I refuses a name that comes again with other input.
    Limit: 3 MiB (StartHumanLoop, InputContent); there are a few dozen labels at the most, of a video the surest frame
    of each, and its segments are made to fit.
    """
    flagged = {reason.label for reason in decision.reasons if reason.label and reason.choice is not Choice.APPROVE}
    flagged |= {segment.label for segment in decision.segments}
    task = {
        "mediaId": submission.media_id,
        "kind": submission.kind,
        "taskObject": f"s3://{readable.bucket}/{readable.key}",
        "taskObjectVersion": readable.version_id,
        "labels": [_label(finding, is_flagged=finding.label in flagged) for finding in evidence.findings],
        "category": decision.category or "",
        "severity": decision.severity,
        "round": opened.round,
        "isAppeal": opened.appeal_of is not None,
        "excludedWorkers": opened.excluded_workers,
        "policy": {"name": submission.policy.name, "version": submission.policy.version},
        "instructions": policy.review.instructions,
    }
    if submission.kind is MediaKind.VIDEO:
        task |= video_fields(evidence, decision, policy)
    return json.dumps(task, ensure_ascii=False, sort_keys=True)


def _label(finding: Finding, *, is_flagged: bool) -> dict[str, Any]:
    label = {
        "name": finding.label,
        "parentName": finding.parent,
        "confidence": finding.confidence,
        "flagged": is_flagged,
    }
    if finding.timestamp_ms is None:
        return label
    return label | {"timestampMs": finding.timestamp_ms, "at": timecode(finding.timestamp_ms)}


def answers(output: Any, policy: Policy, round_: int, at: datetime) -> tuple[AnswerGiven, ...]:
    """Every reviewer's answer in an `output.json`, both task types; one that can't be read is left out.

    Leaving it out never approves: too few answers are no ruling. Parsed leniently, since AWS documents the shapes by
    example only and its crowd elements and its own pages disagree on capitals.
    """
    given = output.get("humanAnswers") if isinstance(output, Mapping) else None
    asked = asked_segments(output)
    read = (_answer(entry, asked, policy, round_, at) for entry in (given if isinstance(given, list) else []))
    return tuple(answer for answer in read if answer is not None)


def _answer(entry: Any, asked: Mapping[str, Segment], policy: Policy, round_: int, at: datetime) -> AnswerGiven | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("answerContent"), Mapping):
        return None
    content = entry["answerContent"]
    worker = entry.get("workerId")
    if not isinstance(worker, str) or not worker:
        return None
    labels = _chosen_labels(content)
    if INTEGRATED_ANSWER in content:
        action = None if labels is None else action_for_labels(policy, labels)
    else:
        action = _custom_action(content.get("ruling"))
    if action is None:
        return None
    segments = confirmed_segments(content, asked)
    return AnswerGiven(
        at=at,
        round=round_,
        worker=worker,
        action=action,
        labels=tuple(sorted({*(labels or ()), *(each.label for each in segments)})),
        segments=segments,
        accepted_at=_instant(entry.get("acceptanceTime")),
        spent_s=_number(entry.get("timeSpentInSeconds")),
    )


def _chosen_labels(content: Mapping[str, Any]) -> tuple[str, ...] | None:
    if INTEGRATED_ANSWER in content:
        inner = content[INTEGRATED_ANSWER]
        chosen = inner.get("moderationLabels", inner.get("ModerationLabels")) if isinstance(inner, Mapping) else None
        if not isinstance(chosen, list):
            return None
        names = [label.get("name", label.get("Name")) if isinstance(label, Mapping) else label for label in chosen]
        return tuple(names) if all(isinstance(name, str) and name for name in names) else None
    ticked = content.get("labels")
    return tuple(sorted(name for name, on in ticked.items() if on is True)) if isinstance(ticked, Mapping) else ()


def _custom_action(field: Any) -> Action | None:
    """The `ruling` field as a radio group ({"reject": true, …}), a classifier ({"label": "reject"}) or plain text."""
    if isinstance(field, Mapping):
        field = field.get("label") or [name for name, on in field.items() if on is True]
    if isinstance(field, list) and len(field) == 1:
        field = field[0]
    return Action(field) if isinstance(field, str) and field in set(Action) else None


def _instant(value: Any) -> datetime | None:
    try:
        return msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
