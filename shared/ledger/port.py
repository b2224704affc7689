"""The ledger as the services see it; `shared.aws.ledger` keeps it in DynamoDB, `tests.fakes.ledger` in memory."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from shared.contracts.words import Action, Status
from shared.ledger.entries import Discarded, Entry, Quarantined, SubmissionOpened, VerdictGiven
from shared.ledger.record import Judged, Record, Summary


class Ledger(Protocol):
    """Every method may raise Transient when the store can't be reached; then nothing is known to have been written.

    False from a write says that what was asked for is there, not who wrote it: it may have been this very call, its
    answer lost and the request repeated by the SDK. So go on either way, and send again what follows from the write.
    """

    async def open(self, media_id: str, entry: SubmissionOpened) -> bool:
        """Begin an item. False, and no change, when it was begun before."""
        ...

    async def add(self, media_id: str, entry: Entry) -> bool:
        """Add an entry under its key. False, and no change, when that key is taken: the same work was done before."""
        ...

    async def entry(self, media_id: str, key: str) -> Entry | None: ...

    async def record(self, media_id: str) -> Record | None:
        """Everything about one item, consistently read; None when there is no such item."""
        ...

    async def advance(
        self,
        media_id: str,
        status: Status,
        at: datetime,
        *,
        verdict: Action | None = None,
        verdict_number: int | None = None,
        content_key: str | None = None,
        judged: Judged | None = None,
        is_listed: bool = True,
        is_sent_on: bool = False,
    ) -> bool:
        """Move the summary forward. False, and no change, when it is at or past that status, or when nobody opened it.
        `by_status` finds what `is_listed`: what nobody will look for there would only be paid for.

        Forward is a higher `verdict_number`, whatever the status, so that an appeal can change a verdict; with the
        same or none given, a later status. QUARANTINED can be entered from every status but DONE, and is left for a
        later status than the one it was entered from, or (at its time or after) for that one again: that is how a
        redriven item goes on. `is_sent_on` is for who has sent the item on before: whoever got it may have quarantined
        it since, and what was quarantined after `at` stays there.
        """
        ...

    async def verdict_for(self, content_key: str) -> tuple[str, VerdictGiven] | None:
        """Media id and current verdict of some item with this content under this policy (eventually consistent)."""
        ...

    async def quarantine(self, entry: Quarantined) -> None:
        """File a quarantine entry and show its item as QUARANTINED (unless DONE). Repeating changes nothing.

        Without a media id it stands alone, under `quarantine#<id>`; with the id of an item that nobody opened, under
        that id, with a summary that `open` replaces later.
        """
        ...

    async def discard(self, media_id: str, entry: Discarded) -> bool:
        """Show a QUARANTINED item as DISCARDED, and add who did it and why. False, and no change, when it isn't
        quarantined (any more).

        What of it is under way still goes on: a later status shows it again.
        """
        ...

    async def release(self, id_: str, at: datetime) -> bool:
        """Take `quarantine#<id>` out of quarantine, whose message was sent again: nothing else would, as it becomes an
        item under an id of its own, or fails again under another. False when it isn't quarantined (any more), or when
        that is an item, which moves on by itself.
        """
        ...

    def by_status(
        self, status: Status, *, before: datetime | None = None, since: datetime | None = None
    ) -> AsyncIterator[Summary]:
        """Summaries in one status, oldest update first, updated before `before` and not before `since` (eventually
        consistent).

        Of MODERATING there are the videos alone, of DONE those that people had a part in: what else comes to these was
        never listed, since nothing waits there for anybody.
        """
        ...

    async def lease(self, name: str, holder: str, *, now: datetime, ttl_s: int) -> bool:
        """Take or extend a named lease; False while somebody else holds it."""
        ...
