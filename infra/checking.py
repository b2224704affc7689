"""Reads plain values into typed ones and gathers every problem on the way, where msgspec stops at the first."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

T = TypeVar("T")


def checked(value: Any, type_: type[T], path: str, problems: list[str]) -> T | None:
    """`value` as a `type_`, or None with at least one line more in `problems`, each with the path to what is wrong.

    Texts are taken for numbers and booleans, since Pulumi keeps scalars as text.
    """
    before = len(problems)
    plain = _plain(value, type_, path, problems)
    if len(problems) > before:
        return None
    return msgspec.convert(plain, type_, strict=False)


def is_scalar(type_: Any) -> bool:
    """Whether values of this type are written as one text, not as a table or a list."""
    if get_origin(type_) is Annotated:
        return is_scalar(get_args(type_)[0])
    if get_origin(type_) in {Union, UnionType}:
        return all(is_scalar(each) for each in get_args(type_) if each is not type(None))
    return get_origin(type_) is None and not _is_struct(type_)


def _plain(value: Any, type_: Any, path: str, problems: list[str]) -> Any:
    """`value` again, once everything below it has been looked at."""
    inner = _inside(type_) if value is not None else None
    if _is_struct(inner) and isinstance(value, Mapping):
        _look_into_struct(value, inner, path, problems)
    elif get_origin(inner) is dict and isinstance(value, Mapping):
        for key, each in value.items():
            _plain(each, get_args(inner)[1], _below(path, str(key)), problems)
    elif get_origin(inner) is tuple and isinstance(value, list | tuple):
        for position, each in enumerate(value):
            _plain(each, get_args(inner)[0], f"{path}[{position}]", problems)
    else:
        try:
            msgspec.convert(value, type_, strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"{path}: {error}")
    return value


def _look_into_struct(value: Mapping[str, Any], type_: Any, path: str, problems: list[str]) -> None:
    fields = {info.encode_name: info for info in msgspec.structs.fields(type_)}
    problems += [f"{_below(path, name)}: there is no such field" for name in value if name not in fields]
    for name, info in fields.items():
        if name in value:
            _plain(value[name], info.type, _below(path, name), problems)
        elif info.required:
            problems.append(f"{_below(path, name)} is missing")


def _inside(type_: Any) -> Any:
    """The type itself, without its annotations and without its None."""
    if get_origin(type_) is Annotated:
        return _inside(get_args(type_)[0])
    if get_origin(type_) in {Union, UnionType}:
        others = [each for each in get_args(type_) if each is not type(None)]
        return _inside(others[0]) if len(others) == 1 else type_
    return type_


def _is_struct(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
