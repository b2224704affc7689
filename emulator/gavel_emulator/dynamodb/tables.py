"""moto's DynamoDB, fast enough for thousands of items: the same answers, worked out over the items that count.

moto sorts all items of a table at each query, an index's or not, and copies all of them before each transaction. Here
moto's own code does both on a table that has only the items that the request can be about: those with the key that a
query asks for, those that a transaction names. What it answers is therefore moto's; `tests/contract/emulator` compares
both on the same requests.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from moto.dynamodb import urls
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

Key = tuple[DynamoType, DynamoType | None]
"""Partition key and sort key of an item; None in a table without sort keys."""


class KeyedTable(Table):
    """Knows which items have which value of an index's partition key."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._holders: dict[str, _Holders] = {}

    def query(
        self,
        hash_key: DynamoType,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        limit: int,
        exclusive_start_key: dict[str, Any],
        scan_index_forward: bool,
        projection_expressions: list[list[str]] | None,
        index_name: str | None = None,
        *more: Any,
        **filters: Any,
    ) -> Any:
        return super(KeyedTable, self.narrowed(self._keys_with(hash_key, index_name))).query(
            hash_key,
            range_comparison,
            range_objs,
            limit,
            exclusive_start_key,
            scan_index_forward,
            projection_expressions,
            index_name,
            *more,
            **filters,
        )

    def put_item(self, *args: Any, **more: Any) -> Item:
        item = super().put_item(*args, **more)
        self.changed((item.hash_key, item.range_key))
        return item

    def delete_item(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        item = super().delete_item(hash_key, range_key)
        self.changed((hash_key, range_key))
        return item

    def narrowed(self, keys: Iterable[Key]) -> "KeyedTable":
        """This table with the items of these keys alone; the items are the same objects."""
        narrow = copy.copy(self)
        narrow.items = defaultdict(dict)
        narrow._holders = {}
        for key in keys:
            narrow.take(key, self.item(key))
        return narrow

    def is_key(self, place: dict[str, Any]) -> bool:
        """Whether these attributes name an item, perhaps with more than the name."""
        return set(self.table_key_attrs) <= set(place)

    def item(self, key: Key) -> Item | None:
        partition, sort = key
        # Never by [], which leaves an empty partition behind for moto to go through.
        return self.items.get(partition, {}).get(sort) if sort else self.items.get(partition)

    def take(self, key: Key, item: Item | None) -> None:
        """Put an item in its place, or empty the place, unconditionally."""
        partition, sort = key
        place, last = (self.items[partition], sort) if sort else (self.items, partition)
        if item is None:
            place.pop(last, None)
        else:
            place[last] = item
        self.changed(key)

    def changed(self, key: Key) -> None:
        """To be called after the item of that key was put, changed or removed."""
        for holders in self._holders.values():
            holders.note(key, self.item(key))

    def _keys_with(self, hash_key: DynamoType, index_name: str | None) -> Iterable[Key]:
        if index_name is None:
            found = self.items.get(hash_key, {})
            return [(hash_key, sort) for sort in found] if self.has_range_key else [(hash_key, None)]
        for index in self.all_indexes():
            if index.name == index_name:
                return self._holders_of(index.schema).having(hash_key)
        return ()  # of an index that isn't there moto says so itself

    def _holders_of(self, schema: list[dict[str, str]]) -> "_Holders":
        name = next((key["AttributeName"] for key in schema if key["KeyType"] == "HASH"), "")
        if name not in self._holders:
            self._holders[name] = _Holders(name)
            for item in self.all_items():
                self._holders[name].note((item.hash_key, item.range_key), item)
        return self._holders[name]


class _Holders:
    """Which items have which value of one attribute."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: dict[tuple[str, Any], dict[Key, None]] = {}
        self._values: dict[Key, tuple[str, Any]] = {}

    def having(self, value: DynamoType) -> Iterable[Key]:
        return self._keys.get((value.type, value.value), ())

    def note(self, key: Key, item: Item | None) -> None:
        before = self._values.pop(key, None)
        if before is not None:
            del self._keys[before][key]
            if not self._keys[before]:
                del self._keys[before]
        value = item.attrs.get(self._name) if item else None
        # An attribute of another type, a list perhaps, is no key: the index leaves such an item out.
        if value is not None and isinstance(value.value, str | bytes):
            now = (value.type, value.value)
            self._keys.setdefault(now, {})[key] = None
            self._values[key] = now


class KeyedBackend(DynamoDBBackend):
    """Has moto change what a request names, and tells the tables what was changed."""

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the module of the class.
        return urls

    def update_item(self, table_name: str, key: dict[str, Any], *args: Any, **more: Any) -> Item:
        table = self.get_table(table_name)
        try:
            return super().update_item(table_name, key, *args, **more)
        finally:
            # moto changes the item where it is, and may have begun to when it refuses.
            if isinstance(table, KeyedTable) and table.is_key(key):
                table.changed(self.get_keys_value(table, key))

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        named = self._named(transact_items)
        if named is None:
            return super().transact_write_items(transact_items)
        whole = self.tables
        self.tables = {name: whole[name].narrowed(keys) for name, keys in named.items()}
        try:
            super().transact_write_items(transact_items)
        finally:
            # Done or undone: when it fails moto puts copies from before into the items' places.
            narrow, self.tables = self.tables, whole
            for name, keys in named.items():
                for key in keys:
                    whole[name].take(key, narrow[name].item(key))

    def _named(self, transact_items: list[dict[str, Any]]) -> dict[str, list[Key]] | None:
        """The keys of what a transaction is about, by table; None of one that moto had better look at as it is."""
        named: dict[str, list[Key]] = {}
        for one in transact_items:
            for kind, operation in one.items():
                table = self.tables.get(operation.get("TableName"))
                place = operation.get("Item" if kind == "Put" else "Key", {})
                # Of a stream's records moto takes back none that it doesn't copy.
                if not isinstance(table, KeyedTable) or table.stream_shard or not table.is_key(place):
                    return None
                named.setdefault(table.name, []).append(self.get_keys_value(table, place))
        return named
