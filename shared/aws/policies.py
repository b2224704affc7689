"""Reads the deployed policies and tenants from S3, and notices within seconds when others are deployed.

policies/<name>/current          the version that new items are judged by, as text
policies/<name>/<version>.yaml   never changes once it is there
tenants.json
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from shared.aws.objects import Fetched, ObjectReader, fetch, fetch_unless
from shared.contracts.messages import PolicyRef
from shared.errors import GavelError, Permanent, Transient
from shared.policy.load import PolicyError, load
from shared.policy.model import Policy, Tenants
from shared.policy.tenants import TenantsError, load_tenants
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import CODE, POLICY_LOOK_FAILED, record

log = event_logger(__name__)

T = TypeVar("T")

LOOK_EVERY_S: Final = 15.0
"""One conditional GET each, so four a minute for every policy in use and for the tenants."""
VERSIONS_KEPT: Final = 64
LIMIT_BYTES: Final = 1024 * 1024


class S3PolicyStore:
    """What can't be read, or was deployed broken, is told in the log (`policy.look_failed`) at every look, and the last
    that was whole stays in use. Only a task that has none yet raises Transient, so that its messages wait."""

    def __init__(
        self,
        client: ObjectReader,
        bucket: str,
        *,
        look_every_s: float = LOOK_EVERY_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._look_every_s = look_every_s
        self._clock_s = clock_s
        self._current: dict[str, _Watched[Policy]] = {}
        self._versions: dict[PolicyRef, Policy] = {}
        self._loading = asyncio.Lock()
        self._tenants = self._watched("tenants.json", self._read_tenants)

    async def current(self, name: str) -> Policy:
        async def read(body: bytes) -> Policy:
            return await self.at(PolicyRef(name=name, version=body.decode(errors="replace").strip()))

        if name not in self._current:
            self._current[name] = self._watched(f"policies/{name}/current", read)
        return await self._current[name].value()

    async def at(self, ref: PolicyRef) -> Policy:
        if ref not in self._versions:
            async with self._loading:  # one load for all who wait for the same version
                if ref not in self._versions:
                    self._versions[ref] = await self._load(ref)
        policy = self._versions[ref] = self._versions.pop(ref)  # to the end: the first is the one not used the longest
        if len(self._versions) > VERSIONS_KEPT:
            del self._versions[next(iter(self._versions))]
        return policy

    async def tenants(self) -> Tenants:
        return await self._tenants.value()

    async def _load(self, ref: PolicyRef) -> Policy:
        key = f"policies/{ref.name}/{ref.version}.yaml"
        fetched = await self._fetch(key)
        try:
            policy = load(fetched.body.decode(), origin=key)
        except (PolicyError, UnicodeDecodeError) as error:
            raise Transient("policy-broken", str(error)) from error
        if (policy.name, policy.version) != (ref.name, ref.version):
            # Somebody wrote over it: decisions that name this version weren't made by what is there now.
            raise Transient("policy-not-its-version", f"{key} holds {policy.name} at {policy.version}")
        return policy

    @staticmethod
    async def _read_tenants(body: bytes) -> Tenants:
        try:
            return load_tenants(body)
        except TenantsError as error:
            raise Transient("tenants-broken", str(error)) from error

    async def _fetch(self, key: str) -> Fetched:
        try:
            return await fetch(self._client, self._bucket, key, what="policy", limit_bytes=LIMIT_BYTES)
        except Permanent as error:
            # What is wrong with a deployment isn't wrong with the message that waits for it.
            raise Transient(error.code, error.detail) from error

    def _watched(self, key: str, read: Callable[[bytes], Awaitable[T]]) -> "_Watched[T]":
        async def look(known: _Seen[T] | None) -> _Seen[T]:
            if known is None:
                fetched = await self._fetch(key)
            else:
                changed = await fetch_unless(
                    self._client, self._bucket, key, etag=known.etag, what="policy", limit_bytes=LIMIT_BYTES
                )
                if changed is None:
                    return known
                fetched = changed
            return _Seen(value=await read(fetched.body), etag=fetched.etag)

        return _Watched(key, look, every_s=self._look_every_s, clock_s=self._clock_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen(Generic[T]):
    value: T
    etag: str


class _Watched(Generic[T]):
    """One object that may change; `look` returns what it was given where it hasn't."""

    def __init__(
        self,
        key: str,
        look: Callable[[_Seen[T] | None], Awaitable[_Seen[T]]],
        *,
        every_s: float,
        clock_s: Callable[[], float],
    ) -> None:
        self._key = key
        self._look = look
        self._every_s = every_s
        self._clock_s = clock_s
        self._known: _Seen[T] | None = None
        self._next_look_at_s = clock_s()
        self._looking = asyncio.Lock()

    async def value(self) -> T:
        """Who comes while another looks gets what is known, unless nothing is."""
        if self._known is not None and (self._looking.locked() or self._clock_s() < self._next_look_at_s):
            return self._known.value
        async with self._looking:
            if self._known is None or self._clock_s() >= self._next_look_at_s:
                self._known = await self._look_again(self._known)
                self._next_look_at_s = self._clock_s() + self._every_s
            return self._known.value

    async def _look_again(self, known: _Seen[T] | None) -> _Seen[T]:
        try:
            return await self._look(known)
        except GavelError as error:
            if known is None:
                raise
            log.error("policy.look_failed", key=self._key, code=error.code)
            record(POLICY_LOOK_FAILED, 1, {CODE: error.code})
            return known
