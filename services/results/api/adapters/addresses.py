"""Short-lived addresses of media."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from services.results.api.ports import GRANTED_S
from shared.contracts.messages import MediaRef
from shared.errors import Permanent


class MediaAddresses:
    """`shown` are the places whose objects may be shown, as `bucket/prefix`."""

    def __init__(self, s3: Any, shown: Sequence[str]) -> None:
        self._s3 = s3
        self._shown = tuple(shown)

    def grant(self, media: MediaRef) -> str:
        """Raises Permanent for what isn't among the places."""
        if not f"{media.bucket}/{media.key}".startswith(self._shown):
            raise Permanent("media-not-shown", "the item's media is where this stack shows nothing of")
        place = {"Bucket": media.bucket, "Key": media.key}
        if media.version_id is not None:
            place["VersionId"] = media.version_id
        address: str = self._s3.generate_presigned_url("get_object", Params=place, ExpiresIn=GRANTED_S)
        return address

    def origins(self) -> list[str]:
        """Where these addresses lead to, for a page's content-security policy."""
        places = (place.partition("/") for place in self._shown)
        granted = (urlsplit(self.grant(MediaRef(bucket=bucket, key=f"{key}x"))) for bucket, _, key in places)
        return sorted({f"{parts.scheme}://{parts.netloc}" for parts in granted})
