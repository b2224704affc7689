"""Pages of a sorted listing. A page starts after the last item of the one before, so items that come and go between
two requests neither repeat nor hide others."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from gavel_emulator.a2i.refusals import invalid

Item = TypeVar("Item")

PAGE = 100
"""Items in a page when MaxResults isn't given; also the most that it may be."""


def page(
    items: Iterable[Item],
    request: Mapping[str, Any],
    *,
    place: Callable[[Item], tuple[str, str]],
    descending: bool,
    size: int = PAGE,
) -> tuple[list[Item], str | None]:
    """One page and the token of the next. `place` is an item's sort value and, to tell equals apart, its name.

    Raises Refused (ValidationException) for a token that isn't one of ours.
    """
    ordered = sorted(items, key=place, reverse=descending)
    if token := request.get("NextToken"):
        after = _read(token)
        ordered = [item for item in ordered if (place(item) < after if descending else place(item) > after)]
    size = request.get("MaxResults") or size
    chosen, rest = ordered[:size], ordered[size:]
    return chosen, _write(place(chosen[-1])) if rest else None


def created_between(request: Mapping[str, Any], created_at: datetime) -> bool:
    """CreationTimeAfter is inclusive, CreationTimeBefore isn't; a time without a zone is UTC."""
    after, before = request.get("CreationTimeAfter"), request.get("CreationTimeBefore")
    return (after is None or created_at >= _aware(after)) and (before is None or created_at < _aware(before))


def by_creation(created_at: datetime, name: str) -> tuple[str, str]:
    return created_at.isoformat(timespec="milliseconds"), name


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _write(place: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read(token: str) -> tuple[str, str]:
    try:
        value, name = json.loads(base64.urlsafe_b64decode(token.encode()))
        return str(value), str(name)
    except (binascii.Error, TypeError, ValueError) as error:
        raise invalid("The NextToken is not valid.") from error
