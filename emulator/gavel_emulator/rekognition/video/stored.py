"""A video in the emulator's S3, read in parts: up to 10 GB don't fit into memory, and mostly its header is enough."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from gavel_emulator.aws_calls import client
from gavel_emulator.rekognition.errors import unreadable_object
from gavel_emulator.rekognition.objects import locate
from gavel_emulator.rekognition.video.viewer import GoneVideo

READ_BYTES = 1024 * 1024
"""Per request to S3. A header at the end of the file costs two or three requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVideo:
    """One version of an object. `metadata` is its user metadata."""

    account_id: str
    region: str
    wanted: Mapping[str, str]
    """What S3 has to be asked for."""
    size_bytes: int
    metadata: Mapping[str, str]

    @contextmanager
    def opened(self) -> Iterator[io.BufferedReader]:
        """Reading raises GoneVideo when the object has been deleted or overwritten since."""
        with io.BufferedReader(_Ranges(self), READ_BYTES) as file:
            yield file

    def sha256(self) -> str:
        """Reads all of it. Raises GoneVideo."""
        with self.opened() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def read(self, start: int, length: int) -> bytes:
        s3 = client("s3", account_id=self.account_id, region=self.region)
        try:
            found = s3.get_object(**self.wanted, Range=f"bytes={start}-{start + length - 1}")
        except ClientError as refusal:
            raise GoneVideo(f"Unable to read the video from S3: {refusal}") from refusal
        with found["Body"] as body:
            content: bytes = body.read()
            return content


def find_video(place: Mapping[str, Any], *, account_id: str, region: str) -> StoredVideo:
    """The object of a validated request. Raises RekognitionError."""
    s3, wanted = locate(place, account_id=account_id, region=region)
    try:
        found = s3.head_object(**wanted)
    except ClientError as refusal:
        raise unreadable_object() from refusal
    return StoredVideo(
        account_id=account_id,
        region=region,
        wanted={**wanted, "IfMatch": found["ETag"]},
        size_bytes=found["ContentLength"],
        metadata=found["Metadata"],
    )


class _Ranges(io.RawIOBase):
    def __init__(self, video: StoredVideo) -> None:
        self._video = video
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._video.size_bytes}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._video.size_bytes - self._at)
        if length <= 0:
            return 0
        content = self._video.read(self._at, length)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
