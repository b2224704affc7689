"""What a run has paid for and done, in a SQLite file: a crash at any point loses nothing that is written here.

answers  one row for each paid call, by key and ETag: judged anew from here when a run is resumed
looks    size and perceptual hash of images that were fetched
places   what became of an image in a folder: kept, uncertain, duplicate; what was done about it
facts    the plan, how the last scan ended, when (`cli.run_state`)
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from cli.dataset.judging import Answer, Outcome
from cli.dataset.listing import Candidate
from cli.run_state import RunState, text

YES: Final = "yes"
"""The ruling by which people put an image into the set."""

TABLES: Final = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT NOT NULL, etag TEXT NOT NULL, size_bytes INTEGER NOT NULL, number INTEGER NOT NULL,
    confidence REAL NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (key, etag)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_content ON answers (etag, size_bytes);
CREATE TABLE IF NOT EXISTS looks (
    key TEXT NOT NULL, etag TEXT NOT NULL, look TEXT NOT NULL, PRIMARY KEY (key, etag)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS places (
    folder TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    outcome TEXT NOT NULL, confidence REAL NOT NULL, same_as TEXT, is_copied INTEGER NOT NULL DEFAULT 0,
    loop TEXT, ruling TEXT,
    PRIMARY KEY (folder, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS places_in_order ON places (folder, outcome, number, key);
CREATE INDEX IF NOT EXISTS places_by_content ON places (folder, etag, size_bytes);
"""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is seen on the pixels: sides as a viewer sees them, in px, and the perceptual hash in hex, where wanted."""

    width: int
    height: int
    hash: str | None = None


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """An image in a folder. `number` is its place in the order of the run, `same_as` the key of the image that it
    repeats, `loop` the human loop that was opened for it, `ruling` what people said (yes, no, none)."""

    folder: str
    number: int
    key: str
    etag: str
    size_bytes: int
    outcome: Outcome
    confidence: float
    same_as: str | None = None
    is_copied: bool = False
    loop: str | None = None
    ruling: str | None = None


PAGE: Final = 1000
FIELDS: Final = Placed.__struct_fields__


class State(RunState):
    def __init__(self, path: Path) -> None:
        super().__init__(path, TABLES)

    @property
    def calls(self) -> int:
        """Answers that were paid for, ever."""
        return int(self._db.execute("SELECT count(*) FROM answers").fetchone()[0])

    def answer(self, image: Candidate | Placed) -> Answer | None:
        found = self._one("SELECT answer FROM answers WHERE key = ? AND etag = ?", image.key, image.etag)
        return msgspec.json.decode(found[0], type=Answer) if found else None

    def answer_for_content(self, image: Candidate | Placed) -> Answer | None:
        """Of another object with the same bytes."""
        found = self._one("SELECT answer FROM answers WHERE etag = ? AND size_bytes = ?", image.etag, image.size_bytes)
        return msgspec.json.decode(found[0], type=Answer) if found else None

    def keep_answer(self, image: Candidate, answer: Answer) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (image.key, image.etag, image.size_bytes, image.number, answer.confidence, text(answer)),
        )

    def nearest_misses(self, *, below: float, until: int, limit: int) -> list[tuple[str, str, float]]:
        """Key, ETag and confidence of the images up to number `until` that came closest to the threshold without
        reaching it."""
        rows = self._db.execute(
            "SELECT key, etag, confidence FROM answers WHERE confidence < ? AND number <= ? AND NOT EXISTS "
            "(SELECT 1 FROM places WHERE places.key = answers.key) ORDER BY confidence DESC, key LIMIT ?",
            (below, until, limit),
        )
        return [(str(key), str(etag), float(confidence)) for key, etag, confidence in rows]

    def look(self, image: Candidate | Placed) -> Look | None:
        found = self._one("SELECT look FROM looks WHERE key = ? AND etag = ?", image.key, image.etag)
        return msgspec.json.decode(found[0], type=Look) if found else None

    def keep_look(self, image: Candidate, look: Look) -> None:
        self._db.execute("INSERT OR REPLACE INTO looks VALUES (?, ?, ?)", (image.key, image.etag, text(look)))

    def place(self, folder: str, key: str) -> Placed | None:
        found = self._one(f"SELECT {', '.join(FIELDS)} FROM places WHERE folder = ? AND key = ?", folder, key)  # noqa: S608
        return _placed(found) if found else None

    def same_bytes(self, folder: str, image: Candidate, outcomes: Sequence[Outcome]) -> str | None:
        """The key of the first earlier image in the folder with the same bytes."""
        found = self._one(
            "SELECT key FROM places WHERE folder = ? AND etag = ? AND size_bytes = ? AND number < ? AND outcome IN "  # noqa: S608
            f"({', '.join('?' * len(outcomes))}) ORDER BY number LIMIT 1",
            folder, image.etag, image.size_bytes, image.number, *outcomes,
        )  # fmt: skip
        return str(found[0]) if found else None

    def keep_place(self, placed: Placed) -> None:
        """Write it down, or anew: what was done about it before stays, unless the object has changed since."""
        values = [getattr(placed, name) for name in FIELDS]
        self._db.execute(
            f"INSERT INTO places ({', '.join(FIELDS)}) VALUES ({', '.join('?' * len(FIELDS))}) "  # noqa: S608
            "ON CONFLICT DO UPDATE SET number = excluded.number, etag = excluded.etag, "
            "size_bytes = excluded.size_bytes, outcome = excluded.outcome, confidence = excluded.confidence, "
            "same_as = excluded.same_as, is_copied = is_copied AND etag = excluded.etag, "
            "loop = iif(etag = excluded.etag, loop, NULL), ruling = iif(etag = excluded.etag, ruling, NULL)",
            values,
        )

    def copied(self, placed: Placed) -> None:
        self._change(placed, "is_copied = 1")

    def asked_people(self, placed: Placed, loop: str) -> None:
        self._change(placed, "loop = ?", loop)

    def ruled(self, placed: Placed, ruling: str) -> None:
        self._change(placed, "ruling = ?", ruling)

    def places(self, folder: str, outcome: Outcome) -> Iterator[Placed]:
        """In the order of the run; read page by page, so that what is read may be changed meanwhile."""
        last = (0, "")
        while True:
            rows = self._db.execute(
                f"SELECT {', '.join(FIELDS)} FROM places WHERE folder = ? AND outcome = ? AND (number, key) > (?, ?) "  # noqa: S608
                "ORDER BY number, key LIMIT ?",
                (folder, outcome, *last, PAGE),
            ).fetchall()
            for row in rows:
                yield _placed(row)
            if len(rows) < PAGE:
                return
            last = (_placed(rows[-1]).number, _placed(rows[-1]).key)

    def weakest(self, folder: str, outcome: Outcome, limit: int) -> list[Placed]:
        """Those that Rekognition was least sure of."""
        rows = self._db.execute(
            f"SELECT {', '.join(FIELDS)} FROM places WHERE folder = ? AND outcome = ? "  # noqa: S608
            "ORDER BY confidence, number LIMIT ?",
            (folder, outcome, limit),
        )
        return [_placed(row) for row in rows]

    def count(self, folder: str, outcome: Outcome) -> int:
        found = self._one("SELECT count(*) FROM places WHERE folder = ? AND outcome = ?", folder, outcome)
        return int(found[0]) if found else 0

    def _change(self, placed: Placed, what: str, *values: str) -> None:
        self._db.execute(
            f"UPDATE places SET {what} WHERE folder = ? AND key = ?",  # noqa: S608  a constant of this file
            (*values, placed.folder, placed.key),
        )


def _placed(row: Sequence[Any]) -> Placed:
    return msgspec.convert(dict(zip(FIELDS, row, strict=True)), Placed, strict=False)
