"""Holds the JSON that a service answers with against botocore's service model.

    client = validating(aws("ecs"))     # every successful answer of this client is checked, whole
    problems(shape, document)           # or check one document: a list of texts, empty if it is right

Checked: required members, types, limits, enums, patterns, unions, and that nothing is there that the model lacks, which
an SDK would drop silently. The protocols are `json` and `rest-json`; the others carry XML.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape


def validating(client: Any) -> Any:
    """`client` itself: from now on an answer that the model doesn't allow raises an AssertionError with every fault."""
    service = client.meta.service_model
    assert service.protocol in ("json", "rest-json"), f"{service.service_name} doesn't answer in JSON"

    def check(response_dict: Mapping[str, Any], operation_model: OperationModel, **_: Any) -> None:
        if response_dict["status_code"] < 300 and not operation_model.has_streaming_output:
            found = answer_problems(operation_model, response_dict["body"])
            assert not found, f"{operation_model.name} answers what its model doesn't allow:\n" + "\n".join(found)

    client.meta.events.register(f"before-parse.{service.service_id.hyphenize()}", check)
    return client


def answer_problems(operation: OperationModel, body: bytes) -> list[str]:
    """What is wrong with the body of an answer to `operation`."""
    document = json.loads(body) if body else {}
    if operation.output_shape is None:
        return [f"{operation.name} answers nothing, this is {document!r}"] if document else []
    return problems(operation.output_shape, document)


def problems(shape: Shape, value: Any, path: str = "") -> list[str]:
    """What is wrong with `value`, one text for each fault with its place (`.tasks[0].lastStatus: …`)."""
    return list(_faults(shape, value, path))


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not _TYPES[shape.type_name](value):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _structure_faults(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _limit_faults(shape, len(value), path)
        for position, item in enumerate(value):
            yield from _faults(shape.member, item, f"{path}[{position}]")
    elif isinstance(shape, MapShape):
        yield from _limit_faults(shape, len(value), path)
        for key, item in value.items():
            yield from _faults(shape.key, key, f"{path} key")
            yield from _faults(shape.value, item, f"{path}[{key!r}]")
    elif isinstance(shape, StringShape):
        yield from _string_faults(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _limit_faults(shape, value, path)


def _structure_faults(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    # Members that travel in headers, the path or the status aren't in the document.
    inside = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    by_wire_name = {member.serialization.get("name", name): member for name, member in inside.items()}
    # JSON null means the same as a missing member.
    said = {name: item for name, item in value.items() if item is not None}
    for name in said.keys() - by_wire_name.keys():
        yield f"{path}.{name}: not in the model"
    for name in shape.required_members:
        if name in inside and inside[name].serialization.get("name", name) not in said:
            yield f"{path}.{name}: missing"
    if getattr(shape, "is_tagged_union", False) and len(said) != 1:
        yield f"{path}: one member of the union must be set, not {sorted(said)}"
    for name in said.keys() & by_wire_name.keys():
        yield from _faults(by_wire_name[name], said[name], f"{path}.{name}")


def _string_faults(shape: StringShape, value: str, path: str) -> Iterator[str]:
    yield from _limit_faults(shape, len(value), path)
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and shape.name not in _BROKEN_BY_AWS and not _matches(pattern, value):
        yield f"{path}: {value!r} doesn't match {pattern}"


def _limit_faults(shape: Shape, size: float, path: str) -> Iterator[str]:
    if shape.name in _BROKEN_BY_AWS:
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < float(low)) or (high is not None and size > float(high)):
        yield f"{path}: {size} isn't within {low} and {high}"


def _matches(pattern: str, value: str) -> bool:
    # The models are written for Java, whose classes for kinds of characters Python lacks.
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.search(pattern, value) is not None


# Shapes whose limits are meant for requests: AWS's own answers don't keep them.
_BROKEN_BY_AWS = {
    "BatchGetRequestMap",  # DynamoDB: UnprocessedKeys is empty when all were processed
    "PositiveLongObject",  # DynamoDB: a table's NumberOfDecreasesToday is 0
    "CustomAttributeNameType",  # Cognito: every pool has phone_number_verified, of 21 characters
    "DomainType",  # Cognito: the pattern of a prefix stands for whole domains too
}

_JAVA_CLASSES = {
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}]": r"\S",
    r"[^\p{Cntrl}\p{P}]": r"\S",
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]": r"[\S\s]",
    r"\p{L}\p{M}\p{S}\p{N}\p{P}": r"\S",
    r"\p{L}\p{Z}\p{N}": r"\w\s",
    r"\p{L}": r"\w",
    r"\p{M}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{S}": r"$+<=>^`|~",
    r"\p{P}": r"!-/:-@\[-`{-~",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{Graph}": "!-~",
    r"\p{Print}": "[ -~]",
    r"\z": r"\Z",
    # A range of surrogate pairs.
    r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff",
}


def _is_timestamp(value: Any) -> bool:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
        return True
    return _is_number(value)


def _is_blob(value: Any) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "structure": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "character": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "long": _is_integer,
    "float": _is_number,
    "double": _is_number,
    "timestamp": _is_timestamp,
    "blob": _is_blob,
}
