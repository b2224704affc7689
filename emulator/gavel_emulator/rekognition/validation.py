"""Checks a request against botocore's service model: LocalStack parses requests and validates none of them."""

import math
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from gavel_emulator.patterns import compiled


def violations(operation: OperationModel, request: Mapping[str, Any]) -> list[str]:
    """Every violated constraint of the operation's input, as `Image.S3Object.Bucket: shorter than 3`."""
    found: list[str] = []
    shape = operation.input_shape
    if shape is not None:
        _structure(shape, request, "", found)
    return found


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str, found: list[str]) -> None:
    found += [f"{_join(path, name)}: missing" for name in shape.required_members if value.get(name) is None]
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _value(member, value[name], _join(path, name), found)


def _value(shape: Shape, value: Any, path: str, found: list[str]) -> None:
    match shape.type_name:
        case "structure":
            if isinstance(value, Mapping):
                _structure(shape, value, path, found)
            else:
                found.append(f"{path}: not an object")
        case "list":
            _list(shape, value, path, found)
        case "map":
            _map(shape, value, path, found)
        case "string":
            _string(shape, value, path, found)
        case "blob":
            if isinstance(value, bytes):
                _length(shape, len(value), path, found)
            else:
                found.append(f"{path}: not a blob")
        case "float" | "double" | "integer" | "long":
            _number(shape, value, path, found)
        case "boolean":
            if not isinstance(value, bool):
                found.append(f"{path}: not a boolean")
        case _:
            found.append(f"{path}: {shape.type_name} is not validated")


def _list(shape: ListShape, value: Any, path: str, found: list[str]) -> None:
    if not isinstance(value, list):
        found.append(f"{path}: not a list")
        return
    _length(shape, len(value), path, found)
    for index, item in enumerate(value):
        _value(shape.member, item, f"{path}[{index}]", found)


def _map(shape: MapShape, value: Any, path: str, found: list[str]) -> None:
    if not isinstance(value, Mapping):
        found.append(f"{path}: not an object")
        return
    _length(shape, len(value), path, found)
    for key, item in value.items():
        _value(shape.key, key, f"{path} key", found)
        _value(shape.value, item, f"{path}[{key}]", found)


def _string(shape: Shape, value: Any, path: str, found: list[str]) -> None:
    if not isinstance(value, str):
        found.append(f"{path}: not a string")
        return
    _length(shape, len(value), path, found)
    # The service matches the whole value, whether or not the model's pattern is anchored.
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        found.append(f"{path}: does not match {pattern}")
    choices = shape.metadata.get("enum")
    if choices and value not in choices:
        found.append(f"{path}: not one of {', '.join(choices)}")


def _number(shape: Shape, value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        found.append(f"{path}: not a number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        found.append(f"{path}: less than {low}")
    if high is not None and value > high:
        found.append(f"{path}: more than {high}")


def _length(shape: Shape, length: int, path: str, found: list[str]) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        found.append(f"{path}: shorter than {low}")
    if high is not None and length > high:
        found.append(f"{path}: longer than {high}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
