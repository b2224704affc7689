"""How a consumer behaves: numbers that don't change while it runs."""

from dataclasses import dataclass
from typing import Final

BATCH_LIMIT: Final = 10
"""Messages of one receive, entries of one batch call (SQS)."""

VISIBILITY_LIMIT_S: Final = 12 * 60 * 60
"""The longest that one receive can hold a message, all extensions included (SQS)."""

DELAY_LIMIT_S: Final = 900
"""The longest delay of a sent message (SQS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSettings:
    """`concurrency` messages are in handlers at once; up to `prefetch` more wait in hand, so that handlers don't.

    Receiving: long polls of `wait_s`, for whose end a consumer that is told to stop waits, so SQS's 20 s would make
    idle services slow to stop. From `pace_from_per_s` messages a second on, a receive that wasn't full is followed by
    a gap, at most `gap_limit_s`, in which more messages gather: a long poll returns on the first one, so that a queue
    that keeps up would cost a request for each message. Half of the gap is what it adds at the median. While there is
    a backlog, up to `receivers` receive side by side.

    Settling: deletes and visibility changes wait up to `linger_s` for nine others.

    Retries: the n-th waits a random time up to `backoff_base_s * 2 ** (n - 1)`, at most `backoff_limit_s`. What fails
    for the `max_receive_count`-th time goes to quarantine; the queue's redrive policy has the same number.

    Breaker: after `breaker_failures` failures in a row nothing is received for `breaker_pause_s`, then one message
    probes; every failed probe doubles the pause, up to `breaker_pause_limit_s`.

    Stopping: handlers have until `stop_margin_s` before the end of `stop_timeout_s` (ECS's stopTimeout, after which
    comes SIGKILL); the margin is for giving back what is unfinished and flushing what is done. `handler_limit_s` ends
    a handler that hangs, which extended visibility would otherwise keep for hours.
    """

    concurrency: int = 32
    prefetch: int = BATCH_LIMIT
    receivers: int = 4
    visibility_s: int = 60
    wait_s: int = 5
    pace_from_per_s: float = 15
    gap_limit_s: float = 0.107
    linger_s: float = 1.0
    max_receive_count: int = 8
    backoff_base_s: float = 4
    backoff_limit_s: float = 900
    breaker_failures: int = 10
    breaker_pause_s: float = 1
    breaker_pause_limit_s: float = 300
    stop_timeout_s: float = 60
    stop_margin_s: float = 5
    handler_limit_s: float = 900

    def __post_init__(self) -> None:
        problems = [
            text
            for text, holds in (
                ("concurrency is at least 1", self.concurrency >= 1),
                (f"prefetch is at least {BATCH_LIMIT}, one receive", self.prefetch >= BATCH_LIMIT),
                ("receivers is at least 1", self.receivers >= 1),
                ("wait_s is 0 to 20", 0 <= self.wait_s <= 20),
                ("visibility_s is at most 12 hours", self.visibility_s <= VISIBILITY_LIMIT_S),
                ("linger_s is at most a tenth of visibility_s", self.linger_s * 10 <= self.visibility_s),
                ("stop_margin_s is less than stop_timeout_s", 0 < self.stop_margin_s < self.stop_timeout_s),
                ("breaker_failures is at least 1", self.breaker_failures >= 1),
            )
            if not holds
        ]
        if problems:
            raise ValueError("; ".join(problems))
