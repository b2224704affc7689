"""Keeps a group of workers in one item of the ledger's table: `pk` "members#<group>", an attribute for each member."""

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

import msgspec

from shared.aws.attributes import from_item, to_item
from shared.aws.errors import translated
from shared.aws.ledger_items import key
from shared.errors import Transient
from shared.membership import Beat

BEATS: Final = "members-2"
"""The item's sort key. With another kind of beat goes another one: tasks of two versions run side by side during a
deployment, and one beat that can't be read would leave all of them without company. DynamoDB clears the old away."""
MEMBER: Final = "member:"
KEPT_FOR_S: Final = 86_400
"""DynamoDB clears the item away when nobody has beaten for so long."""


class DynamoDB(Protocol):
    async def update_item(self, **request: Any) -> dict[str, Any]: ...


class DynamoMembership:
    """A beat is one UpdateItem that writes one's own part and returns the others': one request, one write unit for up
    to 9 members (6 while they hold back), and atomic, so of two that join at once at least one sees the other."""

    def __init__(self, client: DynamoDB, table: str, group: str) -> None:
        self._client = client
        self._item = {"TableName": table, "Key": key(f"members#{group}", BEATS)}

    async def beat(self, member: str, beat: Beat, *, forget: Collection[str] = ()) -> Mapping[str, Beat]:
        gone = [f"#gone{number}" for number in range(len(forget))]
        with translated("membership"):
            answer = await self._client.update_item(
                **self._item,
                UpdateExpression="SET #me = :me, expires_at = :expires_at"
                + (f" REMOVE {', '.join(gone)}" if gone else ""),
                ExpressionAttributeNames={"#me": MEMBER + member}
                | dict(zip(gone, (MEMBER + name for name in forget), strict=True)),
                ExpressionAttributeValues=to_item({":me": beat, ":expires_at": int(beat.at_s) + KEPT_FOR_S}),
                ReturnValues="ALL_NEW",
            )
        return _beats(answer["Attributes"])


def _beats(item: Mapping[str, Any]) -> dict[str, Beat]:
    members = {name.removeprefix(MEMBER): value for name, value in from_item(item).items() if name.startswith(MEMBER)}
    try:
        return msgspec.convert(members, dict[str, Beat])
    except msgspec.ValidationError as error:
        raise Transient("membership-unreadable", str(error)) from error
