"""Stops receiving while everything fails: messages that would only fail keep their receives for better times."""

from typing import Final

from shared.consumer.retry import Health
from shared.consumer.settings import BATCH_LIMIT, ConsumerSettings

PROBE: Final = 1


class Breaker:
    """One consumer's breaker; instants are the event loop's, in seconds.

    closed ──failures in a row──► open ──pause over──► probing ──good──► closed
                                   ▲                      │
                                   └──bad, pause doubled──┘
    """

    def __init__(self, settings: ConsumerSettings) -> None:
        self._settings = settings
        self._failures = 0
        self._pause_s = settings.breaker_pause_s
        self._open_until: float | None = None
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def allowance(self, now: float) -> int:
        """How many messages may be received now: a whole batch, one probe, or none."""
        if self._open_until is None:
            return BATCH_LIMIT
        return PROBE if now >= self._open_until and not self._is_probing else 0

    def pause_ends_at(self, now: float) -> float | None:
        """When the next probe may be received, if that lies ahead and doesn't hang on a probe under way."""
        is_pausing = self._open_until is not None and now < self._open_until
        return self._open_until if is_pausing and not self._is_probing else None

    def probe(self) -> None:
        """The message that was allowed as a probe is in hand; nothing more is received until it is handled."""
        self._is_probing = True

    def tell(self, health: Health, now: float, *, is_probe: bool) -> bool:
        """A message was handled, or (unknown) given back; whether the breaker has opened just now.

        What was in hand before it opened doesn't count against the probe, but one success from there closes it.
        """
        if is_probe:
            self._is_probing = False
        if health == "good":
            self._failures, self._pause_s, self._open_until = 0, self._settings.breaker_pause_s, None
        elif health == "bad":
            return self._failed(now, is_probe=is_probe)
        return False

    def _failed(self, now: float, *, is_probe: bool) -> bool:
        if self.is_open:
            if is_probe:
                self._pause_s = min(self._pause_s * 2, self._settings.breaker_pause_limit_s)
                self._open_until = now + self._pause_s
            return False
        self._failures += 1
        if self._failures < self._settings.breaker_failures:
            return False
        self._open_until = now + self._pause_s
        return True
