"""What a bulk run knows of each line, in a SQLite file (`cli.run_state`).

images   a row for each line: the object, what was answered or why nothing was, how far it is on its way
parts    the manifests of media analysis jobs: which lines, which job

A line that names the same object as an earlier one is not asked about again: `same_as` is that line's number.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from cli.bulk.shapes import CHANGED, INVALID_LINE, INVALID_REF, Answer, ManifestError, Result
from cli.bulk.sources import Line
from cli.run_state import RunState, text
from shared.contracts.delivered import DeliveredAnswer

TABLES: Final = """
CREATE TABLE IF NOT EXISTS images (
    number INTEGER PRIMARY KEY, ref TEXT, same_as INTEGER, stage TEXT NOT NULL, part INTEGER, line INTEGER,
    media_id TEXT, answer TEXT, delivered TEXT, choice TEXT, code TEXT, message TEXT
);
CREATE INDEX IF NOT EXISTS images_by_ref ON images (ref);
CREATE INDEX IF NOT EXISTS images_by_stage ON images (stage, number);
CREATE INDEX IF NOT EXISTS images_by_part ON images (part, line);
CREATE TABLE IF NOT EXISTS parts (
    number INTEGER PRIMARY KEY, images INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 1, job_id TEXT,
    started_at TEXT, is_done INTEGER NOT NULL DEFAULT 0
);
"""
PAGE: Final = 1000


class Stage(StrEnum):
    """NEW may be asked about, SENT is with the pipeline, DONE has all that it will get. REPEAT follows another line."""

    NEW = "new"
    SENT = "sent"
    DONE = "done"
    REPEAT = "repeat"


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """`delivered` is where its answer is, of a media analysis job that was started at `asked_at`."""

    number: int
    ref: str
    media_id: str | None = None
    delivered: DeliveredAnswer | None = None
    asked_at: datetime | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """`attempt` grows when a job has failed; `job_id` is that of the attempt, once it is started."""

    number: int
    images: int
    attempt: int
    job_id: str | None
    is_done: bool


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` of which `repeats` name an object again; of the others `done` are through and `sent` are on their way."""

    lines: int
    repeats: int
    sent: int
    done: int

    @property
    def images(self) -> int:
        return self.lines - self.repeats


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told of a line. `is_first` of all that name its object."""

    number: int
    is_first: bool
    ref: str | None
    answer: Answer | None
    choice: str | None
    code: str | None
    message: str


class State(RunState):
    def __init__(self, path: Path) -> None:
        super().__init__(path, TABLES)

    def begin_list(self) -> None:
        """Forget lines that an interrupted listing has left: nobody was asked about them yet."""
        self._db.execute("DELETE FROM images")

    def add_lines(self, lines: Sequence[Line]) -> None:
        with self.together():
            for line in lines:
                first = self._one("SELECT number FROM images WHERE ref = ? LIMIT 1", line.ref) if line.ref else None
                stage = Stage.DONE if line.code else Stage.REPEAT if first else Stage.NEW
                self._db.execute(
                    "INSERT INTO images (number, ref, same_as, stage, code, message) VALUES (?, ?, ?, ?, ?, ?)",
                    (line.number, line.ref, first[0] if first and not line.code else None, stage, line.code,
                     line.message),
                )  # fmt: skip

    def counts(self) -> Counts:
        rows = dict(self._db.execute("SELECT stage, count(*) FROM images GROUP BY stage").fetchall())
        return Counts(
            lines=sum(rows.values()),
            repeats=rows.get(Stage.REPEAT, 0),
            sent=rows.get(Stage.SENT, 0),
            done=rows.get(Stage.DONE, 0),
        )

    def images(self, stage: Stage, *, after: int = 0, limit: int = PAGE) -> list[Image]:
        rows = self._db.execute(
            "SELECT i.number, ref, media_id, delivered, p.started_at FROM images i "
            "LEFT JOIN parts p ON i.part = p.number WHERE stage = ? AND i.number > ? ORDER BY i.number LIMIT ?",
            (stage, after, limit),
        )
        return [
            Image(
                number=number,
                ref=ref,
                media_id=media_id,
                delivered=msgspec.json.decode(delivered, type=DeliveredAnswer) if delivered else None,
                asked_at=datetime.fromisoformat(started_at) if started_at else None,
            )
            for number, ref, media_id, delivered, started_at in rows
        ]

    def undivided(self, *, after: int, limit: int = PAGE) -> list[Image]:
        """Images that are in no part yet."""
        rows = self._db.execute(
            "SELECT number, ref FROM images WHERE stage = ? AND part IS NULL AND number > ? ORDER BY number LIMIT ?",
            (Stage.NEW, after, limit),
        )
        return [Image(number=number, ref=ref) for number, ref in rows]

    def sent(self, image: Image, media_id: str) -> None:
        self._db.execute(
            "UPDATE images SET stage = ?, media_id = ? WHERE number = ?", (Stage.SENT, media_id, image.number)
        )

    def answered(self, image: Image, answer: Answer, choice: str | None) -> None:
        self._db.execute(
            "UPDATE images SET stage = ?, answer = ?, choice = ? WHERE number = ?",
            (Stage.DONE, text(answer), choice, image.number),
        )

    def failed(self, number: int, code: str, message: str, answer: Answer | None = None) -> None:
        """Why it has no answer; or with one, why it is not judged by it."""
        self._db.execute(
            "UPDATE images SET stage = ?, code = ?, message = ?, answer = coalesce(?, answer) WHERE number = ?",
            (Stage.DONE, code, message, text(answer) if answer else None, number),
        )

    def begin_errors_anew(self) -> int:
        """How many lines with errors begin anew: all that name an object. An answer stays unless its object was written
        anew, and the item that was asked about is remembered."""
        return self._db.execute(
            "UPDATE images SET stage = ?, "
            "part = CASE WHEN answer IS NULL OR code = ? THEN NULL ELSE part END, "
            "answer = CASE WHEN code = ? THEN NULL ELSE answer END, "
            "delivered = CASE WHEN code = ? THEN NULL ELSE delivered END, code = NULL, message = NULL "
            "WHERE stage = ? AND code IS NOT NULL AND NOT (part IS NULL AND code IN (?, ?))",
            (Stage.NEW, *(CHANGED,) * 3, Stage.DONE, INVALID_LINE, INVALID_REF),
        ).rowcount

    # Parts: media analysis jobs

    def keep_part(self, part: int, images: Sequence[Image]) -> None:
        with self.together():
            self._db.execute("INSERT INTO parts (number, images) VALUES (?, ?)", (part, len(images)))
            self._db.executemany(
                "UPDATE images SET part = ?, line = ? WHERE number = ?",
                [(part, line, image.number) for line, image in enumerate(images, start=1)],
            )

    def parts(self) -> list[Part]:
        rows = self._db.execute("SELECT number, images, attempt, job_id, is_done FROM parts ORDER BY number")
        return [
            Part(number=number, images=images, attempt=attempt, job_id=job_id, is_done=bool(is_done))
            for number, images, attempt, job_id, is_done in rows
        ]

    def part_refs(self, part: int) -> Iterator[str]:
        for (ref,) in self._db.execute("SELECT ref FROM images WHERE part = ? ORDER BY line", (part,)):
            yield ref

    def part_started(self, part: int, job_id: str) -> None:
        self._db.execute("UPDATE parts SET job_id = ? WHERE number = ?", (job_id, part))

    def part_failed(self, part: int) -> None:
        self._db.execute("UPDATE parts SET job_id = NULL, attempt = attempt + 1 WHERE number = ?", (part,))

    def take_results(self, part: int, results: Sequence[tuple[Result, DeliveredAnswer]], *, stage: Stage) -> None:
        """What a job says of the images of its part; what it says of others is nobody's."""
        with self.together():
            self._db.executemany(
                # By its own choice SQLite would go through the whole part for each.
                "UPDATE images INDEXED BY images_by_ref SET answer = ?, delivered = ?, stage = ? "
                "WHERE ref = ? AND part = ?",
                [(text(result.answer), text(place), stage, result.ref, part) for result, place in results],
            )

    def take_error(self, part: int, error: ManifestError) -> None:
        """Of the object that it names; of its line only where it names none."""
        told = (Stage.DONE, error.code, error.message)
        if error.ref is None:
            self._db.execute(
                "UPDATE images SET stage = ?, code = ?, message = ? WHERE part = ? AND line = ? AND answer IS NULL",
                (*told, part, error.line),
            )
        else:
            self._db.execute(
                "UPDATE images INDEXED BY images_by_ref SET stage = ?, code = ?, message = ? "
                "WHERE ref = ? AND part = ? AND answer IS NULL",
                (*told, error.ref, part),
            )

    def close_part(self, part: int, started_at: datetime, code: str, message: str) -> None:
        """What neither a result nor an error was told of has this reason. `started_at` is by AWS's clock."""
        with self.together():
            self._db.execute(
                "UPDATE images SET stage = ?, code = ?, message = ? WHERE part = ? AND answer IS NULL AND code IS NULL",
                (Stage.DONE, code, message, part),
            )
            self._db.execute(
                "UPDATE parts SET is_done = 1, started_at = ? WHERE number = ?", (started_at.isoformat(), part)
            )

    # What is told in the end

    @contextmanager
    def unchanging(self) -> Iterator[None]:
        """Everything that is read in here is of one moment, and no writer waits for it. Nothing is written in here."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    def told(self) -> Iterator[Told]:
        """Every line in order; a repeat has what its first line has."""
        rows = self._db.execute(
            "SELECT i.number, i.same_as IS NULL, i.ref, f.answer, f.choice, f.code, f.message FROM images i "
            "JOIN images f ON f.number = coalesce(i.same_as, i.number) ORDER BY i.number"
        )
        for number, is_first, ref, answer, choice, code, message in rows:
            yield Told(
                number=number,
                is_first=bool(is_first),
                ref=ref,
                answer=msgspec.json.decode(answer, type=Answer) if answer else None,
                choice=choice,
                code=code,
                message=message or "",
            )

    def errors(self) -> Iterator[ManifestError]:
        """Lines that are through and have no answer."""
        rows: Any = self._db.execute(
            "SELECT i.number, i.ref, f.code, f.message FROM images i "
            "JOIN images f ON f.number = coalesce(i.same_as, i.number) "
            "WHERE f.code IS NOT NULL AND f.answer IS NULL ORDER BY i.number"
        )
        for number, ref, code, message in rows:
            yield ManifestError(line=number, ref=ref, code=code, message=message or "")
