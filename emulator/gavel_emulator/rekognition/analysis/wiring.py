"""Media analysis jobs put together: the one place that knows which store, clock and world they work with."""

from collections.abc import Callable, Mapping
from typing import Any

from gavel_emulator.alarm import Alarm
from gavel_emulator.rekognition.analysis import stored
from gavel_emulator.rekognition.analysis.engine import Ports
from gavel_emulator.rekognition.analysis.jobs import KEPT
from gavel_emulator.rekognition.analysis.knobs import Knobs
from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.job_book import JobBook, Place
from gavel_emulator.rekognition.video.wiring import now

Moderate = Callable[[Place, Mapping[str, Any], float, str | None], Mapping[str, Any]]


def analysis_alarm() -> Alarm[Callable[[], None]]:
    return Alarm(lambda call: call(), name="analysis-jobs")


def analysis_ports(
    moderate: Moderate, check_adapter: Callable[[Place, str], None], knobs: Knobs, alarm: Alarm[Callable[[], None]]
) -> Ports:
    return Ports(
        book=JobBook(now, KEPT),
        board=Board(knobs),
        clock=now,
        read=stored.read,
        check_adapter=check_adapter,
        moderate=moderate,
        write=stored.write,
        call_at=alarm.at,
    )
