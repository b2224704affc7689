"""Reads results of bulk analysis: JSON Lines in the shape of Amazon Rekognition's own.

`{"source-ref": "s3://…", "detect-moderation-labels": {"ModerationLabels": […], "ModerationModelVersion": "7.0", …}}`
(Amazon Rekognition, "Bulk analysis": output manifest). Keys that aren't known are passed over.
"""

from typing import Annotated, Final

import msgspec

from shared.contracts.messages import MediaRef
from shared.verification.words import Predicted, Prediction
from shared.worker_templates.s3_uri import read_s3_uri

LABEL_CHARS: Final = 128
"""The longest of the taxonomy has 49."""


class _Label(msgspec.Struct, rename="pascal"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_CHARS)]
    confidence: float


class _Answer(msgspec.Struct, rename="pascal"):
    moderation_labels: list[_Label]
    moderation_model_version: str = ""
    project_version: str | None = None


class _Line(msgspec.Struct, rename="kebab"):
    source_ref: str
    detect_moderation_labels: _Answer


_DECODER = msgspec.json.Decoder(_Line)


def read_line(line: bytes, *, adapter: str | None = None) -> Predicted | None:
    """None for what isn't a line of results. `adapter` is the one that the run asked for, where the line doesn't say;
    AWS's own lines don't."""
    try:
        read = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    place = read_s3_uri(read.source_ref)
    if place is None:
        return None
    found = read.detect_moderation_labels
    surest = {each.name: each.confidence for each in sorted(found.moderation_labels, key=lambda each: each.confidence)}
    return Predicted(
        source=MediaRef(bucket=place.bucket, key=place.key),
        predictions=tuple(Prediction(label=label, confidence=surest[label]) for label in reversed(surest)),
        model_version=found.moderation_model_version,
        adapter=found.project_version or adapter,
    )
