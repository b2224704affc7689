"""The two places where people review, as tests drive them: the emulator's A2I, and the desk's own loops.

Media under `desk/` belong to a tenant whose policy is the standard one with the desk as its backend.
"""

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import boto3
import msgspec
import pytest

from cli.demo.reviewer import DeskProblem, DeskReviewer, invite, temporary_password
from cli.local import LocalStack
from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.domain import loops
from services.review.desk.domain.loops import FailureCode, Loop
from shared.aws.clients import open_clients
from shared.clock import utc_now
from shared.contracts.words import Action
from shared.identity import loop_name
from shared.ledger.views import loop
from shared.policy.load import load
from shared.policy.model import Policy
from tests.e2e.pictures import mark
from tests.e2e.pipeline import Pipeline, eventually

STANDARD: Final = Path(__file__).parents[2] / "infra" / "policies" / "standard.yaml"
DESK_TENANT: Final = "desk"
BROKEN: Final = "<crowd-form>{{ task.input.nothing | grant_read_access }}</crowd-form>"


class Reviews(Protocol):
    """`prefix` is where media go that are reviewed here; `ways` how a loop can end without a ruling."""

    prefix: str
    ways: tuple[str, ...]

    async def open_loop(self, item: str, round_: int = 1) -> str: ...

    async def started(self, loop: str) -> str:
        """The loop's name, as soon as people could answer it."""
        ...

    async def answer(self, loop: str, action: Action) -> None: ...

    async def end(self, loop: str, way: str) -> None: ...

    async def count(self, item: str) -> int: ...

    def with_broken_pages(self) -> AbstractAsyncContextManager[None]:
        """From now on the worker template can't be rendered."""
        ...

    async def open_page(self, item: str, round_: int) -> None:
        """Have the page of the item's loop in this round rendered, as soon as there is one."""
        ...


class A2iReviews:
    prefix: str = ""
    ways: tuple[str, ...] = ("fail", "expire", "complete-empty", "stop")

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def open_loop(self, item: str, round_: int = 1) -> str:
        return await self._pipeline.open_loop(item, round_)

    async def started(self, loop: str) -> str:
        async def look() -> str | None:
            every = (await self._pipeline.control("human-loops?status=InProgress"))["humanLoops"]
            return loop if any(each["name"] == loop for each in every) else None

        return await eventually(look, what=f"{loop} in A2I")

    async def answer(self, loop: str, action: Action) -> None:
        await self._pipeline.answer(loop, action)

    async def end(self, loop: str, way: str) -> None:
        if way == "stop":
            state = self._pipeline.stack.state
            a2i = boto3.client("sagemaker-a2i-runtime", endpoint_url=state.endpoint, region_name=state.region)
            await asyncio.to_thread(a2i.stop_human_loop, HumanLoopName=loop)
        else:
            await self._pipeline.control(f"human-loops/{loop}/{way}", {})

    async def count(self, item: str) -> int:
        return len(await self._pipeline.loops(item))

    @asynccontextmanager
    async def with_broken_pages(self) -> AsyncIterator[None]:
        """A flow definition can't be changed: there is another one under its name for a while."""
        state, outputs = self._pipeline.stack.state, self._pipeline.stack.outputs
        sagemaker = boto3.client("sagemaker", endpoint_url=state.endpoint, region_name=state.region)
        name = outputs["flow_definitions"]["standard"]["custom"].rpartition("/")[2]
        given = await asyncio.to_thread(sagemaker.describe_flow_definition, FlowDefinitionName=name)
        kept = {field: given[field] for field in ("HumanLoopConfig", "OutputConfig", "RoleArn")}
        ui = sagemaker.create_human_task_ui(HumanTaskUiName=mark()[:63], UiTemplate={"Content": BROKEN})
        broken = {**kept, "HumanLoopConfig": {**kept["HumanLoopConfig"], "HumanTaskUiArn": ui["HumanTaskUiArn"]}}

        async def put(flow: Mapping[str, Any]) -> None:
            await asyncio.to_thread(sagemaker.delete_flow_definition, FlowDefinitionName=name)
            await asyncio.to_thread(sagemaker.create_flow_definition, FlowDefinitionName=name, **flow)

            async def is_active() -> bool | None:
                told = await asyncio.to_thread(sagemaker.describe_flow_definition, FlowDefinitionName=name)
                return told["FlowDefinitionStatus"] == "Active" or None

            await eventually(is_active, what=f"{name} active")

        await put(broken)
        try:
            yield
        finally:
            await put(kept)

    async def open_page(self, item: str, round_: int) -> None:
        """A2I does so by itself, before anybody is asked."""


