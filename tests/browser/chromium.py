"""Debian's Chromium, found or installed: Playwright's own download needs a network that tests may not have."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import expect

DEADLINE_MS: Final = 30_000
"""How long a page may take to do what is expected of it, on a machine that is busy with other tests."""
expect.set_options(timeout=DEADLINE_MS)

FLAGS: Final = (
    "--no-sandbox",  # as root, which containers run as, Chromium starts no other way
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The path of the browser. Raises RuntimeError with what to do when there is none and it can't be installed."""
    if found := _found():
        return found
    with (Path(tempfile.gettempdir()) / "gavel-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # where tests run in several processes, one installs it and the others wait
        return _found() or _installed()


def _installed() -> str:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise RuntimeError("the browser tests need Chromium: `apt-get install chromium`, or have it on the PATH")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update", "-q"], [apt, "install", "-y", "-q", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - constants
        if done.returncode:
            raise RuntimeError(f"`{' '.join(command)}` failed, so the browser tests can't run:\n{done.stderr[-2000:]}")
    if found := _found():
        return found
    raise RuntimeError("Chromium was installed and isn't on the PATH")


def _found() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
