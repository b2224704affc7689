"""Golden items: items whose right answer is known, put before reviewers among real ones, and what came of that.

None of it is on any item's record, and nothing here leads to an outcome: docs/adr/0008.
"""

from datetime import datetime

import msgspec

from shared.contracts.messages import PolicyRef
from shared.contracts.words import Action, MediaKind
from shared.ledger.entries import LoopOpened


class GoldenItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the ledger with its right answer, for reviewers of one policy.

    `labels` are those that a reviewer should confirm. Until `busy_until` it is before reviewers already.
    """

    media_id: str
    policy: str
    kind: MediaKind
    right: Action
    added_at: datetime
    labels: tuple[str, ...] = ()
    opened_at: datetime | None = None
    busy_until: datetime | None = None


class GoldenLoop(msgspec.Struct, frozen=True, kw_only=True):
    """A human loop about a golden item, opened `beside` the real loop of that name.

    `id` stands in its name in the place of a media id. It is random: from a digest anybody could tell by the names of
    two tasks that one of them is golden. `severity` is what reviewers' work is ordered by.
    """

    id: str
    item: str
    beside: str
    policy: PolicyRef
    right: Action
    severity: int
    opened: LoopOpened
    labels: tuple[str, ...] = ()
    outcome: str | None = None
    ended_at: datetime | None = None


class GoldenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one reviewer answered in a golden loop, beside what would have been right then.

    `labels` are those that should have been confirmed, `missed` the ones among them that weren't.
    """

    at: datetime
    loop: str
    item: str
    policy: str
    worker: str
    given: Action
    right: Action
    labels: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    spent_s: float | None = None

    @property
    def is_right(self) -> bool:
        return self.given is self.right
