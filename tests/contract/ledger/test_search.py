"""The contract of `shared.ledger.search.Search`, in memory and in DynamoDB alike."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.aws import ledger_search
from shared.aws.ledger import DynamoLedger
from shared.aws.ledger_search import LedgerSearch
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.ledger.port import Ledger
from shared.ledger.record import Judged
from shared.ledger.search import Place, Search, Wanted
from tests.contract.ledger.conftest import Counted
from tests.contract.ledger.entries import NOON, after, submission
from tests.fakes.ledger import MemoryLedger
from tests.fakes.search import MemorySearch

DAY_S = 86_400


@pytest.fixture
def search(ledger: Ledger, request: pytest.FixtureRequest) -> Search:
    if isinstance(ledger, MemoryLedger):
        return MemorySearch(ledger)
    return LedgerSearch(request.getfixturevalue("dynamodb"), request.getfixturevalue("table"))


async def take_in(ledger: Ledger, media_id: str, *, at_s: float = 0, tenant: str = "shop") -> None:
    opened = msgspec.structs.replace(submission(), at=after(at_s), tenant=tenant)
    assert await ledger.open(media_id, opened)


async def judge(ledger: Ledger, media_id: str, verdict: Action, judged: Judged) -> None:
    assert await ledger.advance(media_id, Status.DONE, after(10), verdict=verdict, verdict_number=1, judged=judged)


def wanted(*tenants: str, **fields: Any) -> Wanted:
    given = {"since": NOON - timedelta(days=60), "until": NOON + timedelta(days=2)} | fields
    return Wanted(tenants=tenants or ("shop",), **given)


async def everything(search: Search, wanted: Wanted, *, limit: int = 100) -> list[str]:
    """All pages together."""
    found: list[str] = []
    place: Place | None = None
    while True:
        page = await search.page(wanted, limit=limit, after=place)
        assert len(page.items) <= limit
        found += [item.media_id for item in page.items]
        place = page.after
        if place is None:
            return found


class TestSearch:
    async def test_the_newest_comes_first_over_days_and_tenants(self, ledger: Ledger, search: Search) -> None:
        await take_in(ledger, "monday", at_s=-3 * DAY_S)
        await take_in(ledger, "noon")
        await take_in(ledger, "later", at_s=60, tenant="blog")
        await take_in(ledger, "evening", at_s=120)
        assert await everything(search, wanted("shop", "blog")) == ["evening", "later", "noon", "monday"]

    async def test_no_other_tenants_items_are_found(self, ledger: Ledger, search: Search) -> None:
        await take_in(ledger, "mine")
        await take_in(ledger, "theirs", tenant="blog")
        assert await everything(search, wanted("shop")) == ["mine"]
        assert await everything(search, wanted("nobody")) == []

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    async def test_pages_hold_everything_once_whatever_their_size(
        self, ledger: Ledger, search: Search, limit: int
    ) -> None:
        ids = [f"item-{number}" for number in range(7)]
        for number, media_id in enumerate(ids):
            # Three at a time, so that pages end between items of equal time.
            await take_in(ledger, media_id, at_s=-(number // 3) * DAY_S / 2)
        found = await everything(search, wanted(), limit=limit)
        assert sorted(found) == ids
        assert [media_id.split("-")[1] for media_id in found] == ["2", "1", "0", "5", "4", "3", "6"]

    async def test_what_came_in_before_or_after_is_left_out(self, ledger: Ledger, search: Search) -> None:
        for media_id, at_s in (("before", -1.0), ("first", 0.0), ("last", 59.0), ("after", 60.0)):
            await take_in(ledger, media_id, at_s=at_s)
        assert await everything(search, wanted(since=NOON, until=after(60))) == ["last", "first"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": Status.DONE},
            {"verdict": Action.REJECT},
            {"decided_by": DecidedBy.HUMAN},
            {"label": "Weapons"},
            {"reviewer": "a1b2"},
            {"kind": MediaKind.IMAGE, "verdict": Action.REJECT},
        ],
        ids=str,
    )
    async def test_items_are_found_by_what_became_of_them(
        self, ledger: Ledger, search: Search, fields: dict[str, Any]
    ) -> None:
        judgements: Sequence[tuple[str, Action, Judged]] = (
            ("wanted", Action.REJECT, Judged(decided_by=DecidedBy.HUMAN, labels=("Weapons",), reviewers=("a1b2",))),
            ("other", Action.APPROVE, Judged(decided_by=DecidedBy.MODEL, labels=("Smoking",))),
        )
        for media_id, verdict, judged in judgements:
            await take_in(ledger, media_id)
            await judge(ledger, media_id, verdict, judged)
        await take_in(ledger, "under way")
        found = await everything(search, wanted(**fields))
        assert "wanted" in found
        assert "under way" not in found
        assert ("other" in found) == (fields == {"status": Status.DONE})

    async def test_items_are_found_by_policy_and_its_version(self, ledger: Ledger, search: Search) -> None:
        await take_in(ledger, "m")
        policy = submission().policy
        assert await everything(search, wanted(policy=policy.name)) == ["m"]
        assert await everything(search, wanted(policy=f"{policy.name}@{policy.version}")) == ["m"]
        assert await everything(search, wanted(policy=f"{policy.name}@0000000000000000")) == []


class TestPagesOfDynamo:
    async def test_a_page_looks_at_so_many_items_and_no_more(
        self,
        dynamo_ledger: DynamoLedger,
        dynamodb: Counted,
        table: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(ledger_search, "LOOKED_AT", 4)
        for number in range(9):
            await take_in(dynamo_ledger, f"item-{number}", at_s=number)
        search, dynamodb.calls[:] = LedgerSearch(dynamodb, table), []
        page = await search.page(wanted(label="Weapons"), limit=50)
        assert (page.items, page.after is not None) == ((), True)
        assert dynamodb.calls.count("batch_get_item") == 1
        assert await everything(search, wanted()) == [f"item-{number}" for number in reversed(range(9))]

    async def test_a_page_looks_at_so_many_days_and_no_more(
        self, dynamo_ledger: DynamoLedger, dynamodb: Counted, table: str
    ) -> None:
        await take_in(dynamo_ledger, "long ago", at_s=-55 * DAY_S)
        search, dynamodb.calls[:] = LedgerSearch(dynamodb, table), []
        page = await search.page(wanted(), limit=50)
        assert (page.items, page.after is not None) == ((), True)
        assert len(dynamodb.calls) == ledger_search.DAYS
        assert await everything(search, wanted()) == ["long ago"]
