"""What the ledger says of an item, as far as a bulk run wants to know: what was seen, and what was made of that."""

from datetime import datetime

from cli.bulk.shapes import Answer, answer_of
from shared.errors import Permanent
from shared.ledger.entries import DecisionMade, EvidenceFound, VerdictGiven
from shared.ledger.port import Ledger
from shared.ledger.record import Record
from shared.ledger.views import only


async def answer_in(record: Record, ledger: Ledger) -> Answer | None:
    """What was seen of the item, or of the one with the same bytes whose verdict it has. Raises Permanent where nobody
    knows any more what was seen of that."""
    found = only(record, EvidenceFound)
    if found is not None:
        return answer_of(found.evidence)
    verdict = only(record, VerdictGiven)
    if verdict is None or verdict.reused_from is None:
        return None
    other = await ledger.record(verdict.reused_from)
    reused = only(other, EvidenceFound) if other else None
    if reused is None:
        raise Permanent("evidence-missing", f"it has the verdict of {verdict.reused_from}, whose evidence isn't there")
    return answer_of(reused.evidence)


def changed_at(record: Record) -> datetime:
    return max((record.summary.updated_at, *(entry.at for entry in record.entries)))


def choice_in(record: Record) -> str | None:
    """What the policy made of it, or the verdict that it took over."""
    decision, verdict = only(record, DecisionMade), only(record, VerdictGiven)
    if decision is not None:
        return decision.choice
    return verdict.action if verdict is not None and verdict.reused_from is not None else None
