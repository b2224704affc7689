"""All jobs of one kind: who started them, under which token, and how many run at once."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, Self, TypeVar

from gavel_emulator.rekognition.errors import token_in_use, too_many_jobs, unknown_job


@dataclass(frozen=True, slots=True)
class Place:
    """Whose jobs: quotas, tokens and job ids are per account and region."""

    account_id: str
    region: str


@dataclass(frozen=True, slots=True)
class JobKey:
    place: Place
    id: str


class Job(Protocol):
    """A value. A job runs until its outcome is decided, once."""

    @property
    def key(self) -> JobKey: ...
    @property
    def request(self) -> Mapping[str, Any]:
        """Of the operation that has started it."""
        ...

    @property
    def started_at(self) -> datetime: ...
    @property
    def has_ended(self) -> bool: ...

    def ended(self, outcome: Any) -> Self:
        """The same job with this outcome."""
        ...


AnyJob = TypeVar("AnyJob", bound=Job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`running` is now, `peak` the most at once since the counts began."""

    running: int = 0
    peak: int = 0
    started: int = 0
    limit_exceeded: int = 0


class JobBook(Generic[AnyJob]):
    """Safe to use from many threads. `kept` is how long after its start a job is known, and its client token."""

    def __init__(self, clock: Callable[[], datetime], kept: timedelta) -> None:
        self._clock = clock
        self._kept = kept
        self._lock = threading.Lock()
        self._jobs: dict[JobKey, AnyJob] = {}
        self._by_token: dict[tuple[Place, str], JobKey] = {}
        self._counts: dict[Place, Counts] = {}

    def add(self, job: AnyJob, *, most: int) -> AnyJob:
        """The new job, or the one that its token has started in the meantime.

        Raises RekognitionError: LimitExceededException with `most` jobs in progress, and as `started_with`.
        """
        place = job.key.place
        with self._lock:
            self._forget_the_old()
            if kept := self._started_with(place, _token(job), job.request):
                return kept
            counts = self._counts.get(place, Counts())
            if counts.running >= most:
                self._counts[place] = replace(counts, limit_exceeded=counts.limit_exceeded + 1)
                raise too_many_jobs(counts.running, f"arn:aws:iam::{place.account_id}:root", most)
            self._jobs[job.key] = job
            if token := _token(job):
                self._by_token[place, token] = job.key
            running = counts.running + 1
            self._counts[place] = replace(
                counts, running=running, peak=max(running, counts.peak), started=counts.started + 1
            )
        return job

    def started_with(self, place: Place, token: str | None, request: object) -> AnyJob | None:
        """The job that this request has started before.

        Raises RekognitionError (IdempotentParameterMismatchException) when the token was another request's.
        """
        with self._lock:
            self._forget_the_old()
            return self._started_with(place, token, request)

    def get(self, key: JobKey) -> AnyJob:
        """Raises RekognitionError (ResourceNotFoundException) for one that never was or is too old."""
        with self._lock:
            self._forget_the_old()
            if key not in self._jobs:
                raise unknown_job(key.id)
            return self._jobs[key]

    def end(self, key: JobKey, outcome: object) -> AnyJob | None:
        """The job with this outcome; None when its outcome was decided before. Raises as `get`."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                raise unknown_job(key.id)
            if job.has_ended:
                return None
            self._jobs[key] = job.ended(outcome)
            counts = self._counts[key.place]
            self._counts[key.place] = replace(counts, running=counts.running - 1)
            return self._jobs[key]

    def all(self) -> list[AnyJob]:
        """In the order in which they were started."""
        with self._lock:
            return list(self._jobs.values())

    def counts(self) -> dict[Place, Counts]:
        with self._lock:
            return dict(self._counts)

    def reset_counts(self) -> None:
        with self._lock:
            self._counts = {
                place: Counts(running=counts.running, peak=counts.running) for place, counts in self._counts.items()
            }

    def _started_with(self, place: Place, token: str | None, request: object) -> AnyJob | None:
        key = self._by_token.get((place, token)) if token else None
        if key is None:
            return None
        job = self._jobs[key]
        if job.request != request:
            raise token_in_use(str(token))
        return job

    def _forget_the_old(self) -> None:
        """A job goes with its token; jobs are in the order of their starts."""
        now = self._clock()
        old: list[AnyJob] = []
        for job in self._jobs.values():
            if now - job.started_at < self._kept:
                break
            if job.has_ended:
                old.append(job)
        for job in old:
            del self._jobs[job.key]
            if token := _token(job):
                del self._by_token[job.key.place, token]


def _token(job: Job) -> str | None:
    token: str | None = job.request.get("ClientRequestToken")
    return token
