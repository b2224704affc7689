"""Waits for what Rekognition does by itself: a training, a deletion."""

import asyncio
import time
from typing import Final

from rich.status import Status

from cli.screen import err
from shared.aws.adapter_projects import AdapterProjects
from shared.custom_moderation.projects import Adapter, Project, VersionStatus
from shared.errors import Transient

EVERY_S: Final = 30.0
GONE_WITHIN_S: Final = 600.0
BREAK_OFF: Final = "Ctrl-C breaks off the watching, not the training"


async def watch(
    adapter: Adapter, project: Project, projects: AdapterProjects, *, every_s: float, timeout_s: float | None = None
) -> Adapter:
    """The adapter when its training has ended, or when the time is over. A poll that fails is one poll less."""
    began_s, failures = time.monotonic(), 0
    with Status("", console=err) as told:
        while adapter.status is VersionStatus.TRAINING_IN_PROGRESS:
            passed_s = time.monotonic() - began_s
            if timeout_s is not None and passed_s >= timeout_s:
                break
            told.update(f"{adapter.label}: training since {adapter.created_at:%Y-%m-%d %H:%M} ({BREAK_OFF})")
            await asyncio.sleep(every_s if timeout_s is None else min(every_s, timeout_s - passed_s))
            try:
                adapter = await projects.adapter(project.arn, adapter.name) or adapter
                failures = 0
            except Transient:
                failures += 1
                if failures == 10:
                    raise
    return adapter


async def gone(project: Project, projects: AdapterProjects, *, every_s: float) -> None:
    """Return when the project has no adapters any more. Raises Transient when that takes too long."""
    until_s = time.monotonic() + GONE_WITHIN_S
    with Status(f"waiting until the adapters of {project.name} are gone", console=err):
        while await projects.adapters(project.arn):
            if time.monotonic() > until_s:
                raise Transient("adapter-still-there", f"the adapters of {project.name} are being deleted; try again")
            await asyncio.sleep(every_s)
