"""Starts the emulator as `make emulator` does, for tests: one process, its own port, its own folders.

`tests/conftest.py` has the fixtures; use `running_emulator` itself only to test how it starts and ends.
"""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.local import free_port

CHECKOUT = Path(__file__).parents[1]
PYTHON = CHECKOUT / ".gavel/emulator-venv/bin/python"
ENDED_WITHIN_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """`endpoint` serves every AWS API and the control routes; `log_dir` holds `<service>-<task id>.log` files."""

    endpoint: str
    log_dir: Path
    data: Path
    process: subprocess.Popen[str]

    def get(self, path: str) -> Any:
        return self.control("GET", path)

    def post(self, path: str, document: Mapping[str, Any] | None = None) -> Any:
        return self.control("POST", path, document)

    def delete(self, path: str) -> Any:
        return self.control("DELETE", path)

    def control(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> Any:
        """The JSON that a control route answers with; an AssertionError with its text if it refuses."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=120)
        try:
            connection.request(method, path, json.dumps(document) if document is not None else None)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        assert response.status < 300, f"{method} {path}: {response.status} {body.decode()}"
        return json.loads(body) if body else None

    def errors(self) -> str:
        """What it has written to stderr: nothing, while all is well."""
        return (self.data.parent / "stderr").read_text()


@contextmanager
def running_emulator(folder: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[Emulator]:
    """An emulator that is ready; ended at the end, and killed if it doesn't end in time. `folder` must be empty.

    Its tasks run in this checkout with this Python. `environment` is all that it gets besides PATH.
    """
    assert PYTHON.exists(), "the emulator's environment is missing: run `make setup`"
    port = free_port()
    process = start(port, folder, environment or {})
    try:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready, f"the emulator didn't start:\n{(folder / 'stderr').read_text()}"
        yield Emulator(
            endpoint=f"http://localhost:{port}", log_dir=folder / "logs", data=folder / "data", process=process
        )
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=ENDED_WITHIN_S)
        finally:
            process.kill()


def start(port: int, folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    folders = ["--data", str(folder / "data"), "--logs", str(folder / "logs")]
    own = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GAVEL_TASK_PATH": str(Path(sys.executable).parent),
        "GAVEL_TASK_CWD": str(CHECKOUT),
    }
    with (folder / "stderr").open("w") as errors:
        return subprocess.Popen(  # noqa: S603 - this project's own program
            [str(PYTHON), "-m", "gavel_emulator.run", "--port", str(port), *folders],
            env=own | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=CHECKOUT,
        )
