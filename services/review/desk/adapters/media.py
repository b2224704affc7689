"""Short-lived addresses of the media that tasks show."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from shared.worker_templates.s3_uri import read_s3_uri

SHOWN_FOR_S: Final = 8 * 3600
"""As long as A2I lets a task last at the most; the role's own credentials may end an address earlier."""


class MediaAddresses:
    """`shown` are the places whose objects a page may show, as `bucket/prefix`; signing asks nobody."""

    def __init__(self, s3: Any, shown: Sequence[str]) -> None:
        self._s3 = s3
        self._shown = tuple(shown)

    def grant(self, uri: str, version: str | None = None) -> str:
        """Of the object as it is now where no version is named. Raises ValueError for what no page may show."""
        found = read_s3_uri(uri)
        if found is None or not f"{found.bucket}/{found.key}".startswith(self._shown):
            raise ValueError("not an object of tasks")
        place = {"Bucket": found.bucket, "Key": found.key}
        if version is not None:
            place["VersionId"] = version
        address: str = self._s3.generate_presigned_url("get_object", Params=place, ExpiresIn=SHOWN_FOR_S)
        return address

    def origins(self) -> list[str]:
        """Where these addresses lead to, for a page's content-security policy."""
        origins = set()
        for place in self._shown:
            bucket, _, prefix = place.partition("/")
            parts = urlsplit(self.grant(f"s3://{bucket}/{prefix}x"))
            origins.add(f"{parts.scheme}://{parts.netloc}")
        return sorted(origins)
