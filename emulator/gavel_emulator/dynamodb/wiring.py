"""Puts Gavel's parts into moto's DynamoDB."""

from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.parsing.ast_nodes import Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

from gavel_emulator.dynamodb import expressions, items
from gavel_emulator.dynamodb.tables import KeyedBackend, KeyedTable


def quicken() -> None:
    """Amend moto, once per process and before its first table."""
    models.Table = KeyedTable
    models.dynamodb_backends.backend = KeyedBackend
    UpdateExpressionParser.make = staticmethod(expressions.parse)
    Node.__deepcopy__ = expressions.copied
    Item.__init__ = items.set_up
    Item.__deepcopy__ = items.copied
