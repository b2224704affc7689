"""The search over a ledger in memory; held to the same tests as the one in DynamoDB."""

from shared.errors import Transient
from shared.ledger.search import Page, Place, Wanted
from tests.fakes.ledger import MemoryLedger


class MemorySearch:
    """`fails` plays an outage."""

    def __init__(self, ledger: MemoryLedger, *, fails: bool = False) -> None:
        self._fails = fails
        self._ledger = ledger

    async def page(self, wanted: Wanted, *, limit: int, after: Place | None = None) -> Page:
        if self._fails:
            raise Transient("ledger-unreachable")
        summaries = [item.summary for item in self._ledger.items.values() if item.summary is not None]
        found = sorted(
            (
                one
                for one in summaries
                if wanted.fits(one)
                and (after is None or (one.received_at, one.media_id) < (after.received_at, after.media_id))
            ),
            key=lambda one: (one.received_at, one.media_id),
            reverse=True,
        )
        items = tuple(found[:limit])
        is_last = len(found) <= limit
        last = items[-1] if items else None
        more = None if is_last or last is None else Place(received_at=last.received_at, media_id=last.media_id)
        return Page(items=items, after=more)
