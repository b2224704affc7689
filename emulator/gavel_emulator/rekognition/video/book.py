"""All jobs of this emulator: who started them, under which token, and how many run at once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gavel_emulator.rekognition.errors import token_in_use, too_many_jobs, unknown_job
from gavel_emulator.rekognition.video.jobs import Job, JobKey, Outcome, Place, Status

KEPT = timedelta(days=7)
"""Results and client tokens (Developer Guide, "Calling Amazon Rekognition Video operations")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`running` is now, `peak` the most at once since the counts began."""

    running: int = 0
    peak: int = 0
    started: int = 0
    limit_exceeded: int = 0


class JobBook:
    """Safe to use from many threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[JobKey, Job] = {}
        self._by_token: dict[tuple[Place, str], JobKey] = {}
        self._counts: dict[Place, Counts] = {}

    def add(self, job: Job, *, most: int) -> Job:
        """The new job, or the one that its token has started in the meantime.

        Raises RekognitionError: LimitExceededException with `most` jobs in progress, and as `started_with`.
        """
        place = job.key.place
        with self._lock:
            self._forget_the_old()
            if kept := self._started_with(place, job.token, job.request):
                return kept
            counts = self._counts.get(place, Counts())
            if counts.running >= most:
                self._counts[place] = replace(counts, limit_exceeded=counts.limit_exceeded + 1)
                raise too_many_jobs(counts.running, f"arn:aws:iam::{place.account_id}:root", most)
            self._jobs[job.key] = job
            if job.token:
                self._by_token[place, job.token] = job.key
            running = counts.running + 1
            self._counts[place] = replace(
                counts, running=running, peak=max(running, counts.peak), started=counts.started + 1
            )
        return job

    def started_with(self, place: Place, token: str | None, request: object) -> Job | None:
        """The job that this request has started before.

        Raises RekognitionError (IdempotentParameterMismatchException) when the token was another request's.
        """
        with self._lock:
            self._forget_the_old()
            return self._started_with(place, token, request)

    def get(self, key: JobKey) -> Job:
        """Raises RekognitionError (ResourceNotFoundException) for one that never was or is too old."""
        with self._lock:
            self._forget_the_old()
            if key not in self._jobs:
                raise unknown_job(key.id)
            return self._jobs[key]

    def end(self, key: JobKey, outcome: Outcome) -> Job | None:
        """The job with this outcome; None when its outcome was decided before. Raises as `get`."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                raise unknown_job(key.id)
            if job.outcome:
                return None
            self._jobs[key] = replace(job, outcome=outcome)
            counts = self._counts[key.place]
            self._counts[key.place] = replace(counts, running=counts.running - 1)
            return self._jobs[key]

    def all(self) -> list[Job]:
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

    def _started_with(self, place: Place, token: str | None, request: object) -> Job | None:
        key = self._by_token.get((place, token)) if token else None
        if key is None:
            return None
        job = self._jobs[key]
        if job.request != request:
            raise token_in_use(str(token))
        return job

    def _forget_the_old(self) -> None:
        """A job goes with its token, seven days after its start; jobs are in the order of their starts."""
        now = self._clock()
        old: list[Job] = []
        for job in self._jobs.values():
            if now - job.started_at < KEPT:
                break
            if job.status is not Status.IN_PROGRESS:
                old.append(job)
        for job in old:
            del self._jobs[job.key]
            if job.token:
                del self._by_token[job.key.place, job.token]
