"""A setting that can't be used ends the emulator at once, with a text for the person who made it."""

import json
from pathlib import Path

import pytest

from cli.local import free_port
from tests.emulator import ENDED_WITHIN_S, start


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("GAVEL_DETECTOR", "yolo", "GAVEL_DETECTOR is 'yolo'; there are scripted, nudenet"),
        ("GAVEL_LABELS_FILE", "labels.json", "did you mean 'Violence'?"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_start(tmp_path: Path, setting: str, value: str, problem: str) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"ab" * 32: {"labels": "Violense:90"}}), "utf-8")
    process = start(free_port(), tmp_path, {setting: str(labels) if value == labels.name else value})
    try:
        ready, _ = process.communicate(timeout=ENDED_WITHIN_S)
    finally:
        process.kill()
    told = (tmp_path / "stderr").read_text("utf-8")
    assert process.returncode == 1
    assert not ready
    assert problem in told
    assert "Traceback" not in told
