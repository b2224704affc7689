"""Reads what a caller asks for, every mistake at once."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

from services.results.api.domain.callers import EVERY_TENANT, Caller
from services.results.api.domain.problems import Problem
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.ledger.search import Place, Wanted
from shared.taxonomy.labels import taxonomy

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)

LIMIT: Final = 200
"""Items of a page."""
LOOK_BACK: Final = timedelta(days=30)
"""How far back is looked where nobody says."""
LONGEST: Final = timedelta(days=400)
PARAMETERS: Final = frozenset(
    {"tenant", "since", "until", "status", "verdict", "decided_by", "kind", "label", "policy", "reviewer"}
)
PAGING: Final = frozenset({"limit", "after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    wanted: Wanted
    limit: int
    after: Place | None


def asked(
    query: Mapping[str, str], caller: Caller, tenants: tuple[str, ...], now: datetime, *, paged: bool = True
) -> Asked:
    """`tenants` are all that there are. Raises Problem 400, or 403 for a tenant that isn't the caller's."""
    reader = _Reader(query, PARAMETERS | (PAGING if paged else frozenset()))
    until = reader.read("until", _instant) or now + timedelta(seconds=1)
    since = reader.read("since", _instant) or until - LOOK_BACK
    if since >= until:
        reader.mistake("since", "must be before `until`")
    elif until - since > LONGEST:
        reader.mistake("since", f"at most {LONGEST.days} days may lie between `since` and `until`")
    label = reader.read("label", _label)
    limit = reader.read("limit", _limit) or 50
    after = reader.read("after", _place)
    tenant = query.get("tenant")
    wanted = Wanted(
        tenants=_tenants(tenant, caller, tenants),
        since=since,
        until=until,
        status=reader.read("status", _one_of(Status)),
        verdict=reader.read("verdict", _one_of(Action)),
        decided_by=reader.read("decided_by", _one_of(DecidedBy)),
        kind=reader.read("kind", _one_of(MediaKind)),
        label=label,
        policy=query.get("policy"),
        reviewer=query.get("reviewer"),
    )
    reader.settle()
    return Asked(wanted=wanted, limit=limit, after=after)


def cursor(place: Place) -> str:
    """Opaque, and safe in an address. It tells nothing but an item's time and id, and gives no right to anything."""
    text = f"{place.received_at.astimezone(UTC).isoformat()}|{place.media_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _tenants(tenant: str | None, caller: Caller, every: tuple[str, ...]) -> tuple[str, ...]:
    if tenant is None:
        return every if EVERY_TENANT in caller.tenants else tuple(sorted(caller.tenants & set(every)))
    if not caller.may_see(tenant):
        raise Problem(403, "tenant-not-yours", "your token has no scope for this tenant")
    return (tenant,)


class _Reader:
    def __init__(self, query: Mapping[str, str], known: frozenset[str]) -> None:
        self._query = query
        self._errors: list[dict[str, str]] = []
        for name in query:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                self.mistake(name, f"isn't known here; did you mean `{near[0]}`?" if near else "isn't known here")

    def read(self, name: str, read: Callable[[str], T]) -> T | None:
        if name not in self._query:
            return None
        try:
            return read(self._query[name])
        except ValueError as mistake:
            self.mistake(name, str(mistake))
            return None

    def mistake(self, name: str, what: str) -> None:
        self._errors.append({"parameter": name[:100], "detail": what})

    def settle(self) -> None:
        if self._errors:
            raise Problem(400, "bad-query", "see `errors` for each parameter", errors=tuple(self._errors))


def _instant(text: str) -> datetime:
    try:
        # A plus sign of a query that nobody has escaped arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError as error:
        raise ValueError("isn't a time as 2026-11-21T14:00:00Z") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not 2000 <= moment.year <= 9000:
        raise ValueError("is out of range")
    return moment.astimezone(UTC)


def _one_of(words: type[W]) -> Callable[[str], W]:
    def read(text: str) -> W:
        try:
            return words(text)
        except ValueError as error:
            raise ValueError(f"is one of {', '.join(words)}") from error

    return read


def _label(text: str) -> str:
    if text in taxonomy().labels:
        return text
    near = get_close_matches(text, taxonomy().labels, n=1, cutoff=0.5)
    raise ValueError("isn't a label of the taxonomy" + (f"; did you mean `{near[0]}`?" if near else ""))


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LIMIT):
        raise ValueError(f"is a number from 1 to {LIMIT}")
    return int(text)


def _place(text: str) -> Place:
    try:
        at, _, media_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        return Place(received_at=_instant(at), media_id=media_id)
    except (ValueError, binascii.Error) as error:
        raise ValueError("isn't the `next` of an earlier page") from error
