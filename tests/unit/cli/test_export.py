"""Exports: one folder for each tenant and day, the same rows in both formats, files whole or hidden."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as parquet
import pytest

from cli.export.command import written
from cli.export.parts import Format, Partitions
from cli.export.rows import COLUMNS, row
from shared.contracts.words import Action, DecidedBy, Status
from shared.ledger.entries import SubmissionOpened
from shared.ledger.record import Judged, Record, Summary
from tests.unit.cli.test_items import NOW, SUBMISSION

PAGE = Path(__file__).parents[3] / "docs" / "exports.md"


def record(number: int = 0, *, tenant: str = "shop", at: datetime = NOW) -> Record:
    submission: SubmissionOpened = msgspec.structs.replace(SUBMISSION, at=at, tenant=tenant)
    summary = Summary(
        media_id=f"item-{number:03}",
        status=Status.DONE,
        tenant=tenant,
        received_at=at,
        updated_at=at + timedelta(seconds=2),
        verdict=Action.REJECT,
        verdict_number=1,
        kind=submission.kind,
        policy=submission.policy,
        judged=Judged(decided_by=DecidedBy.MODEL, labels=("Weapons",)),
    )
    return Record(summary=summary, entries=(submission,))


async def each(*records: Record) -> AsyncIterator[Record]:
    for one in records:
        yield one


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def read(folder: Path, format_: Format) -> list[dict[str, Any]]:
    paths = sorted(folder.rglob(f"part-*.{format_}"))
    if format_ is Format.JSONL:
        return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [found for path in paths for found in parquet.ParquetFile(path).read().to_pylist()]


@pytest.mark.parametrize("format_", Format)
async def test_each_tenant_and_day_has_its_folder(tmp_path: Path, format_: Format) -> None:
    before = NOW - timedelta(days=1)
    done = await written(each(record(0), record(1, tenant="blog"), record(2), record(3, at=before)), tmp_path, format_)
    assert (done.items, done.files) == (4, 3)
    assert files(tmp_path) == [
        f"tenant=blog/date=2026-11-21/part-0001.{format_}",
        f"tenant=shop/date=2026-11-20/part-0001.{format_}",
        f"tenant=shop/date=2026-11-21/part-0001.{format_}",
    ]


@pytest.mark.parametrize("format_", Format)
async def test_rows_have_every_column_and_the_whole_record(tmp_path: Path, format_: Format) -> None:
    await written(each(record()), tmp_path, format_)
    (found,) = read(tmp_path, format_)
    assert list(found) == list(COLUMNS)
    assert (found["media_id"], found["verdict"], found["labels"]) == ("item-000", "reject", ["Weapons"])
    assert json.loads(found["record"])["entries"][0]["type"] == "submission"
    at = found["received_at"]
    assert at == ("2026-11-21 12:00:00.000" if format_ is Format.JSONL else datetime(2026, 11, 21, 12, tzinfo=UTC))


def test_a_day_that_is_over_is_closed_and_a_long_one_goes_on_in_another_file(tmp_path: Path) -> None:
    partitions = Partitions(tmp_path, Format.JSONL, rows_per_part=2)
    for number in range(5):
        partitions.write("shop", row(record(number)))
    assert [len(path.read_text().splitlines()) for path in sorted(tmp_path.rglob("part-*"))] == [2, 2]
    assert len(list(tmp_path.rglob(".part-*"))) == 1
    partitions.close_but("2026-11-20")
    assert [len(path.read_text().splitlines()) for path in sorted(tmp_path.rglob("part-*"))] == [2, 2, 1]
    assert not list(tmp_path.rglob(".part-*"))


async def test_what_is_cut_off_has_no_name_that_anybody_reads(tmp_path: Path) -> None:
    async def breaks() -> AsyncIterator[Record]:
        yield record(0)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await written(breaks(), tmp_path, Format.JSONL)
    assert [name.rpartition("/")[2] for name in files(tmp_path)] == [".part-0001.jsonl"]


def test_the_page_for_athena_has_the_columns() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, type_ in COLUMNS.items():
        assert f"`{name}` {type_}" in text
