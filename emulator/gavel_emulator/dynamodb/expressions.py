"""Update expressions, parsed once: moto parses each twice and copies the result node by node, which is most of the
time that an update takes.
"""

import pickle
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing.ast_nodes import Node, UpdateExpression
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

PARSED = 512
"""Expressions that are remembered. Gavel has a few dozen; their values are not part of them."""

_parse = UpdateExpressionParser.make


@lru_cache(PARSED)
def _parsed(text: str) -> bytes:
    return pickle.dumps(_parse(text))


def parse(text: str) -> UpdateExpression:
    """A tree of the caller's own. Raises what moto raises, each time anew."""
    return pickle.loads(_parsed(text))  # noqa: S301 - what was pickled above


def copied(node: Node, memo: dict[int, Any]) -> Node:
    return pickle.loads(pickle.dumps(node))  # noqa: S301 - what was pickled a moment ago
