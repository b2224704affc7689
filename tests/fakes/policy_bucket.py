"""The policy bucket and others in memory: what reading, listing and deploying use of S3."""

import hashlib
from typing import Any

from tests.fakes.aws import MemoryBucket, found, refusal


class MemoryS3(MemoryBucket):
    """One namespace of keys, whatever the bucket. `digestless` keys have ETags that don't follow from the bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[str] = []
        self.digestless: set[str] = set()

    async def head_object(self, **request: Any) -> dict[str, Any]:
        content = self.objects.get(request["Key"])
        if content is None:
            raise refusal("404", "Not Found", status=404)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        encryption = "aws:kms" if request["Key"] in self.digestless else "AES256"
        return {"ContentLength": len(content), "ETag": f'"{etag}"', "ServerSideEncryption": encryption}

    async def put_object(self, **request: Any) -> dict[str, Any]:
        key, mark = request["Key"], request.get("IfMatch")
        if mark is not None and (key not in self.objects or found(self.objects[key])["ETag"] != mark):
            raise refusal("PreconditionFailed", status=412)
        self.puts.append(key)
        self.objects[key] = request["Body"]
        return {}

    async def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        prefix = request["Prefix"]
        folders = {key.removeprefix(prefix).split("/")[0] for key in self.objects if key.startswith(prefix)}
        return {"CommonPrefixes": [{"Prefix": f"{prefix}{folder}/"} for folder in sorted(folders)]}
