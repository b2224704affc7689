"""The addresses of S3 objects that templates write."""

import re
from dataclasses import dataclass
from typing import Final

KEY_BYTES: Final = 1024
"""S3 user guide, "Naming Amazon S3 objects"."""

_URI: Final = re.compile(
    r"(?:s3://|https?://s3\.amazonaws\.com/)(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9])/(?P<key>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Object:
    bucket: str
    key: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def read_s3_uri(text: str) -> S3Object | None:
    """The object that `s3://bucket/key` or `http://s3.amazonaws.com/bucket/key` names, or None when it names none.

    The key is taken as it stands, never percent-decoded: templates put it together from the raw name (A2I's own
    default template does), so that `%20` in it are those three characters.
    """
    match = _URI.fullmatch(text)
    if match is None or len(match["key"].encode("utf-8", "surrogatepass")) > KEY_BYTES:
        return None
    return S3Object(bucket=match["bucket"], key=match["key"])
