"""Errors by remedy. What isn't one of these is a defect.

    GavelError
    ├── Transient      the same message may succeed later: retried, with backoff
    ├── Deferred       it isn't this message's turn (a quota or window is full): waits without using up its receives
    └── Permanent      it will never succeed: quarantined with its reason
        └── ContractError   the message itself is malformed

An error never approves: no handler turns one of these into a verdict.
"""


class GavelError(Exception):
    """`code` is a short stable word for counting; `detail` is for people and may quote the input: never logged."""

    def __init__(self, code: str, detail: str = "", *, media_id: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.media_id = media_id


class Transient(GavelError):
    """Try again, not before `retry_after_s` when that is given."""

    def __init__(
        self, code: str, detail: str = "", *, retry_after_s: float | None = None, media_id: str | None = None
    ) -> None:
        super().__init__(code, detail, media_id=media_id)
        self.retry_after_s = retry_after_s


class Deferred(GavelError):
    """Put the message back as new, to be seen after `delay_s` (SQS allows 900 s)."""

    def __init__(self, code: str, detail: str = "", *, delay_s: int, media_id: str | None = None) -> None:
        super().__init__(code, detail, media_id=media_id)
        self.delay_s = delay_s


class Permanent(GavelError):
    """Quarantine the message with this reason."""


class ContractError(Permanent):
    """The message isn't what the contract says."""
