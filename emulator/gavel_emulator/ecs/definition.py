"""What a task definition says about running its containers as processes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_STOP_TIMEOUT_S = 30
"""SIGKILL follows SIGTERM after the container's `stopTimeout`: 30 s without one, on Fargate at most 120 s."""

# What is the checkout: an image of the account's own registry, or one built on this machine, which has a bare name. Any
# other one (a collector, a proxy) has no program here.
_OWN_IMAGE = re.compile(r"^(\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+|[^/]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTarget:
    """The `awslogs` options of a container."""

    group: str
    region: str
    prefix: str | None
    create_group: bool

    def stream(self, container: str, task_id: str) -> str:
        # Without a prefix Docker names the stream after the container's id, which a process hasn't.
        return f"{self.prefix}/{container}/{task_id}" if self.prefix else f"{container}/{task_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPlan:
    """One container as a process. `secrets` maps variable names to the ARNs or names in `valueFrom`."""

    name: str
    image: str
    runs: bool
    essential: bool
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    stop_timeout_s: float
    log: LogTarget | None


def plans(
    definitions: Sequence[Mapping[str, Any]], overrides: Mapping[str, Any], *, region: str
) -> tuple[ContainerPlan, ...]:
    """The containers of a task with what RunTask's `overrides` change; logs go to `region` unless they say where."""
    changed = {override.get("name"): override for override in overrides.get("containerOverrides", ())}
    return tuple(_plan(definition, changed.get(definition["name"], {}), region) for definition in definitions)


def _plan(definition: Mapping[str, Any], override: Mapping[str, Any], region: str) -> ContainerPlan:
    arguments = override.get("command") or definition.get("command") or ()
    variables = [*definition.get("environment", ()), *override.get("environment", ())]
    return ContainerPlan(
        name=definition["name"],
        image=definition["image"],
        runs=_OWN_IMAGE.match(definition["image"]) is not None,
        essential=definition.get("essential", True),
        command=(*definition.get("entryPoint", ()), *arguments),
        environment={variable["name"]: variable["value"] for variable in variables},
        secrets={secret["name"]: secret["valueFrom"] for secret in definition.get("secrets", ())},
        stop_timeout_s=definition.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S),
        log=_log_target(definition.get("logConfiguration") or {}, region),
    )


def _log_target(configuration: Mapping[str, Any], region: str) -> LogTarget | None:
    options = configuration.get("options") or {}
    if configuration.get("logDriver") != "awslogs" or "awslogs-group" not in options:
        return None
    return LogTarget(
        group=options["awslogs-group"],
        region=options.get("awslogs-region", region),
        prefix=options.get("awslogs-stream-prefix"),
        create_group=options.get("awslogs-create-group") == "true",
    )
