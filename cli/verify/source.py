"""Where the results are that people are to verify: in S3, in a file here, or where `gavel bulk` left those of a run."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cli.bulk.commands import RUNS
from cli.bulk.standing import standing
from cli.bulk.summary import RESULTS
from cli.runs import NothingThere
from shared.aws.errors import translated
from shared.worker_templates.s3_uri import S3Object, read_s3_uri

CHUNK_BYTES: Final = 256 * 1024
MISSING: Final = ("NoSuchKey", "NoSuchBucket", "404")


class NoResults(Exception):
    """The text says what is wrong with what was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`told` is how the set remembers it, `name` what the set is called unless it is called otherwise, `run` the bulk
    run whose results they are, where it was named."""

    place: S3Object | Path
    told: str
    name: str
    run: str | None = None


def source_of(text: str, *, runs: Path = RUNS) -> Source:
    """Raises NoResults."""
    if text.startswith("s3://"):
        found = read_s3_uri(text)
        if found is None:
            raise NoResults(f"{text} names no object")
        *folders, file = found.key.split("/")
        return Source(place=found, told=found.uri, name=_short(folders[-1] if folders else "", file))
    path = Path(text)
    if path.is_file():
        return Source(place=path, told=path.name, name=_short(path.absolute().parent.name, path.name))
    of_run = runs / path.name / RESULTS
    if path.name != text or not of_run.is_file():
        raise NoResults(f"{text} is no file, and no bulk run has its results here: `gavel bulk results` writes them")
    return Source(place=of_run, told=f"bulk run {text}", name=text, run=text)


def is_unfinished(source: Source, runs: Path) -> bool:
    """Whether its bulk run is to go on: the results are as far as that had come when they were written."""
    try:
        return source.run is not None and standing(runs, source.run).status != "done"
    except NothingThere:  # its state was taken away, its results weren't
        return False


async def chunks_of(source: Source, s3: Any) -> AsyncIterator[bytes]:
    """Raises Permanent `results-missing` when there is no such object."""
    if isinstance(source.place, Path):
        with source.place.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk
        return
    with translated("results", dict.fromkeys(MISSING, "results-missing")):
        answer = await s3.get_object(Bucket=source.place.bucket, Key=source.place.key)
        async with answer["Body"] as body:
            async for chunk in body.iter_chunks(CHUNK_BYTES):
                yield chunk


async def written_at(source: Source, s3: Any) -> datetime:
    """Raises Permanent `results-missing` when there is no such object."""
    if isinstance(source.place, Path):
        return datetime.fromtimestamp(source.place.stat().st_mtime, UTC)
    with translated("results", dict.fromkeys(MISSING, "results-missing")):
        answer = await s3.head_object(Bucket=source.place.bucket, Key=source.place.key)
    written: datetime = answer["LastModified"]
    return written


def _short(folder: str, file: str) -> str:
    """Results are often alike in their files' names, and hardly in their folders'."""
    return folder if file == RESULTS and folder else file.rpartition(".")[0] or file
