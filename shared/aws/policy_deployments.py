"""Deploys policies as the infrastructure program does: the version's file, then `current` (see `policies`)."""

from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from shared.aws.errors import error_code, translated
from shared.aws.objects import Fetched, fetch
from shared.aws.policies import LIMIT_BYTES
from shared.contracts.messages import PolicyRef
from shared.errors import Permanent


class S3(Protocol):
    async def list_objects_v2(self, **request: Any) -> dict[str, Any]: ...
    async def get_object(self, **request: Any) -> dict[str, Any]: ...
    async def put_object(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """`mark` is what must be the same still when another version is put in its place."""

    policy: PolicyRef
    mark: str


class PolicyDeployments:
    """Raises Transient when S3 can't be reached or what is asked for isn't there."""

    def __init__(self, client: S3, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def names(self) -> tuple[str, ...]:
        """Of every policy that was ever deployed."""
        found: list[str] = []
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": "policies/", "Delimiter": "/"}
        while True:
            with translated("policy"):
                page = await self._client.list_objects_v2(**request)
            found.extend(each["Prefix"].split("/")[1] for each in page.get("CommonPrefixes", ()))
            if not page.get("IsTruncated"):
                return tuple(found)
            request["ContinuationToken"] = page["NextContinuationToken"]

    async def in_force(self, name: str) -> InForce:
        fetched = await self._fetch(f"policies/{name}/current")
        version = fetched.body.decode(errors="replace").strip()
        return InForce(policy=PolicyRef(name=name, version=version), mark=fetched.etag)

    async def text(self, policy: PolicyRef) -> str:
        """The file as it was deployed, comments and all."""
        return (await self._fetch(_file(policy))).body.decode()

    async def keep(self, policy: PolicyRef, text: str) -> None:
        """Nothing is judged by it before `put_in_force`."""
        with translated("policy"):
            await self._client.put_object(
                Bucket=self._bucket, Key=_file(policy), Body=text.encode(), ContentType="application/yaml"
            )

    async def put_in_force(self, version: str, instead_of: InForce) -> None:
        """New items are judged by it within seconds. Raises Permanent `policy-changed` when another than `instead_of`
        is in force by now."""
        try:
            with translated("policy"):
                await self._client.put_object(
                    Bucket=self._bucket,
                    Key=f"policies/{instead_of.policy.name}/current",
                    Body=version.encode(),
                    ContentType="text/plain",
                    IfMatch=instead_of.mark,
                )
        except ClientError as error:
            if error_code(error) in {"PreconditionFailed", "ConditionalRequestConflict"}:
                # A request whose answer was lost is sent again by botocore, and then meets what it did itself.
                if (await self.in_force(instead_of.policy.name)).policy.version == version:
                    return
                raise Permanent("policy-changed", f"somebody deployed {instead_of.policy.name} meanwhile") from error
            raise

    async def _fetch(self, key: str) -> Fetched:
        return await fetch(self._client, self._bucket, key, what="policy", limit_bytes=LIMIT_BYTES)


def _file(policy: PolicyRef) -> str:
    return f"policies/{policy.name}/{policy.version}.yaml"
