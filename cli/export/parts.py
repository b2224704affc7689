"""Writes rows into the files of one partition: JSON lines or Parquet, each file whole before it has its name."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from cli.export.rows import COLUMNS, athena_time

ROWS_PER_PART: Final = 100_000
ROWS_PER_GROUP: Final = 1_000
"""Rows that Parquet keeps in memory before it writes them."""


class Format(StrEnum):
    JSONL = "jsonl"
    PARQUET = "parquet"


class ParquetMissing(Exception):
    """pyarrow isn't installed."""


class Part(Protocol):
    """One file; `write` takes rows as `cli.export.rows` makes them."""

    def write(self, row: Mapping[str, Any]) -> None: ...
    def close(self) -> None: ...


class JsonLines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, row: Mapping[str, Any]) -> None:
        plain = {name: athena_time(value) if isinstance(value, datetime) else value for name, value in row.items()}
        self._file.write(msgspec.json.encode(plain) + b"\n")

    def close(self) -> None:
        self._file.close()


class Parquet:
    def __init__(self, path: Path) -> None:
        arrow, parquet = _pyarrow()
        types = {
            "string": arrow.string(),
            "int": arrow.int32(),
            "array<string>": arrow.list_(arrow.string()),
            "timestamp": arrow.timestamp("ms", tz="UTC"),
        }
        self._arrow = arrow
        self._schema = arrow.schema([(name, types[type_]) for name, type_ in COLUMNS.items()])
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Mapping[str, Any]] = []

    def write(self, row: Mapping[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == ROWS_PER_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []


PARTS: Final[Mapping[Format, Callable[[Path], Part]]] = {Format.JSONL: JsonLines, Format.PARQUET: Parquet}


class Partitions:
    """`<folder>/tenant=<tenant>/date=<day received>/part-0001.<format>`. Rows may come in any order; files of a
    day that is over are closed by `close_but`, so that few are open at a time."""

    def __init__(self, folder: Path, format_: Format, *, rows_per_part: int = ROWS_PER_PART) -> None:
        self._folder = folder
        self._format = format_
        self._rows_per_part = rows_per_part
        self._open: dict[tuple[str, str], tuple[Part, Path, int]] = {}
        self._parts: dict[tuple[str, str], int] = {}
        self.files = 0

    def write(self, tenant: str, row: Mapping[str, Any]) -> None:
        place = tenant, f"{row['received_at']:%Y-%m-%d}"
        part, path, rows = self._open.get(place) or self._begun(place)
        part.write(row)
        self._open[place] = part, path, rows + 1
        if rows + 1 == self._rows_per_part:
            self._end(place)

    def close_but(self, day: str | None) -> None:
        """Close every file of other days than this one."""
        for place in [place for place in self._open if place[1] != day]:
            self._end(place)

    def abandon(self) -> None:
        """Leave every file that is open as it is: under its hidden name."""
        for part, _, _ in self._open.values():
            part.close()
        self._open = {}

    def _begun(self, place: tuple[str, str]) -> tuple[Part, Path, int]:
        tenant, day = place
        self._parts[place] = number = self._parts.get(place, 0) + 1
        folder = self._folder / f"tenant={tenant}" / f"date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        # Hidden from whoever reads the folder until it is whole: Athena leaves out what begins with a dot.
        path = folder / f".part-{number:04}.{self._format}"
        return PARTS[self._format](path), path, 0

    def _end(self, place: tuple[str, str]) -> None:
        part, path, _ = self._open.pop(place)
        part.close()
        path.rename(path.with_name(path.name.removeprefix(".")))
        self.files += 1


def check(format_: Format) -> None:
    """Raises ParquetMissing before anything is read."""
    if format_ is Format.PARQUET:
        _pyarrow()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ParquetMissing("Parquet needs pyarrow: `pip install pyarrow`, or use --format jsonl") from error
    return pyarrow, parquet
