"""From a verified set to an adapter in training: everything is checked before anything is paid for."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cli.adapter.looking import S3, Kept, unasked, with_content
from cli.adapter.manifest import Image, SetProblems, VerifiedSet, lines_of
from cli.adapter.split import Mistakes, Parts, conflicts, mistakes, shortfalls, split
from shared.aws.adapter_projects import AdapterProjects
from shared.aws.errors import translated
from shared.contracts.messages import MediaRef
from shared.custom_moderation.projects import Adapter, Project
from shared.errors import Permanent
from shared.prices import PRICES


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`share` (0-1) of the images test the adapter, `threshold` is the confidence from which a label counts.

    `output` is a bucket and the prefix under which manifests and results go.
    """

    share: float
    seed: int
    threshold: float
    output: MediaRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A set before anything is paid: `unasked` images need the base model's answer, for `cost_usd` in all."""

    images: tuple[Image, ...]
    repeats: int
    unasked: int
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What can be trained on. `name` follows from the parts and the threshold, so that a repeat finds its version."""

    name: str
    parts: Parts
    mistakes: Mapping[str, Mistakes]


class Uploader(Protocol):
    async def put_object(self, **request: Any) -> dict[str, Any]: ...


async def look(verified: VerifiedSet, s3: S3, kept: Kept) -> Looked:
    """Raises SetProblems with everything that can be told for nothing."""
    images = await with_content(verified.images, s3)
    if problems := conflicts(images):
        raise SetProblems(problems)
    missing = len(unasked(images, kept))
    return Looked(
        images=images, repeats=verified.repeats, unasked=missing, cost_usd=PRICES["rekognition_image"].cost(missing)
    )


def prepare(images: Sequence[Image], wish: Wish) -> Prepared:
    """Raises SetProblems with everything for which Rekognition would refuse, or train in vain."""
    parts = split(images, share=wish.share, seed=wish.seed, threshold=wish.threshold)
    if problems := shortfalls(parts, wish.threshold):
        raise SetProblems(problems)
    told = "\x1e".join((f"{wish.threshold:g}", manifest(parts.training), manifest(parts.testing)))
    return Prepared(
        name=hashlib.sha256(told.encode()).hexdigest()[:12],
        parts=parts,
        mistakes=mistakes(parts.training, wish.threshold),
    )


async def start(
    prepared: Prepared, project: Project, wish: Wish, projects: AdapterProjects, s3: Uploader
) -> tuple[Adapter, bool]:
    """The adapter, and whether this began its training: the same set, seed and threshold are the same version."""
    known = await projects.adapter(project.arn, prepared.name)
    if known is not None:
        return known, False
    folder = "/".join(part for part in (wish.output.key.strip("/"), project.name, prepared.name) if part)
    training, testing = (
        MediaRef(bucket=wish.output.bucket, key=f"{folder}/{part}.manifest") for part in ("training", "testing")
    )
    for place, images in ((training, prepared.parts.training), (testing, prepared.parts.testing)):
        with translated("output"):
            await s3.put_object(
                Bucket=place.bucket,
                Key=place.key,
                Body=manifest(images).encode(),
                ContentType="application/x-ndjson",
            )
    await projects.train(
        project.arn,
        prepared.name,
        training=training,
        testing=testing,
        output=MediaRef(bucket=wish.output.bucket, key=f"{folder}/"),
        threshold=wish.threshold,
    )
    begun = await projects.adapter(project.arn, prepared.name)
    if begun is None:
        raise Permanent("adapter-missing", "Rekognition began to train it and doesn't list it")
    return begun, True


def manifest(images: Sequence[Image]) -> str:
    return "".join(f"{line}\n" for line in lines_of(images))
