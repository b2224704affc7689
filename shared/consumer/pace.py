"""Says how long to wait between two receives, so that messages come in batches where there are many."""

from collections import deque
from typing import Final

from shared.consumer.settings import ConsumerSettings

WINDOW_S: Final = 2.0
"""Over which the rate is measured: long enough to tell 5 a second from 15 almost surely, short enough to follow."""

FILL: Final = 9
"""Messages that a gap waits for: a little less than a full receive, so that few are left for the next."""


class Pace:
    """What one consumer has received lately; instants are the event loop's, in seconds."""

    def __init__(self, settings: ConsumerSettings) -> None:
        self._settings = settings
        self._received: deque[tuple[float, int]] = deque()
        self._in_window = 0
        self._full_in_a_row = 0

    @property
    def is_backlogged(self) -> bool:
        """Even a receive that followed a full one without a gap was full: more are waiting than one can fetch."""
        return self._full_in_a_row >= 3

    def gap_s(self, count: int, limit: int, now: float) -> float:
        """A receive has just returned `count` of at most `limit` messages; how long to wait before the next.

        Nothing after two full ones in a row (one alone is chance), and nothing while traffic is low, where a gap would
        only delay single messages.
        """
        self._note(count, now)
        per_s = self._in_window / WINDOW_S
        self._full_in_a_row = self._full_in_a_row + 1 if count >= limit else 0
        if self._full_in_a_row >= 2 or per_s < self._settings.pace_from_per_s:
            return 0.0
        return min(self._settings.gap_limit_s, FILL / per_s)

    def _note(self, count: int, now: float) -> None:
        if count:
            self._received.append((now, count))
            self._in_window += count
        while self._received and self._received[0][0] <= now - WINDOW_S:
            self._in_window -= self._received.popleft()[1]
