"""What the command line asks for: the API's filters, with its own words for time; and what `gavel watch` tells."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cli.items import Filters, WrongFilter, read
from cli.ls import Changes
from shared.contracts.messages import MediaRef, PolicyRef
from shared.contracts.words import Action, Lane, MediaKind, Status
from shared.ledger.entries import SubmissionOpened
from shared.ledger.finding import found
from shared.ledger.search import Wanted
from tests.fakes.ledger import MemoryLedger
from tests.fakes.search import MemorySearch

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TENANTS = ("shop", "blog")
SUBMISSION = SubmissionOpened(
    at=NOW,
    tenant="shop",
    kind=MediaKind.IMAGE,
    lane=Lane.LIVE,
    source=MediaRef(bucket="shop-media", key="a.jpg", version_id="v1"),
    policy=PolicyRef(name="standard", version="0" * 16),
    size_bytes=1,
    envelope="cloudevent",
)


def wanted(**filters: str) -> Wanted:
    return read(Filters(**filters), TENANTS, NOW).wanted


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("90m", NOW - timedelta(minutes=90)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-21T10:00:00+01:00", datetime(2026, 11, 21, 9, 0, tzinfo=UTC)),
    ],
)
def test_times_are_lengths_before_now_or_instants(text: str, since: datetime) -> None:
    assert wanted(since=text).since == since


def test_without_a_tenant_all_are_meant() -> None:
    assert wanted().tenants == TENANTS
    assert wanted(tenant="blog").tenants == ("blog",)


def test_every_mistake_is_told_at_once_by_its_option() -> None:
    with pytest.raises(WrongFilter) as caught:
        wanted(since="yesterday", decided_by="robot", label="Weapon")
    told = str(caught.value).splitlines()
    assert [line.partition(" ")[0] for line in told] == ["--since", "--label", "--decided-by"]
    assert "did you mean `Weapons`?" in told[1]


async def _ledger(count: int) -> MemoryLedger:
    ledger = MemoryLedger()
    for number in range(count):
        at = NOW - timedelta(seconds=number)
        await ledger.open(f"item-{number:03}", msgspec.structs.replace(SUBMISSION, at=at))
    return ledger


async def test_pages_are_followed_up_to_the_limit() -> None:
    search = MemorySearch(await _ledger(450))
    assert [item.media_id async for item in found(search, wanted(), limit=420)] == [
        f"item-{number:03}" for number in range(420)
    ]


async def test_watching_tells_what_comes_and_what_moves_on_and_nothing_twice() -> None:
    ledger, changes = await _ledger(2), Changes()
    search, wish = MemorySearch(ledger), wanted()

    async def told() -> list[tuple[str, str]]:
        return [(item.media_id, item.status) for item in await changes.look(search, wish)]

    assert await told() == [("item-001", "received"), ("item-000", "received")]
    assert await told() == []
    await ledger.advance("item-001", Status.DONE, NOW, verdict=Action.APPROVE, verdict_number=1)
    assert await told() == [("item-001", "done")]
    await ledger.advance("item-001", Status.DONE, NOW, verdict=Action.REJECT, verdict_number=2)
    assert await told() == [("item-001", "done")]
