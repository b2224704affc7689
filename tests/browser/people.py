"""Reviewers at the deployed desk, each with a browser of their own."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import boto3
from playwright.async_api import Browser, FrameLocator, Page, expect

from cli.demo.reviewer import invite, temporary_password
from cli.local import LocalStack
from shared.contracts.words import Action, DecidedBy
from shared.identity import media_id
from shared.policy.load import load
from tests.browser.chromium import DEADLINE_MS
from tests.browser.desk import has_focus
from tests.e2e.pictures import unique_jpeg

T = TypeVar("T")

SHOTS: Final = Path(__file__).parents[2] / ".gavel" / "artefacts" / "desk"
"""Pictures of the pages, for people to look at."""
POLICIES: Final = Path(__file__).parents[2] / "infra" / "policies"
PATIENCE_S: Final = 120


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A stack whose reviews are the desk's own; media under `panel/` take three answers."""

    stack: LocalStack

    def client(self, service: str) -> Any:
        state = self.stack.state
        return boto3.client(
            service,
            endpoint_url=state.endpoint,
            region_name=state.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  LocalStack takes any
        )

    def add_panel(self) -> None:
        """A second tenant, whose policy asks three people."""
        text = (POLICIES / "standard.yaml").read_text(encoding="utf-8")
        text = text.replace("name: standard", "name: panel").replace("  answers: 1\n", "  answers: 3\n")
        policy = load(text, origin="panel.yaml")
        s3, outputs = self.client("s3"), self.stack.outputs
        for key, body in (
            (f"policies/panel/{policy.version}.yaml", text),
            ("policies/panel/current", policy.version),
            ("tenants.json", json.dumps({"tenants": [self._tenant("default", "standard", ""), self._panel()]})),
        ):
            s3.put_object(Bucket=outputs["policy_bucket"], Key=key, Body=body.encode())

    def upload(self, *, prefix: str = "", name: str = "picture.jpg") -> str:
        """A picture that a person has to judge; returns its media id."""
        return self.put(unique_jpeg(), "Weapons:71.3", key=f"{prefix}{uuid.uuid4().hex}/{name}")

    def put(self, body: bytes, labels: str, *, key: str) -> str:
        """Any object, with what the emulator is to see in it; returns its media id."""
        bucket = self.stack.outputs["media_bucket"]
        put = self.client("s3").put_object(Bucket=bucket, Key=key, Body=body, Metadata={"gavel-labels": labels})
        return media_id(bucket, key, put["VersionId"])

    def verdict(self, item: str) -> tuple[str, str] | None:
        table = self.stack.outputs["ledger_table"]
        found = self.client("dynamodb").query(
            TableName=table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :verdict)",
            ExpressionAttributeValues={":pk": {"S": item}, ":verdict": {"S": "verdict#"}},
        )["Items"]
        return (found[-1]["action"]["S"], found[-1]["decided_by"]["S"]) if found else None

    async def decided(self, item: str, action: Action) -> None:
        told = await eventually(lambda: asyncio.to_thread(self.verdict, item))
        assert told == (action, DecidedBy.HUMAN)

    def turn_back(self, loop: str, seconds: int) -> None:
        """Have every task of this loop held for so much longer than it was: what time would do."""
        dynamodb, table = self.client("dynamodb"), f"gavel-{self.stack.state.stack}-desk"
        which = {"pk": {"S": f"loop#{loop}"}, "sk": {"S": "loop"}}
        item = dynamodb.get_item(TableName=table, Key=which, ConsistentRead=True)["Item"]
        kept = json.loads(item["loop"]["S"])
        for hold in kept["holds"]:
            hold["accepted_at"] = _earlier(hold["accepted_at"], seconds)
        item |= {"loop": {"S": json.dumps(kept)}, "revision": {"N": str(int(item["revision"]["N"]) + 1)}}
        dynamodb.put_item(TableName=table, Item=item)

    def _panel(self) -> dict[str, Any]:
        return self._tenant("panel", "panel", "panel/")

    def _tenant(self, name: str, policy: str, prefix: str) -> dict[str, Any]:
        return {
            "name": name,
            "policy": policy,
            "buckets": [{"bucket": self.stack.outputs["media_bucket"], "prefix": prefix}],
        }


@dataclass
class Person:
    """Somebody with a browser, invited to review."""

    studio: Studio
    page: Page
    email: str = field(default_factory=lambda: f"{uuid.uuid4().hex}@example.com")
    password: str = field(default_factory=temporary_password)

    @property
    def desk(self) -> str:
        return self.studio.stack.desk_url

    @property
    def task(self) -> FrameLocator:
        return self.page.frame_locator("#frame")

    async def sign_in(self) -> None:
        await self.knock()
        await expect(self.page.get_by_role("heading", name="Tasks")).to_be_visible()

    async def knock(self, *, group: str | None = None) -> None:
        """Sign in for the first time: with the password of the invitation, then with one of their own."""
        await asyncio.to_thread(invite, self.studio.stack, self.email, self.password, group=group)
        await self.page.goto(self.desk)
        await self.page.get_by_label("E-mail address").fill(self.email)
        await self.page.get_by_label("Password").fill(self.password)
        await self.page.get_by_role("button", name="Sign in").click()
        self.password = temporary_password()
        await self.page.get_by_label("New password").fill(self.password)
        await self.page.get_by_label("The same again").fill(self.password)
        await self.page.get_by_role("button", name="Set the password").click()

    async def sees(self, item: str) -> None:
        """Waits until the item is on the list of tasks, to be taken."""

        async def look() -> bool:
            await self.page.goto(self.desk)
            return bool(await self._claim_button(item).count())

        await eventually(look)

    async def take(self, item: str) -> str:
        """Take the item's task; returns the loop's name when the task's page is ready."""
        await self.sees(item)
        await self._claim_button(item).click()
        await self.is_ready()
        return self.page.url.rpartition("/")[2]

    async def is_ready(self) -> None:
        """The button is an element of the desk's own: once it is there, all of them are. Then keys go to them."""
        await expect(self.task.get_by_role("button", name="Submit")).to_be_visible()
        await has_focus(self.task)

    async def rule(self, action: Action) -> None:
        await self.task.get_by_role("radio", name=action.value.capitalize()).check()
        await self.task.get_by_role("checkbox", name="None of these").check()
        await self.task.get_by_role("button", name="Submit").click()

    async def is_told(self, text: str) -> None:
        await expect(self.page.get_by_role("status").filter(has_text=text)).to_be_visible()

    def _claim_button(self, item: str) -> Any:
        return self.page.locator(f'form[action^="/tasks/{item}"][action$="/claim"] button')


@dataclass(frozen=True)
class People:
    """Opens a browser for each person."""

    browser: Browser
    studio: Studio
    opened: list[Any]

    async def new(self, **options: Any) -> Person:
        options = {"viewport": {"width": 1280, "height": 900}} | options
        context = await self.browser.new_context(**options)
        self.opened.append(context)
        page = await context.new_page()
        page.set_default_timeout(DEADLINE_MS)
        return Person(studio=self.studio, page=page)

    async def signed_in(self, **options: Any) -> Person:
        person = await self.new(**options)
        await person.sign_in()
        return person


async def shot(person: Person, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    await person.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.2)


def _earlier(instant: str, seconds: int) -> str:
    return (datetime.fromisoformat(instant) - timedelta(seconds=seconds)).isoformat()
