"""What tests and curious people can turn while the emulator runs (`/_gavel/analysis-settings`)."""

from dataclasses import dataclass

MAX_JOBS = 20
"""In progress at once. UNVERIFIED: AWS says LimitExceededException, and nowhere from how many on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """A job takes `image_s` for each line of its manifest, `job_min_s` at least."""

    image_s: float
    job_min_s: float
    held: bool = False
    """No job ends by itself."""
    closed: bool = False
    """Refuse every job, as AWS does to accounts that didn't use bulk analysis before it was closed."""
    max_jobs: int = MAX_JOBS
