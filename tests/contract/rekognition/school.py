"""Projects, pictures in which something is painted, and adapters that learn to see it."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from tests import media
from tests.conftest import Eventually
from tests.contract.rekognition.pictures import Shelf
from tests.emulator import Emulator

LABEL = "Smoking"
PARENTS = ("Drugs & Tobacco Paraphernalia & Use", "Drugs & Tobacco")


def painted(seed: int, *, disc: bool) -> bytes:
    """A picture of many colours; with a disc of one certain red, anywhere."""
    dice = random.Random(seed)  # noqa: S311 - the same pictures in every run
    image = Image.new("RGB", media.SIZE, _color(dice))
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        x, y, side = dice.randrange(140), dice.randrange(100), dice.randrange(10, 50)
        draw.rectangle((x, y, x + side, y + side), fill=_color(dice))
    if disc:
        x, y = dice.randrange(110), dice.randrange(70)
        draw.ellipse((x, y, x + 45, y + 45), fill=(230, 20, 30))
    return media.encoded(image, "JPEG", quality=90)


def _color(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(200), dice.randrange(256), dice.randrange(256)


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """A Rekognition whose quotas are out of the way, a bucket, and a project."""

    rekognition: Any
    emulator: Emulator
    shelf: Shelf
    eventually: Eventually
    project: str

    def examples(self, seeds: Iterable[int], *, base: str = "") -> list[dict[str, Any]]:
        """Manifest lines for new pictures: every second has the disc, and the base model sees `base` in each."""
        lines = []
        for seed in seeds:
            disc = seed % 2 == 0
            place = self.shelf.put(painted(seed, disc=disc), key=f"{seed}.jpg", labels=base)["S3Object"]
            truth = [{"Name": LABEL}] if disc else []
            lines.append(
                {
                    "source-ref": f"s3://{place['Bucket']}/{place['Name']}",
                    "content-moderation-groundtruth": {"ModerationLabels": truth},
                }
            )
        return lines

    def manifest(self, name: str, lines: Iterable[Any]) -> dict[str, Any]:
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        self.shelf.s3.put_object(Bucket=self.shelf.bucket, Key=name, Body=text.encode())
        return {"GroundTruthManifest": {"S3Object": {"Bucket": self.shelf.bucket, "Name": name}}}

    def begin(self, name: str, training: dict[str, Any], testing: dict[str, Any] | None = None, **more: Any) -> str:
        """Starts a training of these manifests; without test data they are made by the service."""
        arn: str = self.rekognition.create_project_version(
            ProjectArn=self.project,
            VersionName=name,
            OutputConfig={"S3Bucket": self.shelf.bucket, "S3KeyPrefix": "results/"},
            TrainingData={"Assets": [training]},
            TestingData={"Assets": [testing]} if testing else {"AutoCreate": True},
            **more,
        )["ProjectVersionArn"]
        return arn

    def describe(self, name: str) -> dict[str, Any]:
        answer = self.rekognition.describe_project_versions(ProjectArn=self.project, VersionNames=[name])
        (description,) = answer["ProjectVersionDescriptions"]
        return dict(description)

    def trained(self, name: str) -> dict[str, Any]:
        """The description when the training is over."""

        def over() -> dict[str, Any] | None:
            description = self.describe(name)
            return description if description["Status"] != "TRAINING_IN_PROGRESS" else None

        return self.eventually(over, within_s=120) or {}

    def read(self, place: dict[str, str]) -> str:
        """What the service has written there."""
        body = self.shelf.s3.get_object(Bucket=place["Bucket"], Key=place["Name"])["Body"].read()
        return str(body.decode())

    def read_lines(self, result: dict[str, Any]) -> list[Any]:
        (asset,) = result["Assets"]
        return [json.loads(line) for line in self.read(asset["GroundTruthManifest"]["S3Object"]).splitlines()]

    def grow_old(self, arn: str, status: str) -> None:
        self.emulator.post("/_gavel/adapters", {"arn": arn, "status": status})
