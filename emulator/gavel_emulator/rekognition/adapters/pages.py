"""Pages of projects and of versions, the newest first. A page starts after the last item of the one before, so what
comes and goes between two requests neither repeats nor hides anything.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from gavel_emulator.rekognition.errors import invalid_page_token

LARGEST = 100
"""Items in a page when MaxResults isn't given; also the most that it may be."""


class Listed(Protocol):
    @property
    def created_at(self) -> datetime: ...


AnyListed = TypeVar("AnyListed", bound=Listed)


def page(items: Sequence[AnyListed], request: Mapping[str, Any]) -> tuple[list[AnyListed], dict[str, str]]:
    """One page, and NextToken where there is another. Times of creation differ by a millisecond at least.

    Raises RekognitionError (InvalidPaginationTokenException).
    """
    rest = list(items)
    if "NextToken" in request:
        before = _read(request["NextToken"])
        rest = [item for item in rest if item.created_at < before]
    size = request.get("MaxResults", LARGEST)
    chosen = rest[:size]
    return chosen, {"NextToken": _write(chosen[-1].created_at)} if len(rest) > size else {}


def _write(at: datetime) -> str:
    return base64.urlsafe_b64encode(at.isoformat().encode()).decode()


def _read(token: str) -> datetime:
    try:
        at = datetime.fromisoformat(base64.urlsafe_b64decode(token.encode()).decode())
    except (binascii.Error, UnicodeError, ValueError) as unread:
        raise invalid_page_token() from unread
    if at.tzinfo is None:
        raise invalid_page_token()
    return at
