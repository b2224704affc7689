"""Checks a request against botocore's service model and complains in the words of AWS's front door.

LocalStack parses requests and validates none of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from gavel_emulator.a2i.refusals import Refused, invalid
from gavel_emulator.patterns import compiled

QUOTED_CHARACTERS = 1024
"""How much of an offending value is quoted: an InputContent may have three million characters."""

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}


def check(operation: OperationModel, request: Mapping[str, Any]) -> None:
    """Raises Refused: ValidationException with every violated constraint, SerializationException for a wrong type."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return
    violations = list(_structure(shape, request, ""))
    if violations:
        noun = "error" if len(violations) == 1 else "errors"
        raise invalid(f"{len(violations)} validation {noun} detected: {'; '.join(violations)}")


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        member_path = _join(path, name[0].lower() + name[1:])
        if value.get(name) is not None:
            yield from _value(member, value[name], member_path)
        elif name in shape.required_members:
            yield f"Value null at '{member_path}' failed to satisfy constraint: Member must not be null"


def _value(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
        raise Refused("SerializationException", f"{path} must be of type {shape.type_name}")
    for demand in _unmet(shape, value):
        yield f"Value '{str(value)[:QUOTED_CHARACTERS]}' at '{path}' failed to satisfy constraint: Member must {demand}"
    match shape:
        case StructureShape():
            yield from _structure(shape, value, path)
        case ListShape():
            for number, item in enumerate(value, start=1):
                yield from _value(shape.member, item, f"{path}.{number}.member")
        case MapShape():
            for key, item in value.items():
                yield from _value(shape.key, key, f"{path}.{key}.key")
                yield from _value(shape.value, item, f"{path}.{key}.value")


def _unmet(shape: Shape, value: Any) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(value, int | float):
        measure, noun = value, "value"
    elif isinstance(value, str | list | Mapping):
        measure, noun = len(value), "length"
    else:
        return
    if low is not None and measure < low:
        yield f"have {noun} greater than or equal to {low}"
    if high is not None and measure > high:
        yield f"have {noun} less than or equal to {high}"
    pattern = shape.metadata.get("pattern")
    # The service matches the whole value, whether or not the model's pattern is anchored.
    if pattern and isinstance(value, str) and not compiled(pattern).fullmatch(value):
        yield f"satisfy regular expression pattern: {pattern}"
    choices = shape.metadata.get("enum")
    if choices and value not in choices:
        yield f"satisfy enum value set: [{', '.join(choices)}]"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
