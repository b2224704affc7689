"""The environment of the emulated Rekognition."""

from pathlib import Path

import pytest
from gavel_emulator.rekognition.settings import DetectorName, Settings, read_settings


def test_without_an_environment_pictures_are_scripted() -> None:
    assert read_settings({}) == Settings(detector=DetectorName.SCRIPTED, labels_file=None, latency_s=0.02)


def test_without_an_environment_video_jobs_are_quick() -> None:
    settings = read_settings({})
    assert (settings.video_job_share, settings.video_job_min_s) == (0.05, 0.25)


def test_everything_can_be_set() -> None:
    environment = {
        "GAVEL_DETECTOR": "nudenet",
        "GAVEL_LABELS_FILE": "samples/labels.yaml",
        "GAVEL_REKOGNITION_LATENCY_MS": "0",
        "GAVEL_VIDEO_JOB_SHARE": "1",
        "GAVEL_VIDEO_JOB_MIN_MS": "60000",
        "GAVEL_ANALYSIS_IMAGE_MS": "50",
        "GAVEL_ANALYSIS_JOB_MIN_MS": "2000",
        "GAVEL_ADAPTER_TRAINING_MIN_MS": "500",
    }
    assert read_settings(environment) == Settings(
        detector=DetectorName.NUDENET,
        labels_file=Path("samples/labels.yaml"),
        latency_s=0.0,
        video_job_share=1.0,
        video_job_min_s=60.0,
        analysis_image_s=0.05,
        analysis_job_min_s=2.0,
        adapter_training_min_s=0.5,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GAVEL_DETECTOR", "yolo"),
        ("GAVEL_REKOGNITION_LATENCY_MS", "fast"),
        ("GAVEL_REKOGNITION_LATENCY_MS", "-1"),
        ("GAVEL_REKOGNITION_LATENCY_MS", "nan"),
        ("GAVEL_REKOGNITION_LATENCY_MS", "60001"),
        ("GAVEL_VIDEO_JOB_SHARE", "-0.1"),
        ("GAVEL_VIDEO_JOB_MIN_MS", "soon"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_settings({name: value})
