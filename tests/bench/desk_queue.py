"""Counts what a look at the desk's list reads: `python -m tests.bench.desk_queue --loops 5000`.

The desk's own pages and adapters on the emulator's DynamoDB. That is Python and searches every index from end to end:
the requests and what they bring say what DynamoDB would do, and the time doesn't.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from aiohttp.test_utils import TestClient, TestServer

from cli.screen import out
from services.review.desk.adapters.all_tasks import AllTasks
from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.adapters.notes import Table, TableNotebook
from services.review.desk.adapters.own_tasks import OwnTasks
from services.review.desk.adapters.waiting import WaitingLoops, index_keys
from services.review.desk.domain.loops import About, Loop, Reviewer
from services.review.desk.web.app import application
from services.review.desk.web.desk import COOKIE, Desk
from shared.aws.clients import open_clients
from shared.aws.sessions import TableSessions
from shared.clock import utc_now
from shared.identity import loop_name, random_id
from shared.signin.ports import Challenge, Member, Session
from tests.conftest import REGION
from tests.contract.desk.place import made_table
from tests.emulator import running_emulator
from tests.fakes.desk import MemoryParts
from tests.fakes.verified import MemoryVerified

GROUP = "gavel-bench-moderators"
SOMEBODY = Reviewer(issuer="https://cognito.example/pool", subject="somebody")


class Counting:
    """A DynamoDB client that notes each request's name, and how many bytes of JSON came back."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests: Counter[str] = Counter()
        self.bytes = 0

    def __getattr__(self, operation: str) -> Any:
        async def call(**request: Any) -> Any:
            answer = await getattr(self._client, operation)(**request)
            self.requests[operation] += 1
            self.bytes += len(json.dumps(answer, default=str))
            return answer

        return call


class OpenDoor:
    """Lets everybody in as one and the same reviewer."""

    async def sign_in(self, username: str, password: str) -> str | Challenge:
        return "token"

    async def respond(self, challenge: Challenge, answer: str) -> str | Challenge:
        return "token"

    async def member(self, token: str) -> Member:
        until = utc_now() + timedelta(hours=1)
        return Member(
            issuer=SOMEBODY.issuer, subject=SOMEBODY.subject, email="", groups=frozenset({GROUP}), until=until
        )


class NoMedia:
    def grant(self, uri: str, version: str | None = None) -> str:
        return uri

    def origins(self) -> list[str]:
        return []


async def run(number: int) -> None:
    async with (
        open_clients("dynamodb", "s3", "events", region=REGION) as clients,
        made_table(clients["dynamodb"], "desk") as table,
    ):
        await _fill(clients["dynamodb"], table, number)
        dynamodb = Counting(clients["dynamodb"])
        async with _desk(dynamodb, clients, table) as browser:
            for look in ("first", "second"):
                dynamodb.requests.clear()
                dynamodb.bytes, started = 0, time.monotonic()
                async with browser.get("/") as answer:
                    listed = (await answer.text()).count('<li class="task')
                took = time.monotonic() - started
                out.print(
                    f"{number:,} open loops, {look} look: {listed} listed, {dynamodb.requests.total()} requests, "
                    f"{dynamodb.bytes / 1000:,.0f} KB, {took * 1000:,.0f} ms; {dict(dynamodb.requests)}"
                )


@asynccontextmanager
async def _desk(dynamodb: Counting, clients: dict[str, Any], table: str) -> AsyncIterator[TestClient[Any, Any]]:
    loops = DeskLoops(dynamodb, table, clients["s3"], table, clients["events"], clock=utc_now)
    sessions = TableSessions(dynamodb, table, clock=utc_now)
    await sessions.keep("cookie", Session(csrf="csrf", token="token"), until=utc_now() + timedelta(hours=1))  # noqa: S106
    desk = Desk(
        tasks=AllTasks(OwnTasks(loops, WaitingLoops(dynamodb, table, clock=utc_now), clock=utc_now), clock=utc_now),
        notebook=TableNotebook(Table(dynamodb, table)),
        sessions=sessions,
        door=OpenDoor(),
        media=NoMedia(),
        verified=MemoryVerified(),
        parts=MemoryParts(),
        groups=frozenset({GROUP}),
        break_after=40,
        break_s=600,
        is_secure=False,
        clock=utc_now,
    )
    async with TestClient(TestServer(application(desk)), cookies={COOKIE: "cookie"}) as browser:
        yield browser


async def _fill(dynamodb: Any, table: str, number: int) -> None:
    """Severities and ages of all kinds, as if nobody had reviewed for half a day."""
    draw, now = random.Random(number), utc_now()  # noqa: S311  any will do, but the same each time
    for first in range(0, number, 25):
        loops = [_loop(draw, now) for _ in range(min(25, number - first))]
        await dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": _item(loop)}} for loop in loops]})


def _loop(draw: random.Random, now: datetime) -> Loop:
    return Loop(
        name=loop_name(random_id(), "0123abcd", 1),
        flow="arn:aws:gavel:us-east-1:000000000000:flow-definition/gavel-bench-standard",
        group=GROUP,
        about=About(title="Review an image", kind="image", category="Violence", severity=draw.randint(1, 100)),
        created_at=now - timedelta(seconds=draw.randint(0, 43_200)),
        expires_at=now + timedelta(days=1),
        time_limit_s=1800,
        answers_wanted=1,
        output_uri="s3://gavel-bench-evidence/human-loops/gavel-bench-standard/2026/03/10/12/00/00/loop/output.json",
        template="0f" * 32,
    )


def _item(loop: Loop) -> dict[str, Any]:
    """As `DeskLoops` writes it."""
    return {
        "pk": {"S": f"loop#{loop.name}"},
        "sk": {"S": "loop"},
        "loop": {"S": msgspec.json.encode(loop).decode()},
        "revision": {"N": "0"},
        **index_keys(loop),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loops", type=int, default=5_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_emulator(Path(folder)) as emulator:
        os.environ.update(AWS_ENDPOINT_URL=emulator.endpoint, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")  # noqa: S106
        asyncio.run(run(chosen.loops))


if __name__ == "__main__":
    main()
