"""What the API says of projects and adapters."""

from typing import Any

from gavel_emulator.rekognition.adapters.versions import Files, Learned, Project, S3Place, Status, Version
from gavel_emulator.rekognition.taxonomy import taxonomy


def describe_project(project: Project) -> dict[str, Any]:
    described: dict[str, Any] = {
        "ProjectArn": project.arn,
        "CreationTimestamp": project.created_at,
        "Status": "CREATED",
        "Datasets": [],
        "Feature": project.feature,
    }
    if project.auto_update:
        described["AutoUpdate"] = project.auto_update
    return described


def describe_version(version: Version) -> dict[str, Any]:
    """What the training has written is told once it is over."""
    described: dict[str, Any] = {
        "ProjectVersionArn": version.arn,
        "CreationTimestamp": version.created_at,
        "Status": version.status,
        "OutputConfig": version.request["OutputConfig"],
        "Feature": version.project.feature,
        "BaseModelVersion": taxonomy().version,
        **{name: version.request[name] for name in ("KmsKeyId", "VersionDescription") if name in version.request},
    }
    described["FeatureConfig"] = {"ContentModeration": {"ConfidenceThreshold": version.threshold}}
    if version.status is Status.TRAINING_IN_PROGRESS or version.outcome is None:
        return described
    outcome = version.outcome
    described["TrainingEndTimestamp"] = version.ended_at
    if outcome.message:
        described["StatusMessage"] = outcome.message
    if outcome.files:
        described |= _describe_files(version, outcome.files, outcome.learned)
    if outcome.learned:
        described["BillableTrainingTimeInSeconds"] = outcome.learned.billable_s
        described["EvaluationResult"] = {
            "F1Score": outcome.learned.f1,
            "Summary": {"S3Object": dict(outcome.learned.evaluation)},
        }
    return described


def _describe_files(version: Version, files: Files, learned: Learned | None) -> dict[str, Any]:
    training: dict[str, Any] = {
        "Input": version.request["TrainingData"],
        "Validation": _assets(files.training_validation),
    }
    testing: dict[str, Any] = {
        "Input": version.request["TestingData"],
        "Validation": _assets(files.testing_validation),
    }
    if learned:
        training["Output"] = _assets(learned.training_output)
        testing["Output"] = _assets(learned.testing_output)
    return {
        "ManifestSummary": {"S3Object": dict(files.summary)},
        "TrainingDataResult": training,
        "TestingDataResult": testing,
    }


def _assets(place: S3Place) -> dict[str, Any]:
    return {"Assets": [{"GroundTruthManifest": {"S3Object": dict(place)}}]}
