"""Reads a verified set: one image a line, with the labels that people say are right, in Rekognition's own shape."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.taxonomy.labels import ancestors, is_known, nearest, successors

MAX_IMAGES: Final = 10_000
"""To train and to test with. Rekognition guide, "Guidelines and quotas"."""
SOURCE: Final = "source-ref"
TRUTH: Final = "content-moderation-groundtruth"
PREDICTIONS: Final = ("detect-moderation-labels-base-model", "detect-moderation-labels")
"""Where a line may say what the base model saw: as in the manifests that training leaves, and as in bulk results."""
ADAPTED: Final = "ProjectVersion"
"""Where an answer has this key, an adapter gave it."""
CONTENT: Final = "sha256"
"""Gavel's own: the digest of the image's bytes, where whoever wrote the line knew it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One line. `labels` are what is right, as written; `predicted` is the base model's confidence by label, None where
    the line doesn't say. `content` is the same for the same bytes, once that is known."""

    bucket: str
    key: str
    labels: frozenset[str]
    predicted: Mapping[str, float] | None = None
    content: str | None = None

    @property
    def ref(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def truth(self) -> frozenset[str]:
        """The labels with their ancestors, which Rekognition names beside them."""
        return self.labels | {above for label in self.labels for above in ancestors(label)}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSet:
    """`repeats` counts lines that say once more what another says."""

    images: tuple[Image, ...]
    repeats: int


class SetProblems(Exception):
    """A set can't be trained on; `problems` are all the reasons, each a sentence for people."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def read_set(lines: Iterable[str]) -> VerifiedSet:
    """Raises SetProblems with everything that is wrong."""
    problems: list[str] = []
    images: dict[str, Image] = {}
    repeats = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        image, wrong = _read(line)
        problems.extend(f"line {number}: {each}" for each in wrong)
        if image is None:
            continue
        first = images.setdefault(image.ref, image)
        if first is image:
            continue
        repeats += 1
        if first.labels != image.labels:
            problems.append(f"line {number}: {image.ref} came before, with other labels")
    buckets = sorted({image.bucket for image in images.values()})
    if len(buckets) > 1:
        problems.append(f"the images are in {len(buckets)} buckets ({', '.join(buckets)}); Rekognition takes one")
    if len(images) > MAX_IMAGES:
        problems.append(f"there are {len(images):,} images; Rekognition takes {MAX_IMAGES:,}")
    if not images and not problems:
        problems.append("there is no image in it")
    if problems:
        raise SetProblems(problems)
    return VerifiedSet(images=tuple(images.values()), repeats=repeats)


def lines_of(images: Iterable[Image]) -> Iterator[str]:
    """What Rekognition trains on, and nothing else of what is known."""
    for image in images:
        labels = [{"Name": label} for label in sorted(image.labels)]
        yield json.dumps({SOURCE: image.ref, TRUTH: {"ModerationLabels": labels}}, ensure_ascii=False)


def _read(line: str) -> tuple[Image | None, list[str]]:
    try:
        told = json.loads(line)
    except ValueError:
        return None, ["isn't JSON"]
    if not isinstance(told, dict):
        return None, ["isn't a JSON object"]
    problems: list[str] = []
    scheme, _, place = str(told.get(SOURCE, "")).partition("://")
    bucket, _, key = place.partition("/")
    if scheme != "s3" or not bucket or not key:
        problems.append(f"`{SOURCE}` takes s3://bucket/key")
    labels = _names(told.get(TRUTH))
    if labels is None:
        problems.append(f'`{TRUTH}` takes {{"ModerationLabels": [{{"Name": …}}]}}, with an empty list where nothing is')
    problems.extend(_about(label) for label in sorted(labels or ()) if not is_known(label))
    if problems or labels is None:
        return None, problems
    content = told.get(CONTENT)
    return (
        Image(
            bucket=bucket,
            key=key,
            labels=frozenset(labels),
            predicted=_predicted(told),
            content=content if isinstance(content, str) and content else None,
        ),
        [],
    )


def _names(truth: Any) -> set[str] | None:
    labels = truth.get("ModerationLabels") if isinstance(truth, dict) else None
    if not isinstance(labels, list):
        return None
    names = [label["Name"] for label in labels if isinstance(label, dict) and isinstance(label.get("Name"), str)]
    return set(names) if len(names) == len(labels) else None


def _predicted(told: Mapping[str, Any]) -> Mapping[str, float] | None:
    """What can't be read as predictions isn't there: then Rekognition is asked."""
    for name in PREDICTIONS:
        labels = told[name].get("ModerationLabels") if isinstance(told.get(name), dict) else None
        if not isinstance(labels, list) or ADAPTED in told[name]:
            continue
        try:
            return {str(each["Name"]): float(each["Confidence"]) for each in labels}
        except (KeyError, TypeError, ValueError):
            continue
    return None


def _about(label: str) -> str:
    known = successors(label) or nearest(label)
    hint = f": {' or '.join(known)}?" if known else ""
    return f"{label[:80]!r} is no label of the moderation taxonomy{hint}"
