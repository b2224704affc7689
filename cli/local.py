"""The whole local stack: the emulator, the infrastructure program applied to it, and the services as its ECS tasks.

`make local` and `make demo` run it, and the end-to-end tests; what is left behind at the end are log files alone.
"""

import argparse
import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import msgspec

from cli.connection import LOCAL_STATE, LocalState, point_to_local
from cli.screen import Exit, err, out

ROOT = Path(__file__).parent.parent
EMULATOR_PYTHON = ROOT / ".gavel" / "emulator-venv" / "bin" / "python"
REGION = "us-east-1"
START_PATIENCE_S = 120
STOP_PATIENCE_S = 90
PORTS = range(20_000, 32_000)
"""Below those that systems give to connections (from 32768 on), of which any may be taken before a server binds it."""
CRASHES = 3
"""Ends of a service's tasks while it starts, after which nobody should wait for it any longer."""


class LocalStackProblem(Exception):
    """The local stack didn't come up; the text says what was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStack:
    """A local stack that is up. `outputs` are the infrastructure program's."""

    state: LocalState
    outputs: dict[str, Any]
    log_dir: Path

    @property
    def desk_url(self) -> str:
        return str(self.outputs["desk_url"])

    @property
    def api_url(self) -> str:
        return str(self.outputs["api_url"])

    def control(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        """Call one of the emulator's own routes under `/_gavel/` (`emulator/README.md`)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  always our own http address
            f"{self.state.endpoint}/_gavel/{path}",
            data=data,
            method=method or ("GET" if data is None else "POST"),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None


@contextlib.contextmanager
def local_stack(
    folder: Path,
    *,
    port: int = 0,
    desk_port: int = 0,
    api_port: int = 0,
    detector: str = "scripted",
    settings: Mapping[str, Any] | None = None,
    programs: Path | None = None,
    otlp_endpoint: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[LocalStack]:
    """Start everything, yield when every service runs, and end everything, whatever happens in between.

    `folder` takes the logs and the emulator's files; `settings` win over the values of the stack's file; `programs` is
    where tasks find their `python`, this environment's if not given. Telemetry goes to `otlp_endpoint`, to the
    emulator's own receiver if not given.
    Raises LocalStackProblem, with the end of the log that tells why.
    """
    if not EMULATOR_PYTHON.exists():
        raise LocalStackProblem("the emulator's environment isn't there: run `make setup`")
    port, desk_port, api_port = (
        given or free for given, free in zip((port, desk_port, api_port), free_ports(3), strict=True)
    )
    logs = folder / "logs"
    shutil.rmtree(folder, ignore_errors=True)
    logs.mkdir(parents=True)
    state = LocalState(endpoint=f"http://127.0.0.1:{port}", region=REGION, stack="local", log_dir=str(logs))
    say(f"starting the emulator on port {port}")
    emulator = _start_emulator(folder, logs, port, detector, programs or Path(sys.executable).parent)
    try:
        _until(lambda: _is_up(state), emulator, "the emulator", logs / "emulator.log")
        say("applying the infrastructure")
        ports = {"desk_port": desk_port, "api_port": api_port}
        told = {**ports, "otlp_endpoint": otlp_endpoint or f"{state.endpoint}/_gavel/otlp"}
        outputs = _apply(state, logs, {**told, **(settings or {})})
        stack = LocalStack(state=state, outputs=outputs, log_dir=logs)
        say("starting the services")
        _until(lambda: _services_run(stack), emulator, "the services", logs / "emulator.log")
        yield stack
    finally:
        say("stopping")
        _stop(emulator)


def _start_emulator(folder: Path, logs: Path, port: int, detector: str, programs: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "GAVEL_TASK_PATH": str(programs),
        "GAVEL_TASK_CWD": str(ROOT),
        "GAVEL_DETECTOR": detector,
    }
    command = [
        str(EMULATOR_PYTHON), "-m", "gavel_emulator.run",
        "--port", str(port), "--data", str(folder / "emulator"), "--logs", str(logs),
    ]  # fmt: skip
    with (logs / "emulator.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )


def _apply(state: LocalState, logs: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    outputs = logs.parent / "outputs.json"
    command = [
        *(sys.executable, "-m", "infra.local", "--endpoint", state.endpoint, "--outputs", str(outputs)),
        *(part for name, value in settings.items() for part in ("--set", f"{name}={json.dumps(value)}")),
    ]
    with (logs / "infra.log").open("wb") as log:
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise LocalStackProblem(f"the infrastructure could not be applied:\n{_tail(logs / 'infra.log')}")
    found: dict[str, Any] = json.loads(outputs.read_text())
    return found


def _services_run(stack: LocalStack) -> bool:
    tasks = stack.control("tasks")
    for task in tasks:
        if task["restarts"] >= CRASHES:
            newest = max(stack.log_dir.glob(f"{task['service']}-*.log"), key=lambda log: log.stat().st_mtime)
            raise LocalStackProblem(f"{task['service']} ends again and again:\n{_tail(newest)}")
    running = {task["service"] for task in tasks if task["status"] == "RUNNING"}
    sites = [f"{url}/health" for url in (stack.desk_url, stack.api_url)]
    return set(stack.outputs["services"]) <= running and all(map(_is_well, sites))


def _is_up(state: LocalState) -> bool:
    return _is_well(f"{state.endpoint}/_gavel/health")


def _is_well(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _until(is_there: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while not is_there():
        if process.poll() is not None:
            raise LocalStackProblem(f"{what} ended with status {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise LocalStackProblem(f"{what} did not come up within {START_PATIENCE_S} s:\n{_tail(log)}")
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> Sequence[int]:
    """Different ports of the loopback interface that nobody uses, drawn by chance: who looks at the same time finds
    others."""
    found = list[int]()
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise LocalStackProblem(f"almost every port from {PORTS.start} to {PORTS.stop - 1} is taken")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:]) if log.exists() else "(no log)"


@contextlib.contextmanager
def announced(stack: LocalStack) -> Iterator[None]:
    """Leave word of the stack in `.gavel/local.json`, where the `gavel` command looks for it."""
    LOCAL_STATE.write_bytes(msgspec.json.encode(stack.state))
    try:
        yield
    finally:
        LOCAL_STATE.unlink(missing_ok=True)


def where_traces_are(stack: LocalStack, otlp: str | None, *, target: str) -> str:
    """What to do to see an item's traces: asked of the local receiver, or sent to a backend by this make target."""
    if otlp:
        return f"traces and metrics go to [bold]{otlp}[/]"
    return (
        f"traces: [bold]curl '{stack.state.endpoint}/_gavel/otlp/spans?conversation=<media id>'[/]; to a collector or "
        f"backend of yours: [bold]make {target} OTLP=http://127.0.0.1:4318[/]"
    )


def let_operator_in(stack: LocalStack) -> str:
    """Make an operator in the user pool; returns where they sign in, and with what."""
    email, password = "operator@example.com", f"Gavel-{secrets.token_urlsafe(9)}7a"
    cognito = boto3.client("cognito-idp", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    which = {"UserPoolId": stack.outputs["user_pool_id"], "Username": email}
    cognito.admin_create_user(**which, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**which, Password=password, Permanent=True)
    for group in stack.outputs["operator_groups"]:
        cognito.admin_add_user_to_group(**which, GroupName=group)
    return f"console: [bold]{stack.outputs['console_url']}/[/], as [bold]{email}[/], password [bold]{password}[/]"


def wait_for_the_end() -> None:
    """Return on Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


def main() -> int:
    parser = argparse.ArgumentParser(description="run the whole local stack until stopped")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--desk-port", type=int, default=8081)
    parser.add_argument("--api-port", type=int, default=8090)
    parser.add_argument("--detector", choices=("scripted", "nudenet"), default="scripted")
    parser.add_argument("--otlp", metavar="URL", help="send traces and metrics to this collector (OTLP over HTTP)")
    chosen = parser.parse_args()
    folder = ROOT / ".gavel" / "local"
    ports = {"port": chosen.port, "desk_port": chosen.desk_port, "api_port": chosen.api_port}
    try:
        with (
            local_stack(folder, detector=chosen.detector, otlp_endpoint=chosen.otlp, say=out.print, **ports) as stack,
            announced(stack),
        ):
            point_to_local(stack.state)
            out.print(f"[green]up[/] at {stack.state.endpoint}, logs in {stack.log_dir}")
            out.print(f"review desk: [bold]{stack.desk_url}[/]", highlight=False, soft_wrap=True)
            out.print(f"results API: [bold]{stack.api_url}/v1/openapi.json[/]", highlight=False, soft_wrap=True)
            out.print(let_operator_in(stack), highlight=False, soft_wrap=True)
            out.print(where_traces_are(stack, chosen.otlp, target="local"), highlight=False, soft_wrap=True)
            out.print("try: [bold].venv/bin/gavel submit picture.jpg --wait[/]   (Ctrl-C ends everything)")
            wait_for_the_end()
    except LocalStackProblem as problem:
        err.print(f"[red]{problem}[/]", highlight=False)
        return Exit.FAILED
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
