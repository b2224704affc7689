"""Takes the output of tasks to CloudWatch Logs and to files."""

import logging
import queue
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gavel_emulator.aws_calls import client

LOG = logging.getLogger(__name__)

# PutLogEvents: 10,000 events and 1,048,576 bytes with 26 for each event.
BATCH_EVENTS = 10_000
BATCH_BYTES = 1_048_576
EVENT_BYTES = 26
LINE_BYTES = 262_144 - EVENT_BYTES
SHIP_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class LogStream:
    account_id: str
    region: str
    group: str
    name: str


class TaskFile:
    """Everything that a task writes, in the order in which it was read; one line at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, line: str) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(line + "\n")

    def close(self) -> None:
        with self._lock:
            self._file.close()


class LogShipper:
    """Sends lines in batches from a thread of its own, so that a busy task costs few requests."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[tuple[LogStream, int, str] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def open(self, stream: LogStream, *, create_group: bool) -> None:
        """Make the stream. Raises ClientError as CreateLogStream does: ResourceNotFoundException without the group."""
        logs = _logs(stream)
        if create_group:
            try:
                logs.create_log_group(logGroupName=stream.group)
            except logs.exceptions.ResourceAlreadyExistsException:
                LOG.debug("log group %s is there already", stream.group)
        logs.create_log_stream(logGroupName=stream.group, logStreamName=stream.name)
        if self._thread is None:
            self._thread = threading.Thread(target=self._ship, name="gavel-logs", daemon=True)
            self._thread.start()

    def write(self, stream: LogStream, line: str) -> None:
        # CloudWatch Logs refuses an event without text.
        if line:
            self._lines.put((stream, time.time_ns() // 1_000_000, line))

    def close(self) -> None:
        """Send what is left and end."""
        if self._thread:
            self._lines.put(None)
            self._thread.join(timeout=5)

    def _ship(self) -> None:
        while True:
            waiting, ended = self._collect()
            for stream, events in waiting.items():
                for batch in batches(events):
                    try:
                        _logs(stream).put_log_events(
                            logGroupName=stream.group, logStreamName=stream.name, logEvents=batch
                        )
                    except (BotoCoreError, ClientError) as error:
                        # A group that was deleted takes no more lines; the task's file has them.
                        LOG.info("log stream %s takes no lines: %s", stream.name, type(error).__name__)
            if ended:
                return

    def _collect(self) -> tuple[dict[LogStream, list[dict[str, Any]]], bool]:
        """Wait for a line, give others a moment to join it, and sort them by stream."""
        waiting: dict[LogStream, list[dict[str, Any]]] = defaultdict(list)
        line = self._lines.get()
        if line is not None:
            time.sleep(SHIP_EVERY_S)
        while line is not None:
            stream, at_ms, text = line
            waiting[stream].append({"timestamp": at_ms, "message": text})
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return waiting, False
        return waiting, True


def batches(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cut `events` to what PutLogEvents takes in one request; a line that is too long for any loses its end."""
    cut: list[list[dict[str, Any]]] = []
    size = BATCH_BYTES
    for event in events:
        message = event["message"].encode()[:LINE_BYTES]
        if size + len(message) + EVENT_BYTES > BATCH_BYTES or len(cut[-1]) == BATCH_EVENTS:
            cut.append([])
            size = 0
        cut[-1].append({**event, "message": message.decode(errors="ignore")})
        size += len(message) + EVENT_BYTES
    return cut


def _logs(stream: LogStream) -> Any:
    return client("logs", account_id=stream.account_id, region=stream.region)
