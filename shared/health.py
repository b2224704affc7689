"""Says whether a service is alive, for ECS's health check: `python -m shared.health <file>`, which needs no shell.

The service touches the file while its event loop turns (`shared.liveness`), so that one whose loop hangs is replaced as
one that has ended is. What it waits for, such as a queue or a quota, doesn't count: a new task would wait as well.
"""

import sys
import time
from pathlib import Path
from typing import Final

BEAT_S: Final = 5
STALE_AFTER_S: Final = 45
"""Longer than any pause that a busy processor gives a living loop; ECS asks several times before it acts."""


def is_alive(file: Path, *, now: float) -> bool:
    """`now` is in seconds since the epoch, as the file's time is."""
    try:
        return now - file.stat().st_mtime <= STALE_AFTER_S
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_alive(Path(sys.argv[1]), now=time.time()) else 1)
