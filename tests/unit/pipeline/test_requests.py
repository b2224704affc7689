"""What an item asks of the ledger: every request and every unit that AWS charges for, indexes among them.

The figures are docs/adr's and `gavel cost`'s: who changes one changes these.
"""

import pytest

from cli.cost.usage import PER_IMAGE
from shared.contracts.words import Action, DecidedBy
from tests.unit.pipeline.whole import Whole

SEEN = {
    "nothing": {},
    "something": {"Exposed Male Nipple": 61.20000076293945, "Swimwear or Underwear": 88.0999984741211},
    "a rejection": {"Explicit Nudity": 99.0999984741211, "Exposed Female Nipple": 92.30000305175781},
}


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
async def test_an_image_that_the_policy_decides_alone(seen: dict[str, float]) -> None:
    whole = Whole(seen=seen)
    await whole.tell(whole.upload())
    table = whole.table
    assert table.requests == {"query": 2, "get_item": 1, "put_item": 6, "update_item": 2}
    assert table.writes == {"table": 8, "by_status": 2, "by_content": 1, "by_tenant": 1}
    assert (sum(table.writes.values()), table.reads) == (PER_IMAGE["dynamodb_write"], PER_IMAGE["dynamodb_read"])
    assert [event.data.decided_by for event, *_ in whole.results.verdicts.published] == [DecidedBy.MODEL]
    # The answer is kept with the findings, and not a second time in S3.
    assert whole.moderate.evidence.kept == {}


async def test_the_same_bytes_again() -> None:
    whole = Whole(seen={"Weapon Violence": 98.4})
    first = whole.upload()
    again = whole.ingest.objects.upload(first.bucket, "again.jpg", whole.ingest.objects.stored(first).body or b"")
    await whole.tell(first)
    whole.table.forget()
    await whole.tell(again)
    assert whole.table.requests == {"query": 3, "put_item": 4, "update_item": 2}
    assert whole.table.writes == {"table": 6, "by_status": 2, "by_tenant": 1}
    assert [event.data.verdict for event, *_ in whole.results.verdicts.published] == [Action.REJECT] * 2


async def test_an_image_that_goes_to_people_until_they_are_asked() -> None:
    whole = Whole(seen={"Weapon Violence": 71.3})
    await whole.tell(whole.upload())
    assert whole.review.backend.started == 1
    assert whole.table.requests == {"query": 2, "get_item": 1, "put_item": 6, "update_item": 2}
    assert whole.table.writes == {"table": 8, "by_status": 3, "by_tenant": 1}


async def test_a_repeat_of_an_event_costs_one_query() -> None:
    whole = Whole()
    place = whole.upload()
    await whole.tell(place)
    whole.table.forget()
    await whole.tell(place)
    assert (whole.table.requests, sum(whole.table.writes.values())) == ({"query": 1}, 0)


async def test_the_ledger_of_many_items_costs_what_the_first_one_did() -> None:
    whole = Whole()
    for number in range(50):
        await whole.tell(whole.upload(number))
    assert sum(whole.table.writes.values()) == 50 * PER_IMAGE["dynamodb_write"]
    assert whole.table.reads == 50 * PER_IMAGE["dynamodb_read"]
