"""Writes an adapter into the text of a policy, and leaves every other character as somebody wrote it."""

from dataclasses import dataclass, replace
from typing import Final

import yaml

from cli.adapter.promotion import CannotPromote
from shared.policy.load import load
from shared.policy.model import Policy

KEY: Final = "adapter"


def with_adapter(text: str, arn: str, *, origin: str) -> tuple[str, Policy]:
    """The policy's text with this adapter, all else as it was written, and what it says. A canary that compared with
    this adapter compares with what it has replaced.

    Raises PolicyError when the text is no policy, CannotPromote when it can't be said in this text.
    """
    before = load(text, origin=origin)
    if before.adapter == arn:
        raise CannotPromote(f"policy {before.name} uses this adapter already")
    wanted = replace(before, adapter=arn)
    if before.canary is not None and before.canary.adapter == arn:
        wanted = replace(wanted, canary=replace(before.canary, adapter=before.adapter))
    edits = _edits(text, before, wanted)
    changed = text
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        changed = changed[: edit.start] + edit.text + changed[edit.end :]
    after = load(changed, origin=f"{origin} with the adapter")
    if after != replace(wanted, version=after.version):
        raise CannotPromote(f"{origin} can't be changed without changing more; write `adapter: {arn}` into it by hand")
    return changed, after


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters from `start` up to `end` become `text`."""

    start: int
    end: int
    text: str


def _edits(text: str, before: Policy, wanted: Policy) -> list[_Edit]:
    """Marks count characters from the text's beginning."""
    root = _mapping(yaml.compose(text, Loader=yaml.SafeLoader))
    keys = {key.value: value for key, value in root.value}
    arn = wanted.adapter or ""
    edits = [_replaced(keys[KEY], arn) if KEY in keys else _added(text, root, keys["name"], arn)]
    if wanted.canary != before.canary:
        canary = _mapping(keys["canary"])
        ((key, value),) = [each for each in canary.value if each[0].value == KEY]
        edits.append(_replaced(value, before.adapter) if before.adapter else _line_out(text, canary, key, value))
    return edits


def _mapping(node: yaml.Node | None) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError("a loaded policy has a mapping here")
    return node


def _replaced(node: yaml.Node, arn: str) -> _Edit:
    return _Edit(node.start_mark.index, node.end_mark.index, arn)


def _added(text: str, root: yaml.MappingNode, name: yaml.Node, arn: str) -> _Edit:
    """Behind the name, on a line of its own where the policy is written in lines."""
    place = name.end_mark.index
    if root.flow_style:
        return _Edit(place, place, f", {KEY}: {arn}")
    line = f"{' ' * root.start_mark.column}{KEY}: {arn}"
    end = text.find("\n", place) + 1
    if not end:
        return _Edit(len(text), len(text), f"\n{line}\n")
    return _Edit(end, end, line + ("\r\n" if text[:end].endswith("\r\n") else "\n"))


def _line_out(text: str, section: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> _Edit:
    """Raises CannotPromote where the key shares its line."""
    if section.flow_style:
        raise CannotPromote("the policy's canary compares with this adapter: take the canary out first")
    end = text.find("\n", value.end_mark.index) + 1
    return _Edit(text.rfind("\n", 0, key.start_mark.index) + 1, end or len(text), "")
