"""What tests and curious people can turn while the emulator runs (`/_gavel/adapter-settings`)."""

import threading
from dataclasses import dataclass, replace
from typing import Any

MAX_TRAININGS = 2
"""AWS General Reference, "Amazon Rekognition endpoints and quotas": concurrent training jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """A training takes as long as it takes, and `training_min_s` at least."""

    training_min_s: float
    held: bool = False
    """No training ends."""
    max_trainings: int = MAX_TRAININGS


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
