"""One training, from the manifests to the adapter, its evaluation and all the files that AWS writes."""

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gavel_emulator.rekognition.adapters import evaluation
from gavel_emulator.rekognition.adapters.evaluation import Trial
from gavel_emulator.rekognition.adapters.features import Features, features
from gavel_emulator.rekognition.adapters.manifest import (
    Line,
    LineError,
    TrainingFailed,
    check_bucket,
    read_lines,
    split,
)
from gavel_emulator.rekognition.adapters.model import Lesson, Model, confidences, lesson
from gavel_emulator.rekognition.adapters.versions import Files, Learned, Outcome, S3Place, Version
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.moderation import moderation_answer
from gavel_emulator.rekognition.scene import Picture, Scene
from gavel_emulator.rekognition.taxonomy import taxonomy

MAX_IMAGES = 10_000
MIN_TESTED = 20
MIN_FALSE_POSITIVES = 20
MIN_FALSE_NEGATIVES = 50
"""Developer Guide, "Custom Moderation": of each dataset; of the test set; for each label that is to improve."""
TOLD_FROM = 5.0
"""The confidence from which predictions stand in the output manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    read: Callable[[Place, S3Place], bytes]
    """A manifest. Raises TrainingFailed."""
    pictures: Callable[[Place, str], Callable[[str], Picture]]
    """Of a bucket, by key; raises TrainingFailed for the bucket and RekognitionError for a picture."""
    write: Callable[[Place, S3Place, bytes], None]
    """Raises TrainingFailed."""
    look: Callable[[Picture], Scene]
    """The base model. Raises RekognitionError."""
    teach: Callable[[Lesson], Model]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One image that was read: its features, and what the base model sees."""

    line: Line
    features: Features
    scene: Scene
    base: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    lines: Sequence[Line]
    examples: Sequence[Example]


def train(ports: Ports, version: Version) -> Outcome:
    """Takes as long as reading every image takes, and seconds more. Raises nothing but defects: what is wrong with the
    request's data is the outcome's message.
    """
    began = time.monotonic()
    files = None
    try:
        training, testing = _datasets(ports, version)
        files = _write_validation(ports, version, training, testing)
        if len(testing.examples) < MIN_TESTED:
            raise TrainingFailed(
                f"The test dataset has {len(testing.examples)} valid images; at least {MIN_TESTED} are needed."
            )
        labels = trainable(training.examples, version.threshold)
        if not labels:
            raise TrainingFailed(
                f"No label has {MIN_FALSE_POSITIVES} false positives or {MIN_FALSE_NEGATIVES} false negatives "
                "in the training dataset."
            )
        examples = training.examples
        model = ports.teach(
            lesson(
                labels,
                [example.features for example in examples],
                [example.base for example in examples],
                [example.line.truth for example in examples],
            )
        )
        learned = _evaluated(ports, version, model, training, testing, began)
        return Outcome(files=files, learned=learned)
    except TrainingFailed as failure:
        return Outcome(message=str(failure), files=files)


def trainable(examples: Sequence[Example], threshold: float) -> list[str]:
    """The labels of which the base model gets enough wrong for an adapter to learn from."""
    false_positives: Counter[str] = Counter()
    false_negatives: Counter[str] = Counter()
    for example in examples:
        seen = {label for label, sure in example.base.items() if sure >= threshold}
        false_positives.update(seen - example.line.truth)
        false_negatives.update(example.line.truth - seen)
    return [
        label
        for label in taxonomy().labels
        if false_positives[label] >= MIN_FALSE_POSITIVES or false_negatives[label] >= MIN_FALSE_NEGATIVES
    ]


def _datasets(ports: Ports, version: Version) -> tuple[Dataset, Dataset]:
    training, testing = version.request["TrainingData"], version.request["TestingData"]
    place = version.project.place
    lines = _lines(ports, place, training, "training")
    if testing.get("AutoCreate"):
        lines, tested = split(lines)
    else:
        tested = _lines(ports, place, testing, "test")
    return _look(ports, place, lines), _look(ports, place, tested)


def _lines(ports: Ports, place: Place, given: Mapping[str, Any], name: str) -> list[Line]:
    manifests = [asset["GroundTruthManifest"]["S3Object"] for asset in given["Assets"]]
    lines = [line for manifest in manifests for line in read_lines(ports.read(place, manifest))]
    if len(lines) > MAX_IMAGES:
        raise TrainingFailed(f"The {name} dataset has {len(lines)} images; at most {MAX_IMAGES} are allowed.")
    return lines


