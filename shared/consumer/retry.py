"""Decides what becomes of a message that a handler has ended with: values in, values out."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from shared.consumer.settings import DELAY_LIMIT_S, ConsumerSettings
from shared.errors import Deferred, GavelError, Permanent, Transient

Health = Literal["good", "bad", "unknown"]
"""What a handled message says about what handlers depend on. A malformed message says nothing: it may have failed
before anything was asked."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything that the message asked for is durable: delete it."""

    word: ClassVar = "ack"
    code: ClassVar = ""
    health: ClassVar[Health] = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Make it visible again after `after_s`."""

    code: str
    after_s: int
    word: ClassVar = "retry"
    health: ClassVar[Health] = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Not settled: it comes back after `after_s`, and in the end the queue's redrive policy takes it."""

    after_s: int
    word: ClassVar = "defect"
    code: ClassVar = "defect"
    health: ClassVar[Health] = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """Send a copy that is seen after `delay_s`, then delete the original."""

    code: str
    delay_s: int
    word: ClassVar = "put_back"
    health: ClassVar[Health] = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """File it, then delete it. `is_exhausted` when it was tried as often as it may be."""

    code: str
    detail: str
    media_id: str | None
    is_exhausted: bool = False
    word: ClassVar = "quarantine"

    @property
    def health(self) -> Health:
        return "bad" if self.is_exhausted else "unknown"


Settlement = Ack | Retry | Defect | PutBack | Quarantine

RETRIES_EXHAUSTED = "retries-exhausted"


def remedy(error: GavelError, receive_count: int, settings: ConsumerSettings, roll: float) -> Settlement:
    """What a handler's error asks for. `roll` is a random number from 0 to 1."""
    match error:
        case Deferred():
            return PutBack(code=error.code, delay_s=min(max(error.delay_s, 0), DELAY_LIMIT_S))
        case Permanent():
            return Quarantine(code=error.code, detail=error.detail, media_id=error.media_id)
        case _ if receive_count >= settings.max_receive_count:
            # The reason that stays visible is the last one; which one it was is told first.
            detail = f"{error.code}: {error.detail}" if error.detail else error.code
            return Quarantine(code=RETRIES_EXHAUSTED, detail=detail, media_id=error.media_id, is_exhausted=True)
        case _:
            return retry(error, receive_count, settings, roll)


def retry(error: GavelError, receive_count: int, settings: ConsumerSettings, roll: float) -> Retry:
    asked_s = error.retry_after_s if isinstance(error, Transient) else None
    after_s = backoff_s(receive_count, settings, roll)
    if asked_s is not None:
        after_s = max(after_s, min(math.ceil(asked_s), int(settings.backoff_limit_s)))
    return Retry(code=error.code, after_s=after_s)


def backoff_s(receive_count: int, settings: ConsumerSettings, roll: float) -> int:
    """Exponential with full jitter, in whole seconds as SQS takes them, at least one.

    Jitter over the whole range, because what fails together should not come back together:
    https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
    """
    # The exponent stops long before a float would overflow; receive counts of a queue without redrive know no end.
    ceiling_s = min(settings.backoff_limit_s, settings.backoff_base_s * 2.0 ** min(receive_count - 1, 30))
    return max(1, math.ceil(roll * ceiling_s))
