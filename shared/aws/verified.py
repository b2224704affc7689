"""Keeps the verified set in a DynamoDB table of its own, on demand.

pk                    sk                                      what
sets                  <tenant>#<set>                          a VerificationSet
words#<tenant>        <bucket>#<image id>#<set>#<number>      a Word; only ever added
images#<tenant>#<set> <bucket>#<image id>                     an ImageState; `words` is its revision
counts#<tenant>       <set>                                   numbers by `settling.tally`'s names, in `n:<name>`

Words, their image and the counts change in one transaction, so counts are right whatever happens in between. Nothing
scans: a set's statistics are one read, a page of the grid one BatchGetItem, an export a Query of what is exported.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from random import random
from typing import Any, Final, Protocol, TypeVar

import msgspec

from shared.aws.attributes import Attribute, from_item, to_item
from shared.aws.errors import translated
from shared.aws.tables import CONFLICT, rows, was_met
from shared.contracts.messages import MediaRef
from shared.errors import Transient
from shared.verification.counts import Counts, counts_of
from shared.verification.port import WORDS_LIMIT
from shared.verification.sets import VerificationSet
from shared.verification.settling import ImageState, begun, change, with_word
from shared.verification.words import Word, image_id

T = TypeVar("T", bound=msgspec.Struct)

SETS: Final = "sets"
COUNT: Final = "n:"
IS_NEW: Final = "attribute_not_exists(pk)"
IS_UNCHANGED: Final = "words = :words"
ATTEMPTS: Final = 10
"""Each that loses means that somebody else's words on the same set went in, or were about to: all of a set's meet at
its counts. Whoever lost waits a moment, and not all as long."""
FIRST_PAUSE_S: Final = 0.01
LONGEST_PAUSE_S: Final = 0.3
READ_AT_ONCE: Final = 100
"""BatchGetItem, Keys."""
READS: Final = 5
"""Of one batch that DynamoDB answers in part."""


class DynamoDB(Protocol):
    async def put_item(self, **request: Any) -> dict[str, Any]: ...
    async def get_item(self, **request: Any) -> dict[str, Any]: ...
    async def batch_get_item(self, **request: Any) -> dict[str, Any]: ...
    async def query(self, **request: Any) -> dict[str, Any]: ...
    async def transact_write_items(self, **request: Any) -> dict[str, Any]: ...


class DynamoWords:
    """All that adding words takes. In write units: 2 a word, 2 its image, 2 for each KB of the set's counts."""

    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def save(self, words: Sequence[Word]) -> Mapping[str, ImageState]:
        if len(words) > WORDS_LIMIT:
            raise ValueError(f"{len(words)} words at a time, where {WORDS_LIMIT} are the most")
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(random() * min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S))  # noqa: S311
            before = await self._states(words)
            after = dict(before)
            writes: list[dict[str, Any]] = []
            for word in words:
                id_ = image_id(word.image.source)
                state = after.get(id_) or begun(word.image)
                after[id_] = said = with_word(state, word)
                if said is not state:
                    writes.append(self._word(word, said.words))
            changed = {id_: state for id_, state in after.items() if state != before.get(id_)}
            if not changed or await self._written(words[0], writes, before, changed):
                return after
        raise Transient("verified-contended")

    async def _states(self, words: Sequence[Word]) -> dict[str, ImageState]:
        if not words:
            return {}
        return await self.states(words[0].tenant, words[0].set, [word.image.source for word in words])

    async def states(self, tenant: str, name: str, sources: Sequence[MediaRef]) -> dict[str, ImageState]:
        keys = {image_id(source): _image_key(tenant, name, source) for source in sources}
        found = [_read(item, "state", ImageState) for item in await self._get_all(list(keys.values()))]
        return {image_id(state.source): state for state in found}

    async def _written(
        self,
        of: Word,
        writes: list[dict[str, Any]],
        before: Mapping[str, ImageState],
        changed: Mapping[str, ImageState],
    ) -> bool:
        """False when somebody else's words on these images came first, or are being written."""
        counts: Counter[str] = Counter()
        for id_, state in changed.items():
            old = before.get(id_)
            writes.append(self._image(of, state, old))
            counts.update(change(old or ImageState(source=state.source, predicted=state.predicted), state))
        if added := {name: number for name, number in counts.items() if number}:
            writes.append(self._counts(of, added))
        try:
            return await was_met(self._client.transact_write_items(TransactItems=writes))
        except Transient as error:
            if error.code == CONFLICT:
                return False
            raise

    def _word(self, word: Word, number: int) -> dict[str, Any]:
        sk = f"{_place(word.image.source)}#{word.set}#{number:06}"
        item = _key(f"words#{word.tenant}", sk) | {"word": {"S": _text(word)}}
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": IS_NEW}}

    def _image(self, of: Word, state: ImageState, old: ImageState | None) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": _image_key(of.tenant, of.set, state.source)
            | {"state": {"S": _text(state)}, "words": {"N": str(state.words)}},
            "ConditionExpression": IS_NEW,
        }
        if old is not None:
            put |= {"ConditionExpression": IS_UNCHANGED, "ExpressionAttributeValues": to_item({":words": old.words})}
        return {"Put": put}

    def _counts(self, of: Word, added: Mapping[str, int]) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(f"counts#{of.tenant}", of.set),
                "UpdateExpression": "ADD " + ", ".join(f"#{place} :{place}" for place in range(len(added))),
                "ExpressionAttributeNames": {f"#{place}": f"{COUNT}{name}" for place, name in enumerate(added)},
                "ExpressionAttributeValues": to_item({f":{place}": n for place, n in enumerate(added.values())}),
            }
        }

    async def _get_all(self, keys: Sequence[Mapping[str, Attribute]]) -> list[dict[str, Attribute]]:
        found: list[dict[str, Attribute]] = []
        for first in range(0, len(keys), READ_AT_ONCE):
            wanted: Any = {self._table: {"Keys": keys[first : first + READ_AT_ONCE], "ConsistentRead": True}}
            for _ in range(READS):
                with translated("verified"):
                    answer = await self._client.batch_get_item(RequestItems=wanted)
                found += answer["Responses"].get(self._table, [])
                wanted = answer.get("UnprocessedKeys")
                if not wanted:
                    break
            else:
                raise Transient("verified-throttled")
        return found


