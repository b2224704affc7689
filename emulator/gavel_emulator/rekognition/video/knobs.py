"""What tests and curious people can turn while the emulator runs (`/_gavel/video-settings`)."""

import threading
from dataclasses import dataclass, replace
from typing import Any

MAX_JOBS = 20
MAX_BYTES = 10 * 1024**3
MAX_DURATION_MS = 6 * 3600 * 1000
"""Developer Guide, "Guidelines and quotas": 20 concurrent jobs per account, 10 GB, 6 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """A job takes `job_share` of its video's duration, `job_min_s` at least."""

    job_share: float
    job_min_s: float
    held: bool = False
    """No job ends by itself."""
    max_jobs: int = MAX_JOBS
    max_bytes: int = MAX_BYTES
    notification_copies: int = 1
    """0 loses the notifications of jobs that end, 2 doubles them."""
    notification_delay_s: float = 0.0


class Board:
    """The knobs as they stand; the same for all accounts. Safe to use from many threads."""

    def __init__(self, defaults: Knobs) -> None:
        self._defaults = defaults
        self._knobs = defaults
        self._lock = threading.Lock()

    @property
    def knobs(self) -> Knobs:
        return self._knobs

    def turn(self, **changes: Any) -> None:
        with self._lock:
            self._knobs = replace(self._knobs, **changes)

    def reset(self) -> None:
        with self._lock:
            self._knobs = self._defaults
