"""Reads a policy file, and tells everything that is wrong with it at once."""

import dataclasses
from typing import Final

import yaml

from shared.policy.checks import check
from shared.policy.keys import POLICY
from shared.policy.model import Policy
from shared.policy.problems import PolicyError, Problem, Problems
from shared.policy.version import version_of

__all__ = ["PolicyError", "Problem", "load"]

MAX_CHARACTERS: Final = 65_536
MAX_DEPTH: Final = 8
"""A policy is four deep; PyYAML recurses and would die of some thousand brackets."""


def load(text: str, *, origin: str) -> Policy:
    """The policy that this YAML text describes, with its version.

    `origin` names the text in the error. Raises PolicyError with every problem there is.
    """
    problems = Problems()
    node = _node(text, problems)
    policy = None if node is None else _policy(node, problems)
    if policy is None or problems.found:
        raise PolicyError(origin, problems.in_order())
    return policy


def _policy(node: yaml.Node, problems: Problems) -> Policy | None:
    values = POLICY.values(node, "", problems)
    if values is None:
        return None
    # What is missing has its problem already; a stand-in lets the rest be checked all the same.
    policy = Policy(**({"name": "", "rules": ()} | values | {"version": ""}))
    check(policy, problems)
    return dataclasses.replace(policy, version=version_of(policy))


def _node(text: str, problems: Problems) -> yaml.Node | None:
    """The one YAML document of the text, or None when a problem was added."""
    if len(text) > MAX_CHARACTERS:
        problems.add("", f"is {len(text):,} characters long; a policy has at most {MAX_CHARACTERS:,}")
        return None
    try:
        if not _is_plain(text, problems):
            return None
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problems.add("", f"isn't YAML: {error.problem}", line=1 if mark is None else mark.line + 1)
        return None
    except yaml.YAMLError:
        problems.add("", "isn't YAML: it has characters that no text has")
        return None
    if node is None:
        problems.add("", "is empty; it takes at least `name` and `rules`")
    return node


def _is_plain(text: str, problems: Problems) -> bool:
    """Whether the document is one, not too deep, and without aliases, by which a few lines can be a billion values."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.AliasEvent():
                problems.add("", f"`*{event.anchor}` is an alias; write out what it stands for", line=line)
                return False
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    problems.add("", "a second document begins here; a file has one policy", line=line)
                    return False
            case yaml.CollectionStartEvent():
                depth += 1
                if depth > MAX_DEPTH:
                    problems.add("", "is nested deeper than any policy", line=line)
                    return False
            case yaml.CollectionEndEvent():
                depth -= 1
            case _:
                pass
    return True
