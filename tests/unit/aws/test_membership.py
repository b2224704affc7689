from shared.aws.attributes import to_item
from shared.aws.ledger_items import key
from shared.aws.membership import DynamoMembership
from shared.membership import Beat
from tests.fakes.dynamodb import Table


async def test_what_an_earlier_versions_members_said_is_in_nobodys_way() -> None:
    table = Table()
    said = {"member:old": {"at": "2026-03-10T12:00:00Z", "throttled": 0, "factor": 1.0}}
    await table.put_item(Item=key("members#detect", "members") | to_item(said))
    mine = Beat(at_s=1_773_144_000.0, begins_s=1_773_144_001.25, ends_s=1_773_144_002.5)
    membership = DynamoMembership(table, "ledger", "detect")
    assert await membership.beat("new", mine) == {"new": mine}
