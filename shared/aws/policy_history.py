"""Lists the versions of policies in the policy bucket; `policies` says where they lie.

S3 knows when each was written, and not by whom: that is in the account's CloudTrail.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.aws.objects import fetch
from shared.aws.policies import LIMIT_BYTES
from shared.contracts.messages import PolicyRef
from shared.errors import Transient
from shared.policy.history import NoSuchPolicy, Version

CURRENT: Final = "current"
SUFFIX: Final = ".yaml"


class S3(Protocol):
    async def list_objects_v2(self, **request: Any) -> dict[str, Any]: ...
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


class S3PolicyHistory:
    def __init__(self, client: S3, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def versions(self, name: str) -> list[Version]:
        written = {file: at async for file, at in self._files(f"policies/{name}/")}
        deployed = {file.removesuffix(SUFFIX): at for file, at in written.items() if file.endswith(SUFFIX)}
        if not deployed:
            raise NoSuchPolicy(f"no policy {name} is deployed")
        current = (await self._read(f"policies/{name}/{CURRENT}")).strip() if CURRENT in written else None
        return [
            Version(
                version=version,
                deployed_at=at,
                is_current=version == current,
                in_force_since=written[CURRENT] if version == current else None,
            )
            for version, at in sorted(deployed.items(), key=lambda one: (one[1], one[0]), reverse=True)
        ]

    async def text(self, ref: PolicyRef) -> str:
        try:
            return await self._read(f"policies/{ref.name}/{ref.version}{SUFFIX}")
        except Transient as error:
            if error.code != "policy-missing":
                raise
            raise NoSuchPolicy(f"policy {ref.name} was never deployed at {ref.version}") from error

    async def _files(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix}
        while True:
            with translated("policy"):
                page = await self._client.list_objects_v2(**request)
            for each in page.get("Contents", ()):
                yield each["Key"].removeprefix(prefix), each["LastModified"]
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]

    async def _read(self, key: str) -> str:
        fetched = await fetch(self._client, self._bucket, key, what="policy", limit_bytes=LIMIT_BYTES)
        return fetched.body.decode(errors="replace")
