"""What stands in quarantine is listed, sent again and discarded; who did it is on the record before it is done."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.contracts.words import Status
from shared.errors import GavelError, Permanent, Transient
from shared.ledger.entries import Discarded, Quarantined, Redriven
from shared.quarantine import REASON_LIMIT, Refusal, discarded, listed, sent_again, told
from tests.fakes.ledger import MemoryLedger
from tests.unit.cli.test_items import SUBMISSION

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BY = "console/ef7294f850a3d9d1"


@dataclass
class Redrive:
    """Keeps what was sent, and what was on the record by then."""

    ledger: MemoryLedger
    error: GavelError | None = None
    sent: list[Quarantined] = field(default_factory=list)
    recorded_before: list[bool] = field(default_factory=list)

    async def again(self, entry: Quarantined) -> None:
        entries = self.ledger.items[entry.media_id or entry.key].entries.values()
        self.recorded_before.append(any(isinstance(one, Redriven) for one in entries))
        if self.error is not None:
            raise self.error
        self.sent.append(entry)


def entry(number: int, media_id: str | None, code: str = "not-media") -> Quarantined:
    return Quarantined(
        at=NOW + timedelta(seconds=number),
        id=f"q{number}",
        queue="media-events",
        code=code,
        detail="8 px",
        receive_count=1,
        body_uri=f"s3://evidence/quarantine/q{number}.json",
        media_id=media_id,
    )


async def ledger_of(*tenants: str, code: str = "not-media") -> MemoryLedger:
    """An item of each tenant in quarantine, `item-0` and so on."""
    ledger = MemoryLedger()
    for number, tenant in enumerate(tenants):
        await ledger.open(f"item-{number}", msgspec.structs.replace(SUBMISSION, tenant=tenant))
        await ledger.quarantine(entry(number, f"item-{number}", code))
    return ledger


def clock() -> datetime:
    return NOW


async def test_the_longest_there_comes_first_and_the_limit_says_that_there_are_more() -> None:
    ledger = await ledger_of(*["shop"] * 40)
    found, is_whole = await listed(ledger, limit=20)
    assert [one.id for one in found] == [f"item-{number}" for number in range(20)]
    assert not is_whole
    found, is_whole = await listed(ledger, limit=40)
    assert (len(found), is_whole) == (40, True)


async def test_other_tenants_and_messages_of_no_tenant_are_only_listed_for_who_may_see_them() -> None:
    ledger = await ledger_of("shop", "blog")
    await ledger.quarantine(entry(7, None))
    found, _ = await listed(ledger, limit=10, may_see=lambda tenant: tenant == "shop")
    assert [(one.id, one.tenant) for one in found] == [("item-0", "shop")]
    found, _ = await listed(ledger, limit=10)
    assert [one.id for one in found] == ["item-0", "item-1", "quarantine#q7"]


async def test_only_so_many_are_looked_at_and_that_is_said() -> None:
    ledger = await ledger_of("blog", "shop", "shop")
    found, is_whole = await listed(ledger, limit=10, may_see=lambda tenant: tenant == "shop", look_at=2)
    assert ([one.id for one in found], is_whole) == (["item-1"], False)
    found, is_whole = await listed(ledger, limit=10, look_at=3)
    assert (len(found), is_whole) == (3, True)


async def test_a_code_picks() -> None:
    ledger = await ledger_of("shop")
    assert await listed(ledger, limit=10, code="image-too-small") == ([], True)


async def test_sending_again_is_on_the_record_before_anything_goes() -> None:
    ledger = await ledger_of("shop")
    redrive = Redrive(ledger)
    became = await sent_again(ledger, "item-0", redrive, by=BY, clock=clock)
    assert redrive.sent == [became]
    assert redrive.recorded_before == [True]
    record = await ledger.record("item-0")
    assert record is not None
    (_, note) = sorted(told(record), key=lambda one: isinstance(one, Redriven))
    assert isinstance(note, Redriven)
    assert (note.of, note.by, note.at) == ("q0", BY, NOW)


@pytest.mark.parametrize("error", [Permanent("queue-gone", "there is no queue"), Transient("sqs-throttled")])
async def test_what_can_not_be_sent_is_told_and_stays(error: GavelError) -> None:
    ledger = await ledger_of("shop")
    became = await sent_again(ledger, "item-0", Redrive(ledger, error), by=BY, clock=clock)
    assert isinstance(became, Refusal)
    assert became.text.startswith(error.code)
    assert [one.id for one in (await listed(ledger, limit=1))[0]] == ["item-0"]


async def test_a_message_that_never_became_an_item_leaves_the_list_when_it_has_gone_again() -> None:
    ledger = await ledger_of("shop")
    await ledger.quarantine(entry(7, None))
    failed = Redrive(ledger, Transient("sqs-throttled"))
    assert isinstance(await sent_again(ledger, "quarantine#q7", failed, by=BY, clock=clock), Refusal)
    assert [one.id for one in (await listed(ledger, limit=9))[0]] == ["item-0", "quarantine#q7"]
    redrive = Redrive(ledger)
    assert await sent_again(ledger, "quarantine#q7", redrive, by=BY, clock=clock) in redrive.sent
    assert await sent_again(ledger, "item-0", redrive, by=BY, clock=clock) in redrive.sent
    assert [one.id for one in (await listed(ledger, limit=9))[0]] == ["item-0"]
    for became in (
        await sent_again(ledger, "quarantine#q7", redrive, by=BY, clock=clock),
        await discarded(ledger, "quarantine#q7", reason="r", by=BY, clock=clock),
    ):
        assert became == Refusal(text="is received, not in quarantine")


async def test_only_what_stands_in_quarantine_goes_again_or_away() -> None:
    ledger = await ledger_of("shop")
    redrive = Redrive(ledger)
    assert await ledger.advance("item-0", Status.MODERATING, NOW + timedelta(hours=1))
    for became in (
        await sent_again(ledger, "item-0", redrive, by=BY, clock=clock),
        await discarded(ledger, "item-0", reason="r", by=BY, clock=clock),
    ):
        assert became == Refusal(text="is moderating, not in quarantine")
    nobody = await sent_again(ledger, "nobody", redrive, by=BY, clock=clock)
    assert nobody == Refusal(text="was never quarantined", is_unknown=True)
    assert redrive.sent == []
    assert not any(isinstance(one, Redriven) for one in ledger.items["item-0"].entries.values())


async def test_a_discard_takes_it_off_the_list_and_says_who_and_why() -> None:
    ledger = await ledger_of("shop")
    assert isinstance(await discarded(ledger, "item-0", reason="a text file", by=BY, clock=clock), Quarantined)
    assert await listed(ledger, limit=1) == ([], True)
    (note,) = [one for one in ledger.items["item-0"].entries.values() if isinstance(one, Discarded)]
    assert (note.of, note.by, note.reason) == ("q0", BY, "a text file")


async def test_what_moves_on_while_it_is_discarded_has_no_word_of_it_on_its_record() -> None:
    class Moving(MemoryLedger):
        async def discard(self, media_id: str, entry: Discarded) -> bool:
            await self.advance(media_id, Status.MODERATED, NOW + timedelta(hours=1))
            return await super().discard(media_id, entry)

    ledger = Moving()
    await ledger.open("item-0", SUBMISSION)
    await ledger.quarantine(entry(0, "item-0"))
    assert await discarded(ledger, "item-0", reason="r", by=BY, clock=clock) == Refusal(text="has moved on")
    assert not any(isinstance(one, Discarded) for one in ledger.items["item-0"].entries.values())


@pytest.mark.parametrize("reason", ["", "  \n", "x" * (REASON_LIMIT + 1)])
async def test_nothing_is_discarded_without_a_reason(reason: str) -> None:
    ledger = await ledger_of("shop")
    assert isinstance(await discarded(ledger, "item-0", reason=reason, by=BY, clock=clock), Refusal)
    assert len((await listed(ledger, limit=1))[0]) == 1
