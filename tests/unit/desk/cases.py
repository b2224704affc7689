"""Tasks as A2I would give them to a page."""

from typing import Any, Final

from infra.policy_files import policy_files
from shared.policy.model import Policy
from shared.timecode import timecode

STANDARD: Final[Policy] = next(file.policy for file in policy_files(("standard",)))


def label(name: str, parent: str, confidence: float, *, flagged: bool = False) -> dict[str, Any]:
    return {"name": name, "parentName": parent, "confidence": confidence, "flagged": flagged}


FOUND: Final = (
    label("Violence", "", 92.61),
    label("Graphic Violence", "Violence", 92.61),
    label("Weapon Violence", "Graphic Violence", 92.61, flagged=True),
    label("Alcohol", "", 71.2),
    label("Alcohol Use", "Alcohol", 71.2),
    label("Drinking", "Alcohol Use", 71.2, flagged=True),
)


def custom_input(**changes: Any) -> dict[str, Any]:
    """What REVIEW starts a loop with (`services.review.domain.tasks.loop_input`)."""
    return {
        "mediaId": "k3v7yq2mnb5x4c6tdhw2pzr7ae",
        "kind": "image",
        "taskObject": "s3://gavel-media/uploads/on the beach.jpg",
        "taskObjectVersion": "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
        "labels": list(FOUND),
        "category": "Violence",
        "severity": 60,
        "round": 1,
        "policy": {"name": STANDARD.name, "version": STANDARD.version},
        "instructions": STANDARD.review.instructions,
        **changes,
    }


def segment(id_: int, name: str, parent: str, start_ms: int, end_ms: int, confidence: float) -> dict[str, Any]:
    return {
        "id": id_,
        "label": name,
        "parentName": parent,
        "level": 3,
        "startMs": start_ms,
        "endMs": end_ms,
        "start": timecode(start_ms),
        "end": timecode(end_ms),
        "confidence": confidence,
        "frames": (end_ms - start_ms) // 500 + 1,
    }


SEGMENTS: Final = (
    segment(1, "Weapon Violence", "Graphic Violence", 1_500, 3_000, 92.61),
    segment(2, "Drinking", "Alcohol Use", 2_500, 2_500, 71.2),
    segment(3, "Weapon Violence", "Graphic Violence", 6_000, 8_000, 66.4),
)


def video_input(**changes: Any) -> dict[str, Any]:
    """What REVIEW starts a loop about a video of ten seconds with."""
    labels = [each | {"timestampMs": 2_500, "at": timecode(2_500)} for each in FOUND]
    return custom_input(
        **{
            "kind": "video",
            "taskObject": "s3://gavel-media/uploads/on the beach.mp4",
            "labels": labels,
            "durationMs": 10_000,
            "frameRate": 10.0,
            "segments": list(SEGMENTS),
            "condensed": False,
            "gapMs": 2_000,
            **changes,
        }
    )


def integrated_input(
    labels: tuple[dict[str, Any], ...] = FOUND, key: str = "uploads/on the beach.jpg"
) -> dict[str, Any]:
    """What A2I gives to the page of a loop that Rekognition started: the conditions' labels are the flagged ones."""
    found = [{name: each[name] for name in ("name", "parentName", "confidence")} for each in labels]
    flagged = [entry for entry, each in zip(found, labels, strict=True) if each["flagged"]]
    return {
        "aiServiceRequest": {"image": {"s3Object": {"bucket": "gavel-media", "name": key}}},
        "aiServiceResponse": {"moderationLabels": found, "moderationModelVersion": "7.0"},
        "selectedAiServiceResponse": {"moderationLabels": flagged, "moderationModelVersion": "7.0"},
    }
