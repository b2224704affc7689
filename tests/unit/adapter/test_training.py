"""From images to a version of a project, the same one for the same images, seed and threshold."""

import json
from typing import Any

import pytest

from cli.adapter.manifest import Image, SetProblems
from cli.adapter.training import Wish, prepare, start
from shared.contracts.messages import MediaRef
from tests.unit.adapter.sessions import stack

WISH = Wish(share=0.2, seed=0, threshold=50, output=MediaRef(bucket="evidence", key="adapters"))
SMOKERS = 100
IMAGES = [
    Image(
        bucket="photos",
        key=f"{number:03}.jpg",
        labels=frozenset({"Smoking"} if number < SMOKERS else ()),
        predicted={},
        content=str(number),
    )
    for number in range(150)
]


def asset(key: str) -> dict[str, Any]:
    return {"Assets": [{"GroundTruthManifest": {"S3Object": {"Bucket": "evidence", "Name": key}}}]}


def keys(text: bytes) -> set[str]:
    return {json.loads(line)["source-ref"] for line in text.splitlines()}


async def test_manifests_are_uploaded_and_the_training_begins_once() -> None:
    here = stack()
    await here.session.projects.create("smokers", auto_update=False)
    project = await here.session.project("smokers")
    prepared = prepare(IMAGES, WISH)
    adapter, is_new = await start(prepared, project, WISH, here.session.projects, here.s3)
    assert is_new
    assert adapter.label == f"smokers/{prepared.name}"
    folder = f"adapters/smokers/{prepared.name}"
    training, testing = (here.s3.objects[f"{folder}/{part}.manifest"] for part in ("training", "testing"))
    assert (len(keys(training)), len(keys(testing))) == (120, 30)
    assert keys(training).isdisjoint(keys(testing))
    (request,) = here.rekognition.trainings
    assert request == {
        "ProjectArn": project.arn,
        "VersionName": prepared.name,
        "OutputConfig": {"S3Bucket": "evidence", "S3KeyPrefix": f"{folder}/"},
        "TrainingData": asset(f"{folder}/training.manifest"),
        "TestingData": asset(f"{folder}/testing.manifest"),
        "FeatureConfig": {"ContentModeration": {"ConfidenceThreshold": 50}},
    }

    again, is_new = await start(prepare(IMAGES[::-1], WISH), project, WISH, here.session.projects, here.s3)
    assert (again, is_new) == (adapter, False)
    assert len(here.rekognition.trainings) == 1


def test_another_seed_or_threshold_is_another_adapter() -> None:
    names = {
        prepare(IMAGES, Wish(share=0.2, seed=seed, threshold=threshold, output=WISH.output)).name
        for seed, threshold in ((0, 50), (1, 50), (0, 60))
    }
    assert len(names) == 3


def test_nothing_is_prepared_of_too_little() -> None:
    with pytest.raises(SetProblems):
        prepare(IMAGES[:40], WISH)
