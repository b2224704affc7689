"""Reads a record: what the entries of one item say together."""

from datetime import datetime
from typing import TypeVar

from shared.contracts.messages import Submission
from shared.ledger.entries import (
    AnswerGiven,
    ContentRead,
    Entry,
    LoopEnded,
    LoopOpened,
    Quarantined,
    SubmissionOpened,
    VerdictGiven,
)
from shared.ledger.record import Record

E = TypeVar("E", bound=Entry)


def only(record: Record, kind: type[E]) -> E | None:
    """The newest entry of a kind."""
    found = [entry for entry in record.entries if isinstance(entry, kind)]
    return found[-1] if found else None


def submission(record: Record) -> Submission | None:
    """The submission as the messages carry it; None before INGEST has read the content."""
    opened, content = only(record, SubmissionOpened), only(record, ContentRead)
    if opened is None or content is None:
        return None
    return accepted(record.summary.media_id, opened, content)


def accepted(media_id: str, opened: SubmissionOpened, content: ContentRead) -> Submission:
    """What INGEST wrote down about an item, as the messages carry it."""
    return Submission(
        media_id=media_id,
        tenant=opened.tenant,
        kind=opened.kind,
        lane=opened.lane,
        source=opened.source,
        policy=opened.policy,
        received_at=opened.at,
        sha256=content.sha256,
        external_id=opened.external_id,
        bulk=opened.bulk,
    )


def quarantined(record: Record) -> Quarantined | None:
    """The newest entry about what couldn't be processed, of an item that stands in quarantine because of it."""
    return only(record, Quarantined)


def loop(record: Record, round_: int) -> LoopOpened | None:
    return next((e for e in record.entries if isinstance(e, LoopOpened) and e.round == round_), None)


def loop_end(record: Record, round_: int) -> LoopEnded | None:
    return next((e for e in record.entries if isinstance(e, LoopEnded) and e.round == round_), None)


def newest_loop(record: Record) -> LoopOpened | None:
    loops = [e for e in record.entries if isinstance(e, LoopOpened)]
    return max(loops, key=lambda entry: entry.round) if loops else None


def verdict(record: Record, number: int) -> VerdictGiven | None:
    return next((e for e in record.entries if isinstance(e, VerdictGiven) and e.number == number), None)


def first_round(record: Record, of: LoopOpened) -> int:
    """The round that this loop's series of rounds began with: the escalation's, or one appeal's."""
    return min(e.round for e in record.entries if isinstance(e, LoopOpened) and e.appeal_of == of.appeal_of)


def escalated_at(record: Record, of: LoopOpened) -> datetime:
    """From when the age of a case counts: its first round, or the first of the appeal that this loop is of."""
    first = loop(record, first_round(record, of))
    return first.at if first else of.at


def answers_in(record: Record, round_: int) -> tuple[AnswerGiven, ...]:
    return tuple(e for e in record.entries if isinstance(e, AnswerGiven) and e.round == round_)


def reviewers(record: Record) -> tuple[str, ...]:
    """Everybody who has answered about this item, in whatever round."""
    return tuple(sorted({e.worker for e in record.entries if isinstance(e, AnswerGiven)}))
