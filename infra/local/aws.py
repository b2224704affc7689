"""Clients for the emulator, and the few words that every maker of resources uses."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Properties = Mapping[str, Any]
"""Properties of a resource by Pulumi's own names (camelCase)."""

READS: Final = ("Describe", "Get", "Head", "List")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource that is there now; `outputs` are what AWS adds to its inputs."""

    id: str
    outputs: Properties = field(default_factory=dict)


class Aws:
    """boto3 clients of one endpoint, one per service, for any thread; `writes` counts every call that isn't a read."""

    def __init__(self, endpoint: str, *, region: str, account: str) -> None:
        self.region = region
        self.account = account
        self.writes: Counter[str] = Counter()
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session = boto3.Session(
            region_name=region,
            aws_access_key_id=account,  # where the emulator reads the account from
            aws_secret_access_key="test",  # noqa: S106  the emulator checks no signature
        )
        self._session.events.register("before-call", self._count)

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                # A client made anew for every call would take most of the time.
                self._clients[service] = self._session.client(
                    service,
                    endpoint_url=self._endpoint,
                    config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
                )
            return self._clients[service]

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def _count(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(READS):
            with self._lock:
                self.writes[f"{model.service_model.service_name}:{model.name}"] += 1


Maker = Callable[[Aws, str, Properties], Made]
"""Sees to it that a resource is there as declared: makes it, changes it, or leaves it alone. Gets the name that the
program calls the resource by, and its inputs."""


def found(call: Callable[..., Any], *missing: str, **request: Any) -> Any:
    """The answer, or None when it is an error with one of these codes, which say that there is no such thing."""
    try:
        return call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] in missing:
            return None
        raise


def fits(there: Any, wanted: Any) -> bool:
    """Whether what is there has all that is wanted; it may have more, such as what AWS fills in by itself."""
    if isinstance(wanted, Mapping):
        there = there if isinstance(there, Mapping) else {}
        return all(fits(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        there = there or []
        return len(there) == len(wanted) and all(map(fits, there, wanted))
    return bool(there == wanted)


def capitalised(value: Any, names: Mapping[str, str] | None = None) -> Any:
    """Pulumi's names as AWS's API has most of them: `queueArn` is `QueueArn`. `names` has those that differ."""
    names = names or {}
    if isinstance(value, Mapping):
        return {
            names.get(key, key[:1].upper() + key[1:]): capitalised(inner, names)
            for key, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list):
        return [capitalised(each, names) for each in value]
    return value


def chosen(inputs: Properties, *keys: str) -> dict[str, Any]:
    """Those of the inputs that are given."""
    return {key: inputs[key] for key in keys if inputs.get(key) is not None}
