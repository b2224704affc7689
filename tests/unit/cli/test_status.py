"""What `gavel status` prints of a video."""

from datetime import UTC, datetime

import pytest

from cli.status import _show
from shared.contracts.messages import PolicyRef, Reason, Segment
from shared.contracts.words import Action, DecidedBy, Status
from shared.ledger.entries import Record, Summary, VerdictGiven

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
