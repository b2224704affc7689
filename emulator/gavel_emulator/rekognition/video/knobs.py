"""What tests and curious people can turn while the emulator runs (`/_gavel/video-settings`)."""

from dataclasses import dataclass

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
