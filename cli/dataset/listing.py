"""The images of a source one after the other, by key or in a seeded random order, in little memory."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from cli.dataset.plan import Place, Plan, Sample
from shared.aws.errors import translated

PAGE: Final = 1000
"""ListObjectsV2, MaxKeys."""


class Lister(Protocol):
    async def list_objects_v2(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object as S3 lists it; the ETag without its quotes."""

    key: str
    etag: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An image in the order of a run; `number` counts from 1."""

    number: int
    key: str
    etag: str
    size_bytes: int


async def candidates(s3: Lister, plan: Plan, spool: Path) -> AsyncIterator[Candidate]:
    """`spool` is a file that a random order is made in, since nobody knows the last key before all are listed."""
    listed = listing(s3, plan.source)
    ordered = listed if plan.sample is Sample.LISTED else shuffled(listed, plan.seed, spool)
    number = 0
    async for each in ordered:
        number += 1
        yield Candidate(number=number, key=each.key, etag=each.etag, size_bytes=each.size_bytes)


async def listing(s3: Lister, place: Place) -> AsyncIterator[Listed]:
    """Every object of the place in the order of its key's bytes, page by page; folders' own markers are left out.

    Raises Transient when the bucket can't be read, Permanent `source-missing` when there is none.
    """
    page: dict[str, Any] = {}
    while True:
        more = {"ContinuationToken": page["NextContinuationToken"]} if page else {}
        with translated("source", {"NoSuchBucket": "source-missing"}):
            page = await s3.list_objects_v2(Bucket=place.bucket, Prefix=place.prefix, MaxKeys=PAGE, **more)
        for entry in page.get("Contents", ()):
            if not entry["Key"].endswith("/"):
                yield Listed(key=entry["Key"], etag=entry["ETag"].strip('"'), size_bytes=entry["Size"])
        if not page.get("IsTruncated"):
            return


async def shuffled(listed: AsyncIterator[Listed], seed: int, spool: Path) -> AsyncIterator[Listed]:
    """In an order that follows from the seed and each key alone: a key that joins or leaves moves no other."""
    with closing(sqlite3.connect(spool, isolation_level=None)) as db:
        # Scratch: made anew by every run.
        db.execute("PRAGMA journal_mode=OFF")
        db.execute("PRAGMA synchronous=OFF")
        db.execute("DROP TABLE IF EXISTS spool")
        db.execute("CREATE TABLE spool (rank BLOB PRIMARY KEY, key TEXT, etag TEXT, size INTEGER) WITHOUT ROWID")
        rows: list[tuple[bytes, str, str, int]] = []
        async for each in listed:
            rows.append((_rank(seed, each.key), each.key, each.etag, each.size_bytes))
            if len(rows) == PAGE:
                _store(db, rows)
        _store(db, rows)
        for each in _in_order(db):
            yield each


def _store(db: sqlite3.Connection, rows: list[tuple[bytes, str, str, int]]) -> None:
    db.execute("BEGIN")
    db.executemany("INSERT INTO spool VALUES (?, ?, ?, ?)", rows)
    db.execute("COMMIT")
    rows.clear()


def _in_order(db: sqlite3.Connection) -> Iterator[Listed]:
    for key, etag, size in db.execute("SELECT key, etag, size FROM spool ORDER BY rank"):
        yield Listed(key=key, etag=etag, size_bytes=size)


def _rank(seed: int, key: str) -> bytes:
    """16 bytes: among a million keys two are alike once in 10^26 listings."""
    return hashlib.blake2b(key.encode(), digest_size=16, key=seed.to_bytes(8, "big", signed=True)).digest()
