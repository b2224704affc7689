"""What a filter run is asked for, checked whole: every problem at once, and before anything is paid."""

import hashlib
import math
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Self

import msgspec

from cli.runs import PlanProblems
from shared.taxonomy import general

STATE_FOLDER: Final = ".gavel"
"""Under the destination: what a run leaves there of itself."""
ADDRESS: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?", re.DOTALL)
FOLDER: Final = re.compile(r"(?![. ])[^/\x00-\x1f\x7f]{1,200}(?<! )")
BAND: Final = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
LEAST_CONFIDENCE: Final = 40.0
"""Asked of Rekognition even where the threshold is far above: the price is the same, and the histogram shows by how
much images have failed."""


class Sample(StrEnum):
    LISTED = "listed"
    RANDOM = "random"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A folder in S3: `prefix` is empty or ends with a slash."""

    bucket: str
    prefix: str = ""

    @classmethod
    def read(cls, address: str) -> Self | None:
        found = ADDRESS.fullmatch(address)
        if found is None:
            return None
        prefix = (found["prefix"] or "").strip("/")
        return cls(bucket=found["bucket"], prefix=f"{prefix}/" if prefix else "")

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def below(self, *names: str) -> str:
        """The key of something in this folder."""
        return self.prefix + "/".join(names)

    def holds(self, other: Self) -> bool:
        return self.bucket == other.bucket and other.prefix.startswith(self.prefix)


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Confidences from `low` up to, and without, `high`: a person's turn."""

    low: float
    high: float


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A label, and the folder that its images go to."""

    label: str
    folder: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What ends a run before the source does: `target` images in every folder, `max_scan` paid calls, `patience` misses
    in a row."""

    target: int | None = None
    max_scan: int | None = None
    patience: int | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    source: Place
    dest: Place
    wanted: tuple[Wanted, ...]
    threshold: float
    band: Band | None = None
    limits: Limits = Limits()
    sample: Sample = Sample.LISTED
    seed: int = 0
    with_boxes: bool = False
    keep_duplicates: bool = False

    @property
    def run(self) -> str:
        """Follows from where images come from and go to, so that a repeat finds what was paid already."""
        parts = (self.source.address, self.dest.address, *sorted(wanted.folder for wanted in self.wanted))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]

    @property
    def min_confidence(self) -> float:
        """What Rekognition is asked for, so that everything that counts is in its answer."""
        return min(LEAST_CONFIDENCE, self.threshold, self.band.low if self.band else self.threshold)

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(wanted.folder for wanted in self.wanted)

    def state_key(self, name: str) -> str:
        return self.dest.below(STATE_FOLDER, self.run, name)


def read_plan(
    *,
    source: str,
    dest: str,
    labels: Sequence[str],
    name: str | None,
    threshold: float,
    band: str | None,
    limits: Limits,
    sample: Sample,
    seed: int,
    with_boxes: bool,
    keep_duplicates: bool,
    allow_unknown_labels: bool,
) -> Plan:
    """Raises PlanProblems with all of them."""
    problems: list[str] = []
    places = _place(source, "--source", problems), _place(dest, "--dest", problems)
    wanted = _wanted(labels, name, problems, allow_unknown=allow_unknown_labels)
    if not 0 < threshold <= 100:
        problems.append(f"--threshold {threshold:g}: a confidence is over 0 and at most 100")
    asked = _band(band, threshold, problems) if band is not None else None
    for option, value in (
        ("--target", limits.target),
        ("--max-scan", limits.max_scan),
        ("--patience", limits.patience),
    ):
        if value is not None and value < 1:
            problems.append(f"{option} {value}: it must be 1 at least")
    if places[0] is not None and places[1] is not None:
        problems += _overlaps(places[0], places[1], wanted)
    if problems or places[0] is None or places[1] is None:
        raise PlanProblems(problems)
    return Plan(
        source=places[0],
        dest=places[1],
        wanted=wanted,
        threshold=threshold,
        band=asked,
        limits=limits,
        sample=sample,
        seed=seed,
        with_boxes=with_boxes,
        keep_duplicates=keep_duplicates,
    )


def resume_problems(before: Plan, now: Plan) -> list[str]:
    """Why the run that was begun with `before` can't go on as `now`: a resumed run only looks further."""
    told = [
        f"{name.replace('_', '-')}: the run was begun with {_told(old)}, not {_told(new)}"
        for name in ("wanted", "threshold", "band", "sample", "seed", "with_boxes", "keep_duplicates")
        if (old := getattr(before, name)) != (new := getattr(now, name))
    ]
    for name in ("target", "max_scan", "patience"):
        old, new = getattr(before.limits, name), getattr(now.limits, name)
        if (math.inf if new is None else new) < (math.inf if old is None else old):
            told.append(f"--{name.replace('_', '-')} {new}: the run was begun with {_told(old)} and only goes further")
    return told


def _place(address: str, option: str, problems: list[str]) -> Place | None:
    found = Place.read(address)
    if found is None:
        problems.append(f"{option} {address!r}: write s3://bucket or s3://bucket/folder")
    return found


def _wanted(labels: Sequence[str], name: str | None, problems: list[str], *, allow_unknown: bool) -> tuple[Wanted, ...]:
    found: dict[str, str] = {}
    for label in labels:
        known = general.find(label)
        if known is None and not allow_unknown:
            problems.append(_unknown(label))
        spelt = known.name if known else label.strip()
        found.setdefault(spelt.casefold(), spelt)
    if name is not None and len(found) > 1:
        problems.append(f"--name {name!r}: it names one folder, and there are {len(found)} labels: each has its own")
    wanted = tuple(Wanted(label=label, folder=label if name is None else name) for label in found.values())
    problems += [
        f"{each.folder!r} can't be a folder: it may not be empty, begin with a dot, or have a slash in it"
        for each in wanted
        if not FOLDER.fullmatch(each.folder)
    ]
    return wanted


def _unknown(label: str) -> str:
    near = general.nearest(label)
    meant = f" Is {' or '.join(near)} meant?" if near else ""
    return (
        f"--label {label!r}: not among the {len(general.general_labels())} labels that Gavel knows of.{meant} "
        "Rekognition can't be asked for its list, which is longer: --allow-unknown-label takes this one all the same"
    )


def _band(text: str, threshold: float, problems: list[str]) -> Band | None:
    found = BAND.fullmatch(text.strip())
    if found is None:
        problems.append(f"--review-band {text!r}: write two confidences, as 50-90")
        return None
    band = Band(low=float(found[1]), high=float(found[2]))
    if not 0 < band.low < band.high <= 100:
        problems.append(f"--review-band {text}: it must go upwards, within 0 and 100")
    elif band.high > threshold:
        problems.append(
            f"--review-band {text}: it reaches over the threshold of {threshold:g}, from which images are kept unasked"
        )
    return band


def _overlaps(source: Place, dest: Place, wanted: Sequence[Wanted]) -> list[str]:
    if source == dest:
        return ["--dest: it is the source; copies would be found as images of the source"]
    if source.holds(dest):
        return [f"--dest {dest.address}: it is in the source {source.address}; copies would be found as images of it"]
    return [
        f"--source {source.address}: it is in the folder {target.address} that images are copied to"
        for each in wanted
        if (target := Place(bucket=dest.bucket, prefix=dest.below(each.folder) + "/")).holds(source)
    ]


def _told(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Band():
            return f"{value.low:g}-{value.high:g}"
        case tuple():
            return ", ".join(f"{each.label} in {each.folder!r}" for each in value)
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)
