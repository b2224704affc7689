"""Asks the same of moto's DynamoDB twice, alone and quickened, and prints both answers to everything as JSON.

    .gavel/emulator-venv/bin/python -m tests.contract.emulator.dynamodb_twice

Run in the emulator's environment: it has moto. What is asked comes by chance from a seed.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError
from gavel_emulator.dynamodb.tables import KeyedTable
from gavel_emulator.dynamodb.wiring import quicken
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

Request = tuple[str, dict[str, Any]]
SORTED, PLAIN = "sorted", "plain"
LETTERS = "abc"


def key(partition: str, sort: str = "") -> list[dict[str, str]]:
    both = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*both, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else both


def index(name: str, *keys: str, **projection: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": key(*keys), "Projection": projection or {"ProjectionType": "ALL"}}


def tables() -> Iterator[Request]:
    types = [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("pk", "S"), ("sk", "S"), ("g", "S"), ("n", "N"))
    ]
    yield (
        "create_table",
        {
            "TableName": SORTED,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": types,
            "KeySchema": key("pk", "sk"),
            "GlobalSecondaryIndexes": [
                index("g_n", "g", "n"),
                index("g_keys", "g", "sk", ProjectionType="KEYS_ONLY"),
                index("n_some", "n", ProjectionType="INCLUDE", NonKeyAttributes=["text"]),
            ],
            "LocalSecondaryIndexes": [index("pk_n", "pk", "n")],
        },
    )
    yield (
        "create_table",
        {
            "TableName": PLAIN,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [types[0], types[2]],
            "KeySchema": key("pk"),
            "GlobalSecondaryIndexes": [index("g_only", "g")],
        },
    )


def limits() -> Iterator[Request]:
    """Items that are just small enough, too large, and that become too large."""
    place = {"pk": {"S": "large"}, "sk": {"S": "1"}}
    for length in (404_900, 405_000):
        yield "put_item", {"TableName": SORTED, "Item": {**place, "more": {"S": "."}, "text": {"S": "x" * length}}}
    yield (
        "update_item",
        {
            "TableName": SORTED,
            "Key": place,
            "UpdateExpression": "SET more = :more",
            "ExpressionAttributeValues": {":more": {"S": "y" * 200}},
        },
    )
    yield "delete_item", {"TableName": SORTED, "Key": place}


class Chance:
    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - the same requests each time

    def text(self) -> dict[str, str]:
        return {"S": self.draw.choice(LETTERS)}

    def number(self) -> dict[str, str]:
        return {"N": str(self.draw.randrange(12))}

    def key(self, table: str) -> dict[str, Any]:
        return {"pk": self.text()} | ({"sk": {"S": f"{self.draw.randrange(8)}"}} if table == SORTED else {})

    def item(self, table: str) -> dict[str, Any]:
        more = {"g": self.text(), "n": self.number(), "text": {"S": "x" * self.draw.randrange(40)}}
        deep = {"M": {"list": {"L": [self.number(), {"BOOL": True}]}, "none": {"NULL": True}}}
        chosen = {name: value for name, value in {**more, "deep": deep}.items() if self.draw.random() < 0.8}
        return self.key(table) | chosen

    def condition(self) -> dict[str, Any]:
        return self.draw.choice(
            [
                {},
                {"ConditionExpression": "attribute_not_exists(pk)"},
                {"ConditionExpression": "attribute_exists(pk) AND #g = :g", **self._about_g()},
            ]
        )

    def _about_g(self) -> dict[str, Any]:
        return {"ExpressionAttributeNames": {"#g": "g"}, "ExpressionAttributeValues": {":g": self.text()}}

    def update(self, table: str) -> dict[str, Any]:
        expression, values = self.draw.choice(
            [
                ("SET g = :g, #t = if_not_exists(#t, :g)", {":g": self.text()}),
                ("SET n = :n REMOVE #t", {":n": self.number()}),
                ("ADD n :n SET #t = :g", {":n": self.number(), ":g": self.text()}),
                ("REMOVE g, #t", {}),
                ("SET #t = :g, deep.none = :n", {":g": self.text(), ":n": self.number()}),
                ("SET pk = :g, #t = :g", {":g": self.text()}),
                ("SET g = , #t", {}),
            ]
        )
        asked: dict[str, Any] = {
            "TableName": table,
            "Key": self.key(table),
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {"#t": "text"},
        }
        if values:
            asked["ExpressionAttributeValues"] = values
        if self.draw.random() < 0.4:
            asked["ConditionExpression"] = self.draw.choice(["attribute_exists(g)", "attribute_not_exists(sk)"])
        return asked

    def change(self) -> Request:
        table = self.draw.choice([SORTED, SORTED, PLAIN])
        match self.draw.randrange(6):
            case 0 | 1:
                return "put_item", {"TableName": table, "Item": self.item(table), **self.condition()}
            case 2:
                values = self.draw.choice(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_NEW"])
                return "update_item", {**self.update(table), "ReturnValues": values}
            case 3:
                return "delete_item", {"TableName": table, "Key": self.key(table), **self.condition()}
            case 4:
                items = [{"PutRequest": {"Item": self.item(table)}}, {"DeleteRequest": {"Key": self.key(table)}}]
                return "batch_write_item", {"RequestItems": {table: items}}
            case _:
                return "transact_write_items", {
                    "TransactItems": [self.part() for _ in range(self.draw.randrange(1, 4))]
                }

    def part(self) -> dict[str, Any]:
        table = self.draw.choice([SORTED, PLAIN] * 10 + ["nowhere"])
        return self.draw.choice(
            [
                {"Put": {"TableName": table, "Item": self.item(table), **self.condition()}},
                {"Update": self.update(table)},
                {"Delete": {"TableName": table, "Key": self.key(table), **self.condition()}},
                {
                    "ConditionCheck": {
                        "TableName": table,
                        "Key": self.key(table),
                        "ConditionExpression": "attribute_exists(pk)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
            ]
        )

    def query(self) -> dict[str, Any]:
        asked: dict[str, Any] = {"TableName": SORTED, "ScanIndexForward": self.draw.random() < 0.5}
        text, number, digit = self.text(), self.number(), {"S": str(self.draw.randrange(8))}
        asked |= self.draw.choice(
            [
                about(None, "pk = :a", text),
                about(None, "pk = :a AND sk > :b", text, digit),
                about(None, "pk = :a AND begins_with(sk, :b)", text, digit),
                about("pk_n", "pk = :a AND n >= :b", text, number),
                about("g_n", "g = :a", text),
                about("g_n", "g = :a AND n BETWEEN :b AND :c", text, number, {"N": "9"}),
                about("g_keys", "g = :a", text),
                about("g_keys", "g = :a AND sk < :b", text, digit),
                about("n_some", "n = :a", number),
                about("nowhere", "g = :a", text),
                {**about("g_only", "g = :a", text), "TableName": PLAIN},
                {**about(None, "pk = :a", text), "TableName": PLAIN},
            ]
        )
        if self.draw.random() < 0.5:
            asked["Limit"] = self.draw.randrange(1, 6)
        if self.draw.random() < 0.2:
            asked["ConsistentRead"] = True
        if self.draw.random() < 0.3:
            asked["FilterExpression"] = self.draw.choice(["attribute_exists(deep)", "size(pk) > :z"])
            if ":z" in asked["FilterExpression"]:
                asked["ExpressionAttributeValues"][":z"] = {"N": "0"}
        if self.draw.random() < 0.3:
            asked["ProjectionExpression"] = "pk, deep.list[0], g"
        return asked


def about(name: str | None, condition: str, *values: dict[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {f":{letter}": value for letter, value in zip(LETTERS, values, strict=False)},
    }
    return asked | ({"IndexName": name} if name else {})


def answers(seed: int, rounds: int) -> list[Any]:
    """What was asked and what was said to it, or the refusal."""
    chance, said = Chance(seed), list[Any]()
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")

        def ask(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
            try:
                answer: dict[str, Any] = getattr(dynamodb, operation)(**asked)
                answer.pop("ResponseMetadata")
                answer.pop("TableDescription", None)  # its times
            except ClientError as refusal:
                answer = {"refused": refusal.response["Error"], "why": refusal.response.get("CancellationReasons")}
            said.append([operation, asked, answer])
            return answer

        for request in (*tables(), *limits()):
            ask(*request)
        for _ in range(rounds):
            for _ in range(5):
                ask(*chance.change())
            asked = chance.query()
            while (last := ask("query", asked).get("LastEvaluatedKey")) is not None:
                asked = {**asked, "ExclusiveStartKey": last}
        for table in (SORTED, PLAIN):
            ask("scan", {"TableName": table})
            ask("describe_table", {"TableName": table})["Table"].pop("CreationDateTime")
        made = {type(table) for table in dynamodb_backends["123456789012"]["us-east-1"].tables.values()}
        said.append([issubclass(one, KeyedTable) for one in made])
    return said


def main() -> None:
    alone = answers(1, 150)
    quicken()
    json.dump([alone, answers(1, 150)], sys.stdout, default=str)


if __name__ == "__main__":
    main()
