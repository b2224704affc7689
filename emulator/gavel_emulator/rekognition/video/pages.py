"""Where the next page of a job's findings begins, by a token that is good for a day."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gavel_emulator.rekognition.errors import invalid_page_token
from gavel_emulator.rekognition.job_book import JobKey
from gavel_emulator.rekognition.video.answers import AggregateBy, SortBy

GOOD_FOR = timedelta(hours=24)
"""Developer Guide, "Calling Amazon Rekognition Video operations"."""

LARGEST = 1000
"""Findings in a page; more are silently not given (API reference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a listing is of; a token is good for the listing that it came from."""

    job: JobKey
    sort_by: SortBy
    aggregate_by: AggregateBy


@dataclass(frozen=True, slots=True)
class _Mark:
    order: Order
    offset: int
    expires_at: datetime


class PageTokens:
    """Safe to use from many threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._marks: dict[str, _Mark] = {}

    def issue(self, order: Order, offset: int) -> str:
        token = secrets.token_urlsafe(48)
        with self._lock:
            now = self._clock()
            self._marks = {known: mark for known, mark in self._marks.items() if mark.expires_at > now}
            self._marks[token] = _Mark(order, offset, now + GOOD_FOR)
        return token

    def offset(self, order: Order, token: str) -> int:
        """Raises RekognitionError (InvalidPaginationTokenException) for one that is unknown, expired, or of another
        listing: AWS says nothing of changing SortBy or AggregateBy between two pages.
        """
        with self._lock:
            mark = self._marks.get(token)
        if mark is None or mark.order != order or mark.expires_at <= self._clock():
            raise invalid_page_token()
        return mark.offset

    def expire_all(self) -> int:
        """How many there were."""
        with self._lock:
            expired = len(self._marks)
            self._marks.clear()
            return expired
