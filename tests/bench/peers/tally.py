"""Counts the messages that a contestant handles, and writes down how long they took: only the standard library, since
every contestant's environment has that alone in common."""

import json
import os
import threading
import time
from pathlib import Path


class Tally:
    """Time and CPU of this process between the first message and the last of `GAVEL_BENCH_MESSAGES`, written as JSON to
    `GAVEL_BENCH_RESULT`; whoever can tell its end adds the CPU until then. Many threads may count."""

    def __init__(self) -> None:
        self._wanted = int(os.environ["GAVEL_BENCH_MESSAGES"])
        self._result = Path(os.environ["GAVEL_BENCH_RESULT"])
        self._lock = threading.Lock()
        self._handled = 0
        self._began_s = self._began_cpu_s = 0.0
        self._told: dict[str, float] = {}

    @property
    def is_full(self) -> bool:
        return self._handled >= self._wanted

    def count(self, messages: int = 1) -> None:
        with self._lock:
            if self._handled == 0:
                self._began_s, self._began_cpu_s = time.monotonic(), time.process_time()
            before, self._handled = self._handled, self._handled + messages
            if before < self._wanted <= self._handled:
                self._told = {
                    "messages": self._handled,
                    "seconds": time.monotonic() - self._began_s,
                    "cpu_s": time.process_time() - self._began_cpu_s,
                }
                self._tell()

    def end(self) -> None:
        self._told["whole_cpu_s"] = time.process_time() - self._began_cpu_s
        self._tell()

    def _tell(self) -> None:
        part = self._result.with_suffix(".part")
        part.write_text(json.dumps(self._told))
        part.rename(self._result)
