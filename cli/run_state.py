"""What a run of the command line has done, in a SQLite file: a crash at any point loses nothing that is written here.

Every write is durable when it returns (`synchronous=FULL`), in a millisecond or so.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

T = TypeVar("T")

FACTS: Final = "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"


class RunState:
    """`tables` are made where they aren't there. A fact is anything that has a name and one value."""

    def __init__(self, path: Path, tables: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(FACTS + tables)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def fact(self, name: str, type_: type[T]) -> T | None:
        found = self._one("SELECT value FROM facts WHERE name = ?", name)
        return msgspec.json.decode(found[0], type=type_) if found else None

    def keep_fact(self, name: str, value: object) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, text(value)))

    def drop_fact(self, name: str) -> None:
        self._db.execute("DELETE FROM facts WHERE name = ?", (name,))

    def copy_to(self, path: Path) -> None:
        """A whole copy; may be called in another thread."""
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All writes in here, or none: also much faster than one by one."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _one(self, query: str, *values: object) -> Any:
        return self._db.execute(query, values).fetchone()


def forget(path: Path) -> None:
    """Remove a state with everything that SQLite keeps beside it."""
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink(missing_ok=True)


def text(value: object) -> str:
    return msgspec.json.encode(value).decode()
