"""DynamoDB in memory as far as the ledger uses it, with the meter that AWS charges by.

Units as of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html: a write costs
a unit per begun KB of the larger of the item before and after, also when its condition fails; each index one more per
KB that it takes up, gives up or changes; a read a unit per begun 4 KB, half of it where it needn't be consistent.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.attributes import Attribute, size_bytes

Item = Mapping[str, Attribute]

INDEXES: Final[Mapping[str, tuple[str, str]]] = {
    "by_status": ("status_day", "updated_at"),
    "by_content": ("content_key", "updated_at"),
    "by_tenant": ("tenant_day", "received_at"),
}
BARE: Final = frozenset({"by_content", "by_tenant"})
"""Indexes that hold keys alone. As `infra.storage` has it; tests/contract/ledger holds it to the same tests."""
KB: Final = 1024
TOKEN: Final = re.compile(r"attribute_(?:not_)?exists|[#:]?\w+|<=|>=|<>|[<>=(),]|\S")
WORDS: Final = {"AND": "and", "OR": "or", "NOT": "not", "IN": "in", "=": "==", "<>": "!="}


@dataclass
class Table:
    """One table, as aiobotocore's client shows it. `requests` counts operations; `writes` and `reads` are units, of the
    table by its name "table", of each index by its own."""

    requests: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    reads: float = 0.0
    _items: dict[tuple[str, str], Item] = field(default_factory=dict)

    def forget(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.writes.clear()
        self.reads = 0.0

    async def put_item(self, **request: Any) -> dict[str, Any]:
        return self._write("put_item", request, request["Item"], dict(request["Item"]))

    async def update_item(self, **request: Any) -> dict[str, Any]:
        """Of update expressions SET with plain values, and REMOVE behind it."""
        names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        sets, _, removes = request["UpdateExpression"].removeprefix("SET ").partition(" REMOVE ")
        after = dict(self._items.get(_place(request["Key"]), request["Key"]))
        for change in sets.split(", "):
            name, _, value = change.partition(" = ")
            after[names.get(name, name)] = values[value]
        for name in removes.split(", "):
            after.pop(names.get(name, name), None)
        answer = self._write("update_item", request, request["Key"], after)
        return answer | ({"Attributes": after} if request.get("ReturnValues") == "ALL_NEW" else {})

    async def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """One update and puts without conditions, of which nothing is written where the update's doesn't hold."""
        (update, *puts) = request["TransactItems"]
        try:
            await self.update_item(**update["Update"])
        except ClientError as error:
            reasons = [{"Code": "ConditionalCheckFailed"}, *({"Code": "None"} for _ in puts)]
            told: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(told, "TransactWriteItems") from error
        for each in puts:
            await self.put_item(**each["Put"])
        return {}

    async def get_item(self, **request: Any) -> dict[str, Any]:
        self.requests["get_item"] += 1
        found = self._items.get(_place(request["Key"]))
        self._read(found or {}, is_consistent=request.get("ConsistentRead", False))
        return {"Item": found} if found is not None else {}

    async def query(self, **request: Any) -> dict[str, Any]:
        self.requests["query"] += 1
        index = request.get("IndexName")
        order = INDEXES[index][1] if index else "sk"
        held = [item for item in self._items.values() if index is None or _in_index(index, item) is not None]
        fits = _condition(request["KeyConditionExpression"], request)
        found = sorted((item for item in held if fits(item)), key=lambda item: item[order]["S"])
        if not request.get("ScanIndexForward", True):
            found.reverse()
        found = found[: request.get("Limit")]
        projected = [_in_index(index, item) or item if index else item for item in found]
        together = {str(place): {"M": dict(item)} for place, item in enumerate(projected)}
        self._read(together, is_consistent=request.get("ConsistentRead", False))
        return {"Items": projected}

    def _write(self, operation: str, request: Mapping[str, Any], key: Item, after: Item) -> dict[str, Any]:
        self.requests[operation] += 1
        before = self._items.get(_place(key))
        condition = request.get("ConditionExpression")
        if condition is not None and not _condition(condition, request)(before or {}):
            self.writes["table"] += _kb(before)
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, operation)
        self.writes["table"] += max(_kb(before), _kb(after))
        self.writes += Counter({index: _index_units(index, before, after) for index in INDEXES})
        self._items[_place(key)] = after
        return {}

    def _read(self, item: Item, *, is_consistent: bool) -> None:
        self.reads += max(1, math.ceil(size_bytes(item) / (4 * KB))) / (1 if is_consistent else 2)


def _place(key: Item) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _kb(item: Item | None) -> int:
    return max(1, math.ceil(size_bytes(item) / KB)) if item is not None else 1


def _in_index(index: str, item: Item | None) -> Item | None:
    """What the index holds of an item; None where it hasn't both of its keys."""
    keys = INDEXES[index]
    if item is None or not all(key in item for key in keys):
        return None
    return {name: item[name] for name in ("pk", "sk", *keys)} if index in BARE else item


def _index_units(index: str, before: Item | None, after: Item) -> int:
    was, becomes = _in_index(index, before), _in_index(index, after)
    if was == becomes:
        return 0
    if was is None or becomes is None:
        return _kb(was if becomes is None else becomes)
    is_moved = any(was[key] != becomes[key] for key in INDEXES[index])
    return _kb(was) + _kb(becomes) if is_moved else max(_kb(was), _kb(becomes))


def _condition(expression: str, request: Mapping[str, Any]) -> Any:
    """A condition as a function of an item: what an item lacks makes every comparison false."""
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    if between := re.fullmatch(r"(.+) AND begins_with\((\w+), (:\w+)\)", expression):
        rest, start = _condition(between[1], request), values[between[3]]["S"]
        return lambda item: rest(item) and item.get(between[2], {"S": ""})["S"].startswith(start)
    words = []
    for token in TOKEN.findall(expression):
        if token in WORDS:
            words.append(WORDS[token])
        elif token.startswith(":"):
            words.append(f"values[{token!r}]")
        elif re.fullmatch(r"#?\w+", token) and not token.startswith("attribute_"):
            words.append(f"of({names.get(token, token)!r})")
        else:
            words.append(token)
    code = compile(" ".join(words), expression, "eval")

    def holds(item: Item) -> bool:
        scope = {
            "of": lambda name: _Value(item.get(name)),
            "values": {name: _Value(value) for name, value in values.items()},
            "attribute_exists": lambda value: value.value is not None,
            "attribute_not_exists": lambda value: value.value is None,
        }
        return bool(eval(code, scope))  # noqa: S307  expressions of `shared.aws.ledger`

    return holds


class _Value:
    """An attribute to compare: the missing one is neither equal to, nor less or more than, any other."""

    __hash__ = None  # type: ignore[assignment]  # compared, never looked up

    def __init__(self, attribute: Attribute | None) -> None:
        self.value: Any = None
        if attribute is not None:
            ((kind, value),) = attribute.items()
            self.value = float(value) if kind == "N" else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Value) and None not in (self.value, other.value) and self.value == other.value

    def __lt__(self, other: "_Value") -> bool:
        return None not in (self.value, other.value) and bool(self.value < other.value)

    def __le__(self, other: "_Value") -> bool:
        return self < other or self == other

    def __gt__(self, other: "_Value") -> bool:
        return other < self

    def __ge__(self, other: "_Value") -> bool:
        return other <= self
