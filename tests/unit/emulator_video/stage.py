"""Video jobs on a stage of their own: a clock that stands still, videos in memory, notifications in a list."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.detectors.labels_file import LabelsBook
from gavel_emulator.rekognition.detectors.port import Detector
from gavel_emulator.rekognition.job_book import JobBook, Place
from gavel_emulator.rekognition.video import engine
from gavel_emulator.rekognition.video.jobs import KEPT
from gavel_emulator.rekognition.video.knobs import Knobs
from gavel_emulator.rekognition.video.pages import PageTokens
from gavel_emulator.rekognition.video.viewer import GoneVideo, Viewer

from tests import videos

HERE = Place("111122223333", "us-east-1")
TOPIC = "arn:aws:sns:us-east-1:111122223333:AmazonRekognition-done"
ROLE = "arn:aws:iam::111122223333:role/rekognition"


@dataclass
class MemoryVideo:
    content: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_gone: bool = False

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    def opened(self) -> "_File":
        return _File(self)

    def sha256(self) -> str:
        with self.opened() as file:
            return hashlib.sha256(file.read()).hexdigest()


class _File(io.BytesIO):
    def __init__(self, video: MemoryVideo) -> None:
        super().__init__(video.content)
        self._video = video

    def read(self, size: int | None = -1) -> bytes:
        if self._video.is_gone:
            raise GoneVideo("it is gone")
        return super().read(size)


class Stage:
    def __init__(self, pixels: Detector | None = None) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.labels = LabelsBook()
        self.videos: dict[str, MemoryVideo] = {}
        self.published: list[tuple[Place, str, Mapping[str, Any]]] = []
        self._calls: list[tuple[datetime, Callable[[], None]]] = []
        self.ports = engine.Ports(
            book=JobBook(lambda: self.now, KEPT),
            tokens=PageTokens(lambda: self.now),
            board=Board(Knobs(job_share=0.5, job_min_s=2)),
            viewer=Viewer(self.labels, pixels),
            clock=lambda: self.now,
            find=lambda place, s3_object: self.videos[s3_object["Name"]],
            publish=lambda place, topic, message: self.published.append((place, topic, message)),
            call_at=lambda at, call: self._calls.append((at, call)),
        )

    def put(self, content: bytes | None = None, *, name: str = "a.mp4", **metadata: str) -> MemoryVideo:
        told = {f"gavel-{kind.replace('_', '-')}": text for kind, text in metadata.items()}
        self.videos[name] = MemoryVideo(videos.make_video() if content is None else content, told)
        return self.videos[name]

    def start(self, *, name: str = "a.mp4", place: Place = HERE, **more: Any) -> str:
        """The job's id."""
        request = {"Video": {"S3Object": {"Bucket": "films", "Name": name}}, **more}
        return engine.start(self.ports, place, request).key.id

    def get(self, job_id: str, *, place: Place = HERE, **more: Any) -> dict[str, Any]:
        return engine.get(self.ports, place, {"JobId": job_id, **more})

    def labels_at(self, job_id: str, **more: Any) -> list[tuple[str, int]]:
        answer = self.get(job_id, **more)
        assert answer["JobStatus"] == "SUCCEEDED", answer
        return [(found["ModerationLabel"]["Name"], found["Timestamp"]) for found in answer["ModerationLabels"]]

    def pass_time(self, *, seconds: float) -> None:
        """Everything that is due by then happens, in its order."""
        end = self.now + timedelta(seconds=seconds)
        while due := [entry for entry in self._calls if entry[0] <= end]:
            first = min(due, key=lambda entry: entry[0])
            self._calls.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self.now = end
