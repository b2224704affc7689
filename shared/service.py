"""Runs one service as a process: its settings, telemetry, signals, and what its end tells ECS."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from shared.consumer.settings import ConsumerSettings
from shared.liveness import beating
from shared.settings import ServiceSettings, SettingsError, TaskSettings
from shared.telemetry.logs import event_logger
from shared.telemetry.setup import telemetry

S = TypeVar("S", bound=TaskSettings)

MISCONFIGURED = 78
"""EX_CONFIG of sysexits.h: starting again won't help until the environment is mended."""

log = event_logger(__name__)


def run(
    name: str,
    load: Callable[[Mapping[str, str]], S],
    serve: Callable[[S, asyncio.Event], Coroutine[Any, Any, None]],
) -> None:
    """Serve until SIGTERM or SIGINT, then let `serve` wind up; it is told by its event, and has `stop_timeout_s`."""
    try:
        settings = load(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201  no telemetry without settings
        sys.exit(MISCONFIGURED)
    with telemetry(name, stack=settings.stack, otlp_endpoint=settings.otlp_endpoint, trace_ratio=settings.trace_ratio):
        spare_the_collector()
        log.info("service.started", service=name)
        asyncio.run(_until_told(settings, serve))
        log.info("service.stopped", service=name)


def spare_the_collector() -> None:
    """Have Python's garbage collector pass over what was imported, which is there to stay, and look after every 10,000
    new objects instead of every 700: spans wait for their export by the hundred, and each look goes through them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def consumer_settings(settings: ServiceSettings) -> ConsumerSettings:
    return ConsumerSettings(
        concurrency=settings.concurrency,
        visibility_s=settings.visibility_s,
        stop_timeout_s=settings.stop_timeout_s,
    )


async def _until_told(settings: S, serve: Callable[[S, asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with beating(settings.liveness_file):
        await serve(settings, stop)
