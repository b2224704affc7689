"""Workers that come and go on the emulator's quotas, each a process of its own."""

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, SIGTERM, SIGUSR1
from uuid import uuid4

import boto3

from tests.bench.place import REGION, Place
from tests.bench.quota.cases import CASES, OPERATION, TABLE, Strategy
from tests.bench.quota.series import Call, Count, Span, read_calls
from tests.emulator import CHECKOUT

LOOK_S = 0.1
END_PATIENCE_S = 10


def prepare(members: Place) -> None:
    """The table in which workers find each other."""
    boto3.client("dynamodb", endpoint_url=members.emulator.endpoint, region_name=REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )


class Fleet:
    """So many workers, of which none is at work yet; they are told one after the other."""

    def __init__(self, place: Place, members: Place, strategy: Strategy, workers: int) -> None:
        self._place = place
        self._strategy = strategy
        self._folder = place.folder / f"fleet-{uuid4().hex[:8]}"
        self._folder.mkdir()
        environment = {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "AWS_ENDPOINT_URL_DYNAMODB": members.emulator.endpoint,
        }
        self._idle = [self._made(environment) for _ in range(workers)]
        self._workers: list[tuple[subprocess.Popen[str], Path]] = []
        self.counts: defaultdict[str, list[Count]] = defaultdict(list)

    def _made(self, environment: Mapping[str, str]) -> tuple[subprocess.Popen[str], Path]:
        log = self._folder / uuid4().hex[:8]
        command = [sys.executable, "-m", "tests.bench.quota.worker", self._strategy, str(log)]
        process = subprocess.Popen(  # noqa: S603  a program of this checkout
            command, cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return process, log

    @property
    def size(self) -> int:
        return len(self._workers)

    def wait_until_ready(self) -> None:
        for process, _ in self._idle:
            assert process.stdout
            if not process.stdout.readline():
                raise RuntimeError("a worker has ended before it began")

    def start(self, number: int) -> list[str]:
        """Returns their names."""
        started, self._idle = self._idle[:number], self._idle[number:]
        for process, _ in started:
            assert process.stdin
            process.stdin.write("begin\n")
            process.stdin.flush()
        self._workers += started
        return [log.stem for _, log in started]

    def close(self) -> None:
        """End whoever is left, told to begin or not."""
        self._workers += self._idle
        self._idle = []
        self.kill(self.size)

    def end(self, number: int) -> None:
        """As a deployment does. The others have nobody to take leave of, and botocore's limiter doesn't end in time."""
        self._signal(number, SIGTERM if self._strategy is Strategy.GAVEL else SIGKILL)

    def kill(self, number: int) -> None:
        self._signal(number, SIGKILL)

    def _signal(self, number: int, how: int) -> None:
        gone, self._workers = self._workers[:number], self._workers[number:]
        for process, _ in gone:
            process.send_signal(how)
        for process, _ in gone:
            process.communicate(timeout=END_PATIENCE_S)

    def take_live_away(self) -> None:
        for process, _ in self._workers:
            process.send_signal(SIGUSR1)

    def stay(self, seconds: float) -> Span:
        begin = time.time()
        time.sleep(seconds)
        return Span(begin=begin, end=time.time())

    def calls(self) -> list[Call]:
        return read_calls(self._folder.iterdir())

    def look(self) -> None:
        at, told = time.time(), self._place.emulator.get("/_gavel/quotas")
        for count in told["counts"]:
            if count["operation"] == OPERATION:
                self.counts[count["region"]].append(
                    Count(at=at, admitted=count["admitted"], throttled=count["throttled"])
                )


@contextmanager
def fleet(
    place: Place, members: Place, strategy: Strategy, *, workers: int, true_share: float = 1.0
) -> Iterator[Fleet]:
    """Workers that are ready, quotas as the cases say times `true_share`, and counts from zero."""
    place.emulator.delete("/_gavel/quotas")
    for case in CASES:
        quota: Mapping[str, str | float] = {
            "operation": OPERATION, "region": case.region, "tps": case.quota_per_s * true_share, "kind": case.kind,
        }  # fmt: skip
        place.emulator.post("/_gavel/quotas", quota)
    made, ended = Fleet(place, members, strategy, workers), threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_S):
            made.look()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.close()
        ended.set()
        watching.join()
