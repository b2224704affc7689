"""Media analysis jobs on a stage of their own: a clock that stands still, manifests, images and outputs in memory."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gavel_emulator.rekognition.analysis import engine
from gavel_emulator.rekognition.analysis.engine import OutputRefused
from gavel_emulator.rekognition.analysis.jobs import KEPT
from gavel_emulator.rekognition.analysis.knobs import Knobs
from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.errors import invalid_image_format, unknown_adapter, unreadable_object
from gavel_emulator.rekognition.job_book import JobBook, JobKey, Place

HERE = Place("111122223333", "us-east-1")
ADAPTER = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1700000000000"


class Stage:
    """`images` by key: what is answered about them, None for what is no image. Every job takes ten seconds."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.manifests: dict[str, bytes] = {}
        self.images: dict[str, Mapping[str, Any] | None] = {}
        self.asked: list[tuple[str, float, str | None]] = []
        self.written: dict[str, bytes] = {}
        self._calls: list[tuple[datetime, Callable[[], None]]] = []
        self.ports = engine.Ports(
            book=JobBook(lambda: self.now, KEPT),
            board=Board(Knobs(image_s=0.001, job_min_s=10)),
            clock=lambda: self.now,
            read=self._read,
            check_adapter=self._check_adapter,
            moderate=self._moderate,
            write=self._write,
            call_at=lambda at, call: self._calls.append((at, call)),
        )

    def start(self, *lines: str | Mapping[str, Any], name: str = "m.jsonl", place: Place = HERE, **more: Any) -> str:
        """The job's id; its manifest has these lines."""
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        self.manifests.setdefault(name, "".join(f"{text}\n" for text in texts).encode())
        request = {
            "OperationsConfig": {"DetectModerationLabels": {}},
            "Input": {"S3Object": {"Bucket": "sets", "Name": name}},
            "OutputConfig": {"S3Bucket": "out", "S3KeyPrefix": "bulk/"},
            **more,
        }
        return engine.start(self.ports, place, request).key.id

    def get(self, job_id: str, place: Place = HERE) -> dict[str, Any]:
        return engine.get(self.ports, place, {"JobId": job_id})

    def key(self, job_id: str) -> JobKey:
        return JobKey(HERE, job_id)

    def after(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        due = [call for at, call in self._calls if at <= self.now]
        self._calls = [(at, call) for at, call in self._calls if at > self.now]
        for call in due:
            call()

    def results(self, job_id: str) -> list[Any]:
        name = self.get(job_id)["Results"]["S3Object"]["Name"]
        return [json.loads(line) for line in self.written[f"out/{name}"].splitlines()]

    def summary(self, job_id: str) -> Any:
        name = self.get(job_id)["ManifestSummary"]["S3Object"]["Name"]
        return json.loads(self.written[f"out/{name}"])

    def _read(self, place: Place, s3_object: Mapping[str, Any], limit_bytes: int) -> bytes:
        if s3_object["Name"] not in self.manifests:
            raise unreadable_object()
        return self.manifests[s3_object["Name"]][: limit_bytes + 1]

    def _check_adapter(self, place: Place, project_version: str) -> None:
        if project_version != ADAPTER:
            raise unknown_adapter(project_version)

    def _moderate(
        self, place: Place, image: Mapping[str, Any], min_confidence: float, project_version: str | None
    ) -> Mapping[str, Any]:
        key = image["S3Object"]["Name"]
        self.asked.append((key, min_confidence, project_version))
        if key not in self.images:
            raise unreadable_object()
        answer = self.images[key]
        if answer is None:
            raise invalid_image_format()
        return answer

    def _write(self, place: Place, bucket: str, key: str, content: bytes) -> None:
        if bucket == "closed":
            raise OutputRefused("The bucket closed takes no results.")
        self.written[f"{bucket}/{key}"] = content


def line(key: str) -> dict[str, str]:
    return {"source-ref": f"s3://sets/{key}"}
