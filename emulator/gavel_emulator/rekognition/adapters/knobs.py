"""What tests and curious people can turn while the emulator runs (`/_gavel/adapter-settings`)."""

from dataclasses import dataclass

MAX_TRAININGS = 2
"""AWS General Reference, "Amazon Rekognition endpoints and quotas": concurrent training jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """A training takes as long as it takes, and `training_min_s` at least."""

    training_min_s: float
    held: bool = False
    """No training ends."""
    max_trainings: int = MAX_TRAININGS
