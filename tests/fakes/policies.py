"""The policy store and its history in memory."""

from datetime import datetime

from shared.contracts.messages import PolicyRef
from shared.errors import GavelError, Transient
from shared.policy.history import NoSuchPolicy, Version
from shared.policy.load import load
from shared.policy.model import BucketPrefix, Policy, Tenant, Tenants


class FakePolicyStore:
    """Keeps every version it was given; the last of a name is the current one. `fail_next` plays an outage."""

    def __init__(self, *policies: Policy, tenants: Tenants | None = None) -> None:
        self._current: dict[str, Policy] = {}
        self._versions: dict[PolicyRef, Policy] = {}
        self._tenants = tenants or Tenants(tenants=())
        self._failures: list[GavelError] = []
        for policy in policies:
            self.deploy(policy)

    def deploy(self, policy: Policy) -> PolicyRef:
        ref = PolicyRef(name=policy.name, version=policy.version)
        self._current[policy.name] = self._versions[ref] = policy
        return ref

    def assign(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def fail_next(self, error: GavelError) -> None:
        self._failures.append(error)

    async def current(self, name: str) -> Policy:
        self._maybe_fail()
        try:
            return self._current[name]
        except KeyError as error:
            raise Transient("policy-missing", f"no policy {name!r} is deployed") from error

    async def at(self, ref: PolicyRef) -> Policy:
        self._maybe_fail()
        try:
            return self._versions[ref]
        except KeyError as error:
            raise Transient("policy-missing", f"{ref.name} at {ref.version} isn't deployed") from error

    async def tenants(self) -> Tenants:
        self._maybe_fail()
        return self._tenants

    def _maybe_fail(self) -> None:
        if self._failures:
            raise self._failures.pop(0)


class FakePolicyHistory:
    """The texts that were deployed, each of which its store has too."""

    def __init__(self, store: FakePolicyStore) -> None:
        self._store = store
        self._deployed: dict[PolicyRef, tuple[str, datetime]] = {}
        self._current: dict[str, tuple[PolicyRef, datetime]] = {}

    def deploy(self, text: str, at: datetime) -> PolicyRef:
        """As the program of infra/ does; a text that was there before is gone back to."""
        ref = self._store.deploy(load(text, origin="test"))
        self._deployed.setdefault(ref, (text, at))
        self._current[ref.name] = (ref, at)
        return ref

    async def versions(self, name: str) -> list[Version]:
        if name not in self._current:
            raise NoSuchPolicy(f"no policy {name} is deployed")
        current, since = self._current[name]
        found = [
            Version(
                version=ref.version,
                deployed_at=at,
                is_current=ref == current,
                in_force_since=since if ref == current else None,
            )
            for ref, (_, at) in self._deployed.items()
            if ref.name == name
        ]
        return sorted(found, key=lambda one: (one.deployed_at, one.version), reverse=True)

    async def text(self, ref: PolicyRef) -> str:
        if ref not in self._deployed:
            raise NoSuchPolicy(f"policy {ref.name} was never deployed at {ref.version}")
        return self._deployed[ref][0]


def one_tenant(policy: str, *buckets: str, name: str = "default") -> Tenants:
    """One tenant that owns these buckets whole."""
    owned = tuple(BucketPrefix(bucket=bucket) for bucket in buckets)
    return Tenants(tenants=(Tenant(name=name, policy=policy, buckets=owned),))
