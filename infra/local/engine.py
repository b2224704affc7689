"""Runs the Pulumi program in this process, with something else than Pulumi's engine behind it.

Pulumi's own test monitor stands in for the engine: whatever the program declares arrives at a `Mocks`, in the order of
its dependencies and several at a time, and what that answers is what the program gets as outputs.
"""

import asyncio
import gc
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime import Mocks, set_all_config, set_mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from infra.__main__ import program
from infra.config import NAMESPACE

PROJECT = "gavel"
AT_A_TIME = 8


def run(
    mocks: Mocks,
    *,
    stack: str,
    values: Mapping[str, Any],
    preview: bool = False,
    monitor: type[MockMonitor] = MockMonitor,
) -> dict[str, Any]:
    """Run the program for a stack with these configuration values (see `infra.config.stack_file`).

    Returns what it exports; in a preview only what is known before anything is made. Raises what the program or the
    mocks raised. `mocks.new_resource` is called from several threads.
    """
    # Pulumi keeps its state in context variables and wants an event loop of its own: a new thread has neither.
    with _frozen(), _requests() as requests, ThreadPoolExecutor(1, thread_name_prefix="pulumi") as thread:
        return thread.submit(asyncio.run, _run(monitor(mocks), stack, values, preview, requests)).result()


@contextmanager
def _frozen() -> Iterator[None]:
    """Spare the garbage collector what is there already: walking through all of pulumi_aws takes half of the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _requests() -> Iterator[ThreadPoolExecutor]:
    """Threads for what the program asks of its engine. Pulumi's test monitor takes an event loop in each of them and
    never closes it, so that they are made, and closed, here."""
    loops: list[asyncio.AbstractEventLoop] = []

    def start() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    try:
        with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="pulumi-request", initializer=start) as executor:
            yield executor
    finally:
        for loop in loops:
            loop.close()


async def _run(
    monitor: MockMonitor, stack: str, values: Mapping[str, Any], preview: bool, requests: ThreadPoolExecutor
) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(requests)
    # When one resource fails, every output that waits for it does; what is raised here is the first of them.
    loop.set_exception_handler(lambda *_: None)
    SETTINGS.outputs = set()  # a run that failed leaves its unfinished ones behind
    set_mocks(monitor.mocks, project=PROJECT, stack=stack, preview=preview, monitor=monitor)
    set_all_config({f"{NAMESPACE}:{name}": _as_text(value) for name, value in values.items()})
    await run_pulumi_func(program)
    root = get_root_resource()
    assert isinstance(root, Stack)  # noqa: S101  set_mocks has just made it
    exported = {name: pulumi.Output.from_input(value) for name, value in root.outputs.items()}
    return {name: await value.future() for name, value in exported.items() if await value.is_known()}


def _as_text(value: Any) -> str:
    """As Pulumi hands over what a stack file holds: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
