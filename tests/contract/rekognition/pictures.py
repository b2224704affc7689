"""Pictures in the emulator's S3, and what they show."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests import media


@dataclass(frozen=True, slots=True)
class Shelf:
    """A bucket of one test."""

    s3: Any
    bucket: str

    def put(self, content: bytes | None = None, *, key: str = "", **script: str) -> dict[str, Any]:
        """Stores a picture that shows what the script says, and returns the Image parameter with its version."""
        name = key or f"{uuid4().hex}.jpg"
        metadata = {f"gavel-{kind.replace('_', '-')}": text for kind, text in script.items()}
        body = media.jpeg() if content is None else content
        stored = self.s3.put_object(Bucket=self.bucket, Key=name, Body=body, Metadata=metadata)
        place = {"Bucket": self.bucket, "Name": name}
        if "VersionId" in stored:
            place["Version"] = stored["VersionId"]
        return {"S3Object": place}


def plain(image: dict[str, Any], **changes: str) -> dict[str, Any]:
    """The Image parameter without a version, and with other parts of the place where they are given."""
    place = {name: part for name, part in image["S3Object"].items() if name != "Version"}
    return {"S3Object": {**place, **changes}}
