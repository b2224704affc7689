"""Runs the Pulumi program in this process, with something else than Pulumi's engine behind it.

Pulumi's own test monitor stands in for the engine: whatever the program declares arrives at a `Mocks`, in the order of
its dependencies and several at a time, and what that answers is what the program gets as outputs.
"""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
from pulumi.runtime import Mocks, set_all_config, set_mocks
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from infra.__main__ import program
from infra.config import NAMESPACE

PROJECT = "gavel"


def run(mocks: Mocks, *, stack: str, values: Mapping[str, Any], preview: bool = False) -> dict[str, Any]:
    """Run the program for a stack with these configuration values (see `infra.config.stack_file`).

    Returns what it exports; in a preview only what is known before anything is made. Raises what the program or the
    mocks raised. `mocks.new_resource` is called from several threads.
    """
    # Pulumi keeps its state in context variables and wants an event loop of its own: a new thread has neither.
    with ThreadPoolExecutor(1, thread_name_prefix="pulumi") as thread:
        return thread.submit(asyncio.run, _run(mocks, stack, values, preview)).result()


async def _run(mocks: Mocks, stack: str, values: Mapping[str, Any], preview: bool) -> dict[str, Any]:
    set_mocks(mocks, project=PROJECT, stack=stack, preview=preview)
    set_all_config({f"{NAMESPACE}:{name}": _as_text(value) for name, value in values.items()})
    await run_pulumi_func(program)
    root = get_root_resource()
    assert isinstance(root, Stack)  # noqa: S101  set_mocks has just made it
    exported = {name: pulumi.Output.from_input(value) for name, value in root.outputs.items()}
    return {name: await value.future() for name, value in exported.items() if await value.is_known()}


def _as_text(value: Any) -> str:
    """As Pulumi hands over what a stack file holds: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