class DeskReviews:
    prefix: str = "desk/"
    ways: tuple[str, ...] = ("fail", "expire", "stop")

    def __init__(self, pipeline: Pipeline, clients: dict[str, Any]) -> None:
        self._pipeline = pipeline
        self._dynamodb = clients["dynamodb"]
        self._table = f"gavel-{pipeline.stack.state.stack}-desk"
        bucket = pipeline.stack.outputs["evidence_bucket"]
        self._loops = DeskLoops(
            clients["dynamodb"], self._table, clients["s3"], bucket, clients["events"], clock=utc_now
        )

    async def open_loop(self, item: str, round_: int = 1) -> str:
        async def look() -> str | None:
            record = await self._pipeline.record(item)
            opened = loop(record, round_) if record else None
            return opened.name if opened and await self._loops.get(opened.name) else None

        return await eventually(look, what=f"round {round_} of {item} at the desk")

    async def started(self, loop: str) -> str:
        async def look() -> str | None:
            return loop if await self._loops.get(loop) else None

        return await eventually(look, what=f"{loop} at the desk")

    async def answer(self, loop: str, action: Action) -> None:
        await at_the_desk(self._pipeline, loop, {"ruling": {choice: choice is action for choice in Action}})

    async def end(self, loop: str, way: str) -> None:
        match way:
            case "fail":
                await self._loops.change(loop, lambda one: loops.failed(one, FailureCode.INTERNAL_ERROR, "by a test"))
            case "stop":
                await self._loops.change(loop, loops.stopped)
            case "expire":
                # What time would do; REVIEW finds it when it asks after the loop.
                await self._turn_back(loop)

    async def count(self, item: str) -> int:
        names = [loop_name(item, _policy().version, round_) for round_ in (1, 2, 3)]
        return len([name for name in names if await self._loops.get(name) is not None])

    @asynccontextmanager
    async def with_broken_pages(self) -> AsyncIterator[None]:
        """`open_page` breaks each before it is looked at."""
        yield

    async def open_page(self, item: str, round_: int) -> None:
        loop = await self.open_loop(item, round_)
        digest = hashlib.sha256(BROKEN.encode()).hexdigest()
        which = {"pk": {"S": f"template#{digest}"}, "sk": {"S": "template"}}
        await self._dynamodb.put_item(TableName=self._table, Item=which | {"content": {"S": BROKEN}})
        await self._rewrite(loop, template=digest)
        async with reviewer(self._pipeline) as somebody:
            with pytest.raises(DeskProblem):
                await somebody.answer(loop, {"ruling": {"approve": True}})

    async def _turn_back(self, name: str) -> None:
        await self._rewrite(name, expires_at=datetime.now(UTC) - timedelta(seconds=1))

    async def _rewrite(self, name: str, **changes: Any) -> None:
        which = {"pk": {"S": f"loop#{name}"}, "sk": {"S": "loop"}}
        item = (await self._dynamodb.get_item(TableName=self._table, Key=which, ConsistentRead=True))["Item"]
        opened = msgspec.json.decode(item["loop"]["S"], type=Loop)
        item["loop"]["S"] = msgspec.json.encode(replace(opened, **changes)).decode()
        await self._dynamodb.put_item(TableName=self._table, Item=item)


@asynccontextmanager
async def reviewer(pipeline: Pipeline) -> AsyncIterator[DeskReviewer]:
    """Somebody who has just been invited."""
    stack, email, password = pipeline.stack, f"{uuid.uuid4().hex}@example.com", temporary_password()
    await asyncio.to_thread(invite, stack, email, password)
    async with DeskReviewer(stack.desk_url, email, password) as invited:
        yield invited


async def at_the_desk(pipeline: Pipeline, loop: str, content: Mapping[str, Any]) -> None:
    async with reviewer(pipeline) as somebody:
        await somebody.answer(loop, content)


def add_desk_tenant(stack: LocalStack) -> None:
    """The standard policy once more, with the desk as its backend, and a tenant that it is for."""
    policy, text = _policy(), _policy_text()
    s3 = boto3.client("s3", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    bucket, media = stack.outputs["policy_bucket"], stack.outputs["media_bucket"]
    tenants = json.loads(s3.get_object(Bucket=bucket, Key="tenants.json")["Body"].read())
    tenants["tenants"].append(
        {"name": DESK_TENANT, "policy": policy.name, "buckets": [{"bucket": media, "prefix": "desk/"}]}
    )
    for key, body in (
        (f"policies/{policy.name}/{policy.version}.yaml", text),
        (f"policies/{policy.name}/current", policy.version),
        ("tenants.json", json.dumps(tenants)),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())


@asynccontextmanager
async def reviews(backend: str, pipeline: Pipeline) -> AsyncIterator[Reviews]:
    if backend == "a2i":
        yield A2iReviews(pipeline)
        return
    async with open_clients("dynamodb", "s3", "events", region=pipeline.stack.state.region) as clients:
        yield DeskReviews(pipeline, clients)


def _policy_text() -> str:
    text = STANDARD.read_text(encoding="utf-8")
    return text.replace("name: standard\n", "name: at-the-desk\n").replace("review:\n", "review:\n  backend: desk\n")


def _policy() -> Policy:
    return load(_policy_text(), origin="at-the-desk.yaml")
