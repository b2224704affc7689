"""Items put together and copied in one go: moto adds up all sizes with each attribute that it sets or copies."""

import pickle
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict


def set_up(item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """`Item.__init__`. Raises moto's ItemSizeTooLarge."""
    item.hash_key = hash_key
    item.range_key = range_key
    typed = {name: DynamoType(value) for name, value in attrs.items()}
    last = typed.popitem() if typed else None
    item.attrs = LimitedSizeDict(typed)
    if last:
        # The only one that is set as moto sets all, so that the size is looked at.
        item.attrs[last[0]] = last[1]


def copied(item: Item, memo: dict[int, Any]) -> Item:
    """`Item.__deepcopy__`."""
    twin = Item.__new__(type(item))
    twin.hash_key, twin.range_key, attrs = pickle.loads(  # noqa: S301 - what is pickled here
        pickle.dumps((item.hash_key, item.range_key, dict(item.attrs)))
    )
    twin.attrs = LimitedSizeDict(attrs)
    return twin