class DynamoVerified(DynamoWords):
    async def begin(self, set_: VerificationSet) -> bool:
        item = _key(SETS, f"{set_.tenant}#{set_.name}") | {"set": {"S": _text(set_)}}
        return await was_met(self._client.put_item(TableName=self._table, Item=item, ConditionExpression=IS_NEW))

    async def sets(self) -> list[VerificationSet]:
        found = [_read(item, "set", VerificationSet) async for item in self._query("pk = :pk", {":pk": SETS})]
        return sorted(found, key=lambda each: (each.tenant, each.name))

    async def find(self, tenant: str, name: str) -> VerificationSet | None:
        item = await self._get(_key(SETS, f"{tenant}#{name}"))
        return _read(item, "set", VerificationSet) if item else None

    async def counts(self, tenant: str, name: str) -> Counts:
        return _counts_in(await self._get(_key(f"counts#{tenant}", name)) or {})

    async def all_counts(self, tenant: str) -> dict[str, Counts]:
        found = self._query("pk = :pk", {":pk": f"counts#{tenant}"}, ConsistentRead=True)
        return {item["sk"]["S"]: _counts_in(item) async for item in found}

    async def words(self, tenant: str, *, bucket: str | None = None) -> AsyncIterator[Word]:
        condition, values = "pk = :pk", {":pk": f"words#{tenant}"}
        if bucket is not None:
            condition, values = f"{condition} AND begins_with(sk, :place)", values | {":place": f"{bucket}#"}
        async for item in self._query(condition, values, ConsistentRead=True):
            yield _read(item, "word", Word)

    async def _get(self, key: dict[str, Attribute]) -> dict[str, Attribute] | None:
        with translated("verified"):
            answer = await self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item")

    def _query(
        self, condition: str, values: Mapping[str, object], **options: object
    ) -> AsyncIterator[dict[str, Attribute]]:
        return rows(self._client, self._table, condition, values, **options)


def _key(pk: str, sk: str) -> dict[str, Attribute]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _place(source: MediaRef) -> str:
    return f"{source.bucket}#{image_id(source)}"


def _image_key(tenant: str, name: str, source: MediaRef) -> dict[str, Attribute]:
    return _key(f"images#{tenant}#{name}", _place(source))


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


def _read(item: Mapping[str, Attribute], name: str, kind: type[T]) -> T:
    """Raises Transient for what this version can't read: a newer one or a hand wrote it, and either can be mended."""
    try:
        return msgspec.json.decode(item[name]["S"], type=kind)
    except (KeyError, msgspec.DecodeError) as error:
        raise Transient("verified-unreadable", f"{item['sk'].get('S')}") from error


def _counts_in(item: Mapping[str, Attribute]) -> Counts:
    numbers = from_item({name: value for name, value in item.items() if name.startswith(COUNT)})
    return counts_of({name.removeprefix(COUNT): number for name, number in numbers.items()})
