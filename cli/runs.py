"""What long runs of the command line have in common: one process at a run, and an end in good order."""

import asyncio
import fcntl
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class RunProblem(Exception):
    """The run can't be begun as it is asked for; the text says why and what to do."""


class NothingThere(RunProblem):
    """The source has no images."""


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Two processes at one run would pay for the same images."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunProblem("another process is at this run") from None
        yield


@contextmanager
def interruptible(event: asyncio.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set the event: a run ends in good order. Only a process's main thread hears of them."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    for number in numbers:
        loop.add_signal_handler(number, event.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
