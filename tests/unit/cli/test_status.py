"""What `gavel status` prints of a video."""

from datetime import UTC, datetime

import msgspec
import pytest

from cli.status import _show
from shared.contracts.messages import Evidence, PolicyRef, Reason, Segment
from shared.contracts.words import Action, Choice, DecidedBy, Status
from shared.ledger.entries import CanaryLooked, Difference, EvidenceFound, VerdictGiven
from shared.ledger.record import Record, Summary

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"


def test_segments_are_a_table_with_times(capsys: pytest.CaptureFixture[str]) -> None:
    segments = (
        Segment(label="Smoking", parent="", level=3, start_ms=1_500, end_ms=3_000, confidence=92.6, frames=4),
        Segment(label="[bold]x", parent="", level=0, start_ms=3_723_004, end_ms=36_000_000, confidence=100, frames=0),
    )
    verdict = VerdictGiven(
        at=AT,
        number=1,
        action=Action.REJECT,
        decided_by=DecidedBy.HUMAN,
        policy=PolicyRef(name="standard", version="9f2c1a7be0d4453c"),
        cause="c",
        reasons=(Reason(code="review-band", label="Smoking", segment=segments[0]),),
        segments=segments,
    )
    summary = Summary(media_id=MEDIA_ID, status=Status.DONE, tenant="default", received_at=AT, updated_at=AT)
    _show(Record(summary=summary, entries=(verdict,)))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[-4:] == [
        "segments of verdict 1",
        "from to confidence frames label",
        "0:00:01.500 0:00:03.000 92.6 4 Smoking",
        "1:02:03.004 10:00:00.000 100.0 – [bold]x",
    ]


def test_an_ignored_adapter_and_what_the_canary_saw_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    judged = Evidence(
        detector="rekognition-image",
        model_version="7.0",
        findings=(),
        raw_uri="s3://evidence/raw.json",
        adapter_requested="arn:one",
    )
    other = msgspec.structs.replace(judged, adapter_requested="arn:two", adapter_used="arn:two")
    looked = CanaryLooked(
        at=AT,
        evidence=other,
        choice=Choice.APPROVE,
        other_choice=Choice.REJECT,
        differences=(Difference(label="Smoking", other=92.6),),
    )
    summary = Summary(media_id=MEDIA_ID, status=Status.DONE, tenant="default", received_at=AT, updated_at=AT)
    _show(Record(summary=summary, entries=(EvidenceFound(at=AT, evidence=judged), looked)))
    shown = " ".join(capsys.readouterr().out.split())
    assert "rekognition-image, model 7.0, the base model" in shown
    assert "asked for adapter arn:one, which was ignored or refused" in shown
    assert "model 7.0, adapter arn:two would be reject, what decides is approve" in shown
    assert "Smoking 92.6, not –" in shown