def _look(ports: Ports, place: Place, lines: Sequence[Line]) -> Dataset:
    """Every image looked at; a line whose image can't be used has that as its error."""
    read = ports.pictures(place, check_bucket(lines))
    looked: list[Line] = []
    examples: list[Example] = []
    for line in lines:
        if line.error is None:
            try:
                picture = read(line.key)
                scene = ports.look(picture)
            except RekognitionError as refusal:
                looked.append(replace(line, error=LineError("ERROR_INVALID_IMAGE", refusal.message)))
                continue
            examples.append(Example(line=line, features=features(picture.pixels), scene=scene, base=confidences(scene)))
        looked.append(line)
    return Dataset(lines=looked, examples=examples)


def _write_validation(ports: Ports, version: Version, training: Dataset, testing: Dataset) -> Files:
    """The manifests with each line's errors, and their summary: in the shapes of Custom Labels, since the guide for
    adapters shows none.
    """
    datasets = {"training": training, "testing": testing}
    files = Files(
        summary=_place(version, "manifest_summary.json"),
        training_validation=_place(version, "training/validation.manifest"),
        testing_validation=_place(version, "testing/validation.manifest"),
    )
    bad = {name: [line for line in dataset.lines if line.error] for name, dataset in datasets.items()}
    summary = {
        "statistics": {
            name: {
                "total_json_lines": len(dataset.lines),
                "valid_json_lines": len(dataset.examples),
                "invalid_json_lines": len(bad[name]),
            }
            for name, dataset in datasets.items()
        },
        "errors": {name: {"error_line_indices": [line.number for line in bad[name]]} for name in datasets},
    }
    here = version.project.place
    ports.write(here, files.summary, json.dumps(summary, indent=2).encode())
    ports.write(here, files.training_validation, _json_lines(map(_validated, training.lines)))
    ports.write(here, files.testing_validation, _json_lines(map(_validated, testing.lines)))
    return files


def _validated(line: Line) -> Any:
    if line.error is None:
        return line.entry
    entry = line.entry if isinstance(line.entry, dict) else {"line": line.text}
    return {**entry, "cl-metadata": {"errors": [{"code": line.error.code, "message": line.error.message}]}}


def _evaluated(
    ports: Ports,
    version: Version,
    model: Model,
    training: Dataset,
    testing: Dataset,
    began: float,
) -> Learned:
    """The adapter tested, and told of."""
    adapted = [model.adapt(example.features, example.scene) for example in testing.examples]
    tested = [
        Trial(truth=example.line.truth, base=example.base, adapter=confidences(scene))
        for example, scene in zip(testing.examples, adapted, strict=True)
    ]
    document = evaluation.document(
        version_arn=version.arn,
        ended_at=ports.clock(),
        threshold=version.threshold,
        labels=model.labels,
        tested=tested,
        training_images=len(training.examples),
    )
    outputs = [
        {
            **example.line.entry,
            "detect-moderation-labels": {**_prediction(scene), "ProjectVersion": version.arn},
            "detect-moderation-labels-base-model": _prediction(example.scene),
        }
        for example, scene in zip(testing.examples, adapted, strict=True)
    ]
    learned = Learned(
        model=model,
        f1=document["AggregatedEvaluationResults"]["F1Score"],
        billable_s=math.ceil(time.monotonic() - began),
        training_output=_place(version, "training/output.manifest"),
        testing_output=_place(version, "testing/output.manifest"),
        evaluation=_place(version, "evaluation_results.json"),
    )
    here = version.project.place
    ports.write(here, learned.training_output, _json_lines(example.line.entry for example in training.examples))
    ports.write(here, learned.testing_output, _json_lines(outputs))
    ports.write(here, learned.evaluation, json.dumps(document, indent=2).encode())
    return learned


def _prediction(scene: Scene) -> dict[str, Any]:
    answer = moderation_answer(scene, taxonomy(), TOLD_FROM)
    return {"ModerationLabels": answer["ModerationLabels"], "ModerationModelVersion": answer["ModerationModelVersion"]}


def _json_lines(entries: Any) -> bytes:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()


def _place(version: Version, name: str) -> S3Place:
    """Where AWS puts them isn't documented: read it from DescribeProjectVersions."""
    output = version.request["OutputConfig"]
    prefix = output.get("S3KeyPrefix", "").rstrip("/")
    key = f"{version.project.name}-{version.name}/{name}"
    return {"Bucket": output["S3Bucket"], "Name": f"{prefix}/{key}" if prefix else key}
