"""The closed choices that messages, the ledger and the policy share; each word means what the glossary says."""

from enum import StrEnum


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


class Lane(StrEnum):
    """`backfill` only gets the quota that `live` leaves."""

    LIVE = "live"
    BACKFILL = "backfill"


class Action(StrEnum):
    """What a verdict says should happen to the media."""

    APPROVE = "approve"
    RESTRICT = "restrict"
    REJECT = "reject"


class Choice(StrEnum):
    """What a policy makes of the evidence: an action, or a person's turn."""

    APPROVE = "approve"
    RESTRICT = "restrict"
    REJECT = "reject"
    ESCALATE = "escalate"


class DecidedBy(StrEnum):
    MODEL = "model"
    HUMAN = "human"
    REUSE = "reuse"
    FAIL_CLOSED = "fail_closed"


class Status(StrEnum):
    """Where an item is on its way, in order; the summary only moves forward (see `shared.ledger.entries.RANK`).

    An item under appeal has a verdict, which stays in force until people have looked at it again. A discarded
    one stood in quarantine, and somebody said that nothing more is to become of it.
    """

    RECEIVED = "received"
    MODERATING = "moderating"
    MODERATED = "moderated"
    REVIEWING = "reviewing"
    DECIDED = "decided"
    DONE = "done"
    QUARANTINED = "quarantined"
    APPEALED = "appealed"
    DISCARDED = "discarded"


class BackendName(StrEnum):
    A2I = "a2i"
    DESK = "desk"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
