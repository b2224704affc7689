"""Values as DynamoDB's native attribute values and back, with their size as DynamoDB counts it.

Structs become maps (None is left out, so their fields need defaults), instants become text that sorts by time, and
floats go as their shortest exact decimal: 92.59999847412109 comes back as the same float (DynamoDB keeps 38 digits).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

Attribute = dict[str, Any]
"""`{"S": …}` and its kin."""


def instant(moment: datetime) -> str:
    """UTC with six decimals always, so that texts sort as times do."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_item(struct: msgspec.Struct | Mapping[str, Any]) -> dict[str, Attribute]:
    builtins = msgspec.to_builtins(struct, builtin_types=(datetime,))
    return {name: to_attribute(value) for name, value in builtins.items() if value is not None}


def from_item(item: Mapping[str, Attribute]) -> dict[str, Any]:
    return {name: from_attribute(attribute) for name, attribute in item.items()}


def to_attribute(value: object) -> Attribute:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": repr(value)}
        case datetime():
            return {"S": instant(value)}
        case Mapping():
            return {"M": {name: to_attribute(one) for name, one in value.items() if one is not None}}
        case list() | tuple():
            return {"L": [to_attribute(one) for one in value]}
        case None:
            return {"NULL": True}
        case _:
            raise TypeError(f"{type(value).__name__} has no attribute value")


def from_attribute(attribute: Attribute) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value) if value.lstrip("-").isdigit() else float(value)
        case "M":
            return {name: from_attribute(one) for name, one in value.items()}
        case "L":
            return [from_attribute(one) for one in value]
        case "NULL":
            return None
        case _:
            raise TypeError(f"unknown attribute value {kind}")


def size_bytes(item: Mapping[str, Attribute]) -> int:
    """What DynamoDB counts against its 400 KB an item, never less: names, values, 3 bytes a nesting and 1 an element.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(attribute) for name, attribute in item.items())


def _value_bytes(attribute: Attribute) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value) // 2 + 2
        case "M":
            return 3 + len(value) + size_bytes(value)
        case "L":
            return 3 + sum(1 + _value_bytes(one) for one in value)
        case _:
            return 1
