"""Whether an item can be appealed against. REVIEW decides by this, and the command line refuses by it beforehand."""

from dataclasses import dataclass
from typing import Final

from shared.contracts.words import Status
from shared.ledger.record import Record
from shared.ledger.views import newest_loop

LAST_ROUND: Final = 99
"""What a loop's name and the ledger's keys have room for (`shared.identity.LOOP_NAME`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`code` is a short stable word, `text` a sentence for whoever appealed."""

    code: str
    text: str


def refusal(record: Record | None, verdict: int | None) -> Refusal | None:
    """Why nobody can appeal against this verdict of the item (the current one where None); None when one can.

    An item that is under appeal against that very verdict isn't refused here: two who appeal at once are one appeal.
    """
    if record is None:
        return Refusal(code="appeal-of-unknown-item", text="there is no such item")
    current = record.summary.verdict_number
    if current == 0:
        return Refusal(
            code="appeal-without-verdict", text=f"the item has no verdict yet; it is {record.summary.status}"
        )
    if verdict is not None and verdict != current:
        return Refusal(
            code="appeal-of-other-verdict", text=f"the current verdict is number {current}, not number {verdict}"
        )
    if record.summary.status not in {Status.DONE, Status.APPEALED}:
        return Refusal(code="appeal-out-of-turn", text=f"the item is {record.summary.status}; settle that first")
    newest = newest_loop(record)
    if newest is not None and newest.round >= LAST_ROUND:
        return Refusal(code="appeal-out-of-rounds", text=f"the item had {newest.round} rounds of review already")
    return None


def is_under_appeal(record: Record) -> bool:
    return record.summary.status is Status.APPEALED
