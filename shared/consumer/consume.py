"""Consumes queues: at least once, many at a time, until told to stop.

    await consume(queue, handle, identify=by_subject, quarantine=quarantine, settings=settings, stop=stop)

Receiving, handling and settling go side by side, so that no batch waits for its slowest message. A message leaves its
queue only when its handler has returned, or when it is filed in quarantine or sent anew; whatever else happens, a crash
included, brings it back.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Never

from shared.clock import Clock, utc_now
from shared.consumer.line import Line, Source
from shared.consumer.ports import Handler, Message, QuarantineStore, Queue
from shared.consumer.process import Process
from shared.consumer.receive import Receiver
from shared.consumer.settings import ConsumerSettings
from shared.consumer.slots import Slots
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


async def consume(
    queue: Queue,
    handle: Handler,
    *,
    identify: Callable[[Message], str | None],
    quarantine: QuarantineStore,
    settings: ConsumerSettings,
    stop: asyncio.Event,
    clock: Clock = utc_now,
    roll: Callable[[], float] = random.random,
) -> None:
    """Consume one queue until `stop` is set; see `consume_many`."""
    source = Source(queue=queue, handle=handle, identify=identify)
    await consume_many([source], quarantine=quarantine, settings=settings, stop=stop, clock=clock, roll=roll)


async def consume_many(
    sources: Sequence[Source],
    *,
    quarantine: QuarantineStore,
    settings: ConsumerSettings,
    stop: asyncio.Event,
    clock: Clock = utc_now,
    roll: Callable[[], float] = random.random,
) -> None:
    """Consume queues that share `settings.concurrency`, until `stop` is set; returns within `settings.stop_timeout_s`.

    Handlers under way are then finished if they can be, and everything else is given back; an idle consumer stops
    when its last poll ends, after at most `settings.wait_s`. The same happens when this is cancelled, or when a queue
    raises what isn't one of our errors, which is then raised here: a defect of the deployment, such as a queue that
    isn't there, ends the service instead of leaving it idle.
    """
    slots = Slots(settings)
    lines = [Line(source, settings) for source in sources]
    processes = {line: Process(line, slots, quarantine, settings, roll=roll) for line in lines}
    receivers = [
        Receiver(line, process, slots, settings, ahead=_ahead(line, lines), clock=clock, roll=roll)
        for line, process in processes.items()
    ]
    heartbeats = [asyncio.ensure_future(line.heartbeat.run()) for line in lines]
    receiving = [
        asyncio.ensure_future(receiver.run(is_helping=number > 0))
        for receiver in receivers
        for number in range(settings.receivers)
    ]
    for line in lines:
        log.info("consumer.started", queue=line.name, concurrency=settings.concurrency)
    try:
        await _until(stop, [*receiving, *heartbeats])
    finally:
        await _wind_up(processes, receiving, slots, settings)
        await _end(heartbeats)


def _ahead(line: Line, lines: Sequence[Line]) -> list[Line]:
    return [other for other in lines if other.source.priority < line.source.priority]


async def _until(stop: asyncio.Event, tasks: Sequence[asyncio.Task[Never]]) -> None:
    """Return when told to stop; raise what ends a task, since none of them ends by itself."""
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        stopped.cancel()


async def _wind_up(
    processes: Mapping[Line, Process],
    receiving: Sequence[asyncio.Task[Never]],
    slots: Slots,
    settings: ConsumerSettings,
) -> None:
    """Stop receiving, give back what waits, let handlers finish or give theirs back, and only then flush: a delete
    that never goes out is a message handled twice.
    """
    for task in receiving:
        task.cancel()
    waiting = 0
    for line, process in processes.items():
        withdrawn = slots.withdraw(process)
        line.give_back(withdrawn)
        line.receipts.send()
        waiting += len(withdrawn)
    limit_s = settings.stop_timeout_s - settings.stop_margin_s
    unfinished, _ = await asyncio.gather(slots.finish(limit_s), asyncio.wait(receiving, timeout=limit_s))
    slots.cancel()
    await _end(receiving)
    stuck = await slots.finish(settings.stop_margin_s / 3)
    try:
        async with asyncio.timeout(settings.stop_margin_s / 3):
            await asyncio.gather(*(line.receipts.flush() for line in processes))
    except TimeoutError:
        log.warning("consumer.flush_cut_off")
    log.info("consumer.stopped", given_back=waiting + unfinished - stuck, stuck=stuck)


async def _end(tasks: Sequence[asyncio.Task[Never]]) -> None:
    """Cancel and wait; what they raised was seen before."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
