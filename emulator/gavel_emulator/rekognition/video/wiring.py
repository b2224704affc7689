"""Video jobs put together: the one place that knows which store, clock and world they work with."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from gavel_emulator.alarm import Alarm
from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.job_book import JobBook, Place
from gavel_emulator.rekognition.video.engine import Ports
from gavel_emulator.rekognition.video.jobs import KEPT
from gavel_emulator.rekognition.video.knobs import Knobs
from gavel_emulator.rekognition.video.pages import PageTokens
from gavel_emulator.rekognition.video.stored import StoredVideo, find_video
from gavel_emulator.rekognition.video.viewer import Viewer
from gavel_emulator.rekognition.video.world import publish


def video_alarm() -> Alarm[Callable[[], None]]:
    return Alarm(lambda call: call(), name="video-jobs")


def video_ports(viewer: Viewer, knobs: Knobs, alarm: Alarm[Callable[[], None]]) -> Ports:
    return Ports(
        book=JobBook(now, KEPT),
        tokens=PageTokens(now),
        board=Board(knobs),
        viewer=viewer,
        clock=now,
        find=_find,
        publish=publish,
        call_at=alarm.at,
    )


def now() -> datetime:
    return datetime.now(UTC)


def _find(place: Place, s3_object: Mapping[str, Any]) -> StoredVideo:
    return find_video(s3_object, account_id=place.account_id, region=place.region)
