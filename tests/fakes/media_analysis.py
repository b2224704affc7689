"""Rekognition's bulk analysis and the bucket that it works with, in memory."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from tests.fakes.aws import refusal

ANSWER = {"ModerationLabels": [], "ModerationModelVersion": "7.0", "ContentTypes": []}


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def read(self) -> bytes:
        return self._content

    async def iter_chunks(self, size: int) -> AsyncIterator[bytes]:
        """Far smaller ones than asked for, so that lines are cut in the middle."""
        for start in range(0, len(self._content), 100):
            yield self._content[start : start + 100]


@dataclass
class Job:
    request: Mapping[str, Any]
    lines: list[str]
    failure: str | None = None
    looks: int = 0


@dataclass
class FakeMediaAnalysis:
    """A job is over at the second look. `gone` are objects that a job finds no image in, `silent` those that it says
    nothing of, `odd` has the lines that are written in the place of others; the lines of errors are told `off` by so
    many; `failures` are the codes that the next jobs fail with; `most` may run at once."""

    objects: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    odd: Mapping[str, str] = field(default_factory=dict)
    off: int = 0
    failures: list[str] = field(default_factory=list)
    most: int = 20
    is_closed: bool = False
    most_at_once: int = 0

    @property
    def running(self) -> int:
        return sum(job.looks < 2 for job in self.jobs.values())

    async def put_object(self, **request: Any) -> dict[str, Any]:
        self.objects[request["Key"]] = request["Body"]
        return {}

    async def get_object(self, **request: Any) -> dict[str, Any]:
        return {"Body": _Body(self.objects[request["Key"]])}

    async def start_media_analysis_job(self, **request: Any) -> dict[str, Any]:
        if self.is_closed:
            raise refusal("AccessDeniedException")
        token = request["ClientRequestToken"]
        if token not in self.jobs:
            if self.running >= self.most:
                raise refusal("LimitExceededException")
            lines = self.objects[request["Input"]["S3Object"]["Name"]].decode().splitlines()
            failure = self.failures.pop(0) if self.failures else None
            self.jobs[token] = Job(request, lines, failure)
            self.most_at_once = max(self.most_at_once, self.running)
        return {"JobId": token}

    async def get_media_analysis_job(self, **request: Any) -> dict[str, Any]:
        job = self.jobs[request["JobId"]]
        job.looks += 1
        if job.looks < 2:
            return {"Status": "IN_PROGRESS"}
        if job.failure is not None:
            return {"Status": "FAILED", "FailureDetails": {"Code": job.failure, "Message": "No."}}
        results, errors = [], []
        for number, line in enumerate(job.lines, start=1):
            ref = json.loads(line)["source-ref"]
            if ref in self.gone:
                told = {"line-numer": number + self.off, "source-ref": ref}
                errors.append({**told, "code": "INVALID_S3_OBJECT", "message": "?"})
            elif ref in self.odd:
                results.append(self.odd[ref])
            elif ref not in self.silent:
                results.append(json.dumps({"source-ref": ref, "detect-moderation-labels": ANSWER}))
        place = f"{job.request['OutputConfig']['S3KeyPrefix']}{request['JobId'][:8]}"
        self.objects[f"{place}/r"] = "\n".join(results).encode()
        self.objects[f"{place}/s"] = json.dumps({"version": "1.0", "errors": errors}).encode()
        bucket = job.request["OutputConfig"]["S3Bucket"]
        return {
            "Status": "SUCCEEDED",
            "CreationTimestamp": datetime(2026, 11, 21, 8, tzinfo=UTC),
            "Results": {"S3Object": {"Bucket": bucket, "Name": f"{place}/r"}},
            "ManifestSummary": {"S3Object": {"Bucket": bucket, "Name": f"{place}/s"}},
        }
