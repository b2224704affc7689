"""Those who empty the same queue, each a process of its own, and one heat of one of them."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.place import CONSUMING, PRODUCING, Place, aws_environment
from tests.bench.processes import usage
from tests.emulator import CHECKOUT

PEERS = CHECKOUT / ".gavel/bench-venv/bin"
PATIENCE_S = 180
END_PATIENCE_S = 15
QUIET_CELERY = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR")
CELERY = ("celery", "-A", "tests.bench.peers.celery_app", "worker", *QUIET_CELERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """`fills` is the module by which a peer sends its own messages; without one, the place's are sent."""

    name: str
    command: Sequence[str]
    is_peer: bool = False
    fills: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def _ours(name: str, **environment: str) -> Contestant:
    return Contestant(name=name, command=(sys.executable, "-m", "tests.bench.ours"), environment=environment)


BARE = Contestant(name="bare aiobotocore", command=(sys.executable, "-m", "tests.bench.bare"))
OURS = _ours("gavel", GAVEL_BENCH_TRACE_RATIO="0.01")
OURS_TRACED = _ours("gavel, every trace", GAVEL_BENCH_TRACE_RATIO="1")
PEERS_TRIED = (
    Contestant(name="celery solo", command=(*CELERY, "-P", "solo"), is_peer=True, fills="celery_app"),
    Contestant(name="celery threads", command=(*CELERY, "-P", "threads", "-c", "8"), is_peer=True, fills="celery_app"),
    Contestant(
        name="taskiq",
        command=("taskiq", "worker", "--workers", "1", "--log-level", "WARNING", "tests.bench.peers.taskiq_app:broker"),
        is_peer=True,
        fills="taskiq_app",
    ),
    Contestant(
        name="dramatiq",
        command=("dramatiq", "-p", "1", "-t", "8", "tests.bench.peers.dramatiq_app"),
        is_peer=True,
        fills="dramatiq_app",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """`cpu_s` is the process's CPU from its first message to its last, `whole_cpu_s` until it has wound up, with the
    last export of its telemetry; 0 for peers, which can't tell it. `consuming` and `producing` are requests.
    `peak_mb` is of the process that was started, which with taskiq and dramatiq isn't the one that works."""

    contestant: str
    messages: int
    seconds: float
    cpu_s: float
    whole_cpu_s: float
    peak_mb: float
    consuming: int
    producing: int
    left: int

    @property
    def per_s(self) -> float:
        return self.messages / self.seconds


def heat(place: Place, contestant: Contestant, messages: int) -> Heat:
    """Fill a new queue, let the contestant empty it, and end it as a deployment would, by SIGTERM."""
    url = place.queue()
    result = place.folder / f"{url.rpartition('/')[2]}.json"
    environment = {
        **aws_environment(place.emulator.endpoint),
        "PATH": f"{PEERS}:/usr/bin:/bin",
        "PYTHONPATH": str(CHECKOUT),
        "GAVEL_BENCH_QUEUE": url.rpartition("/")[2],
        "GAVEL_BENCH_QUEUE_URL": url,
        "GAVEL_BENCH_MESSAGES": str(messages),
        "GAVEL_BENCH_RESULT": str(result),
        **contestant.environment,
    }
    place.forget_requests()
    if contestant.fills:
        body = "x" * 600
        module = f"tests.bench.peers.{contestant.fills}"
        subprocess.run(  # noqa: S603  a program of this checkout
            [str(PEERS / "python"), "-m", module, body],
            env=environment, cwd=place.folder, check=True, timeout=PATIENCE_S, capture_output=True,
        )  # fmt: skip
    else:
        place.fill(url, messages, sampled=float(contestant.environment.get("GAVEL_BENCH_TRACE_RATIO", 0)))
    producing = place.requests(*PRODUCING)
    place.forget_requests()
    consuming, peak_mb = _run(place, contestant, environment, url, result)
    told = json.loads(result.read_text())
    left = place.left(url)
    place.drop(url)
    return Heat(
        contestant=contestant.name,
        messages=messages,
        seconds=told["seconds"],
        cpu_s=told["cpu_s"],
        whole_cpu_s=told.get("whole_cpu_s", 0.0),
        peak_mb=peak_mb,
        consuming=consuming,
        producing=producing,
        left=left,
    )


def _run(
    place: Place, contestant: Contestant, environment: Mapping[str, str], url: str, result: Path
) -> tuple[int, float]:
    """Until the queue is empty and the contestant has ended; returns requests and memory until it was empty."""
    first, *rest = contestant.command
    program = str(PEERS / first) if contestant.is_peer else first
    with (place.folder / "contestant.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603  a program of this checkout, or a peer's own
            [program, *rest], env=environment, cwd=place.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not result.exists() or place.left(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{contestant.name} got nowhere:\n{Path(log.name).read_text()[-2000:]}")
                time.sleep(0.05)
            consuming, peak_mb = place.requests(*CONSUMING), usage(process.pid).peak_mb
            process.terminate()
            with suppress(subprocess.TimeoutExpired):  # a peer that waits for its last poll
                process.wait(END_PATIENCE_S)
            return consuming, peak_mb
        finally:
            process.kill()
            process.wait()
