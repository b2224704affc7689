"""The program as each kind of stack has it, run once per test session over an engine that makes nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from infra.config import stack_file
from infra.local.engine import run
from tests.fakes.pulumi_engine import Declared, Options, RecordingEngine, RecordingMonitor

OVERRIDES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "local": ("local", {}),
    "dev": ("dev", {"image_tag": "0123abc"}),
    "staging": ("staging", {"image_tag": "0123abc"}),
    "prod": ("prod", {"image_tag": "0123abc"}),
    "desk": (
        "prod",
        {
            "review_backend": "desk",
            "policies": ["standard"],
            "nat": "none",
            "image_tag": "0123abc",
            "collector_image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/gavel-prod:collector-0.43.2",
            "desk_entrance": {
                "domain": "desk.example.com",
                "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/1234",
                "zone_id": "Z0123456789ABC",
                "allowed_cidrs": ["192.0.2.0/24", "198.51.100.7/32"],
            },
        },
    ),
    "api": (
        "prod",
        {
            "review_backend": "desk",
            "policies": ["standard"],
            "nat": "one",
            "image_tag": "0123abc",
            "api": True,
            "api_clients": [{"name": "operator"}, {"name": "shop", "permissions": ["read"], "items_of": ["default"]}],
            "desk_entrance": {
                "domain": "desk.example.com",
                "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/1234",
            },
        },
    ),
    "what was there before": (
        "dev",
        {
            "image_tag": "0123abc",
            "encryption": "aws-managed",
            "otlp_endpoint": "http://collector.example.com:4318",
            "alarm_email": "oncall@example.com",
            "event_topics": ["arn:aws:sns:us-east-1:111122223333:shop-uploads"],
            "event_rules": ["arn:aws:events:us-east-1:111122223333:rule/shop-uploads"],
            "existing_workforce": {
                "name": "people",
                "user_pool_id": "us-east-1_abc",
                "user_pool_client_id": "client",
            },
            "tenants": [{"name": "shop", "buckets": [{"bucket": "shop-uploads", "prefix": "offers/"}]}],
        },
    ),
}
"""Every stack that has a file, and every choice that changes what there is: (whose file, what differs from it)."""

NO_IMAGE: Final = "without an image"
"""The dev stack as it is first made, when nothing can run yet: no kind for tests of what runs."""

KINDS: Final = tuple(OVERRIDES)
WITH_DESK: Final = ("local", "desk", "api")
WITH_API: Final = ("local", "api")
WITH_A2I: Final = tuple(kind for kind in KINDS if kind not in {"desk", "api"})
WITH_OWN_KEY: Final = tuple(kind for kind in KINDS if kind != "what was there before")
DOCUMENTS: Final = ("policy", "assumeRolePolicy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of one policy document, and the resource whose it is."""

    resource: Declared
    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, str]
    conditions: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Everything that the program declares for one kind of stack."""

    resources: tuple[Declared, ...]
    outputs: Mapping[str, Any]
    options: Mapping[tuple[str, str], Options]

    def of(self, *types: str) -> tuple[Declared, ...]:
        return tuple(each for each in self.resources if each.type in types)

    def one(self, type_: str, name: str) -> Declared:
        (found,) = (each for each in self.of(type_) if each.name == name)
        return found

    def options_of(self, type_: str, name: str) -> Options:
        return self.options[type_, name]

    def statements(self) -> Iterator[Statement]:
        for resource in self.resources:
            for key in DOCUMENTS:
                if isinstance(text := resource.inputs.get(key), str) and '"Statement"' in text:
                    yield from (_statement(resource, written) for written in json.loads(text)["Statement"])

    def environment(self, service: str) -> dict[str, str]:
        """The variables that a service's tasks get."""
        return {each["name"]: each["value"] for each in self.container(service)["environment"]}

    def container(self, service: str, name: str | None = None) -> dict[str, Any]:
        """One container of a service's tasks: the service itself, or the one of this name."""
        task = self.one("aws:ecs/taskDefinition:TaskDefinition", f"{service}-task")
        (found,) = (each for each in task.json("containerDefinitions") if each["name"] == (name or service))
        assert isinstance(found, dict)
        return found


@cache
def declared(kind: str, *, preview: bool = False) -> Declaration:
    stack, overrides = ("dev", dict[str, Any]()) if kind == NO_IMAGE else OVERRIDES[kind]
    engine = RecordingEngine(preview=preview)
    outputs = run(
        engine, stack=stack, values=stack_file(stack) | dict(overrides), preview=preview, monitor=RecordingMonitor
    )
    return Declaration(resources=tuple(engine.resources), outputs=outputs, options=engine.options)


def _statement(resource: Declared, written: Mapping[str, Any]) -> Statement:
    return Statement(
        resource=resource,
        sid=written["Sid"],
        effect=written["Effect"],
        actions=tuple(written["Action"]),
        resources=tuple(written.get("Resource", ())),
        principals=written.get("Principal", {}),
        conditions=written.get("Condition", {}),
    )
