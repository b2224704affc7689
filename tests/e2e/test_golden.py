"""Golden items reach reviewers among real ones, at either place; their answers are scored and are nobody's verdict."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.screen import Exit
from services.review.domain.golden import is_drawn
from shared.contracts.words import Action, DecidedBy, Status
from shared.identity import loop_name
from shared.ledger.entries import SubmissionOpened
from shared.ledger.golden import GoldenLoop
from shared.policy.load import load
from shared.policy.model import Policy
from tests.e2e.pictures import mark, unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.reviews import Reviews, reviews

PATIENCE_S = 300
"""Several items, one after the other, pass through the pipeline in the meantime."""
POLICIES = {"a2i": "standard", "desk": "at-the-desk"}


@pytest.mark.parametrize("backend", POLICIES)
async def test_golden_items_are_scored_and_settle_nothing(
    pipeline: Pipeline, alerts: dict[str, list[str]], backend: str
) -> None:
    async with reviews(backend, pipeline) as people, golden_policy(pipeline, POLICIES[backend]) as policy:
        item = await _escalated(pipeline, people)
        await people.answer(await people.open_loop(item), Action.REJECT)
        await pipeline.status(item, Status.DONE)
        before = await pipeline.record(item)
        added = await _gavel("golden", "add", item, "--from-verdict", "--label", "Weapons")
        assert (added["policy"], added["right"]) == (policy.name, "reject")
        try:
            case, wrong = await _drawn(pipeline, people, policy)
            await people.answer(await people.started(wrong.opened.name), Action.APPROVE)
            await _scored(item, answers=1)

            other, right = await _drawn(pipeline, people, policy)
            await people.answer(await people.started(right.opened.name), Action.REJECT)
            score = await _scored(item, answers=2)
            await _tell_again(pipeline, right)
            assert await _scored(item, answers=2) == score
        finally:
            await _gavel("golden", "remove", item)
        assert (score["right"], score["confusion"]) == (1, {"reject": {"approve": 1, "reject": 1}})
        assert (score["labels"], score["labels_found"]) == (2, 0)
        # Whoever ruled on the item is left out, and then whoever has met it. A2I leaves nobody out, and the emulated
        # one's first worker is the same in every loop.
        assert len(wrong.opened.excluded_workers) == 1
        assert len(right.opened.excluded_workers) == {"a2i": 1, "desk": 2}[backend]

        # The cases that they came beside wait for their own reviewers still, and the golden item is as it was.
        waiting = {each["media_id"] for each in await _gavel("review", "queue")}
        assert {case, other} <= waiting
        assert {wrong.id, right.id}.isdisjoint(waiting)
        await people.answer(await people.open_loop(case), Action.RESTRICT)
        event = await pipeline.verdict(case)
        assert (event.data.verdict, event.data.decided_by) == (Action.RESTRICT, DecidedBy.HUMAN)
        assert await pipeline.record(item) == before
        assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
        assert {wrong.id, right.id}.isdisjoint({*pipeline.verdicts.by_media, *alerts})
        for loop in (wrong, right):
            assert await pipeline.record(loop.id) is None


async def test_what_cannot_be_golden_is_refused_with_the_reason(pipeline: Pipeline) -> None:
    clean = await pipeline.submit(await pipeline.upload(unique_jpeg()))
    await pipeline.status(clean, Status.DONE)
    for arguments, says in (
        (("add", "a" * 26, "--answer", "reject"), "no item"),
        (("add", clean, "--from-verdict"), "isn't people's"),
        (("add", clean, "--answer", "reject", "--label", "Wepons"), "did you mean Weapons"),
        (("add", clean, "--answer", "reject", "--policy", "nobodys"), "nobodys"),
        (("remove", clean), "isn't golden"),
    ):
        code, told = await _said(*arguments)
        assert code in {Exit.FAILED, Exit.NOT_FOUND}
        assert says in told


async def test_people_are_told_what_is_golden(pipeline: Pipeline) -> None:
    clean = await pipeline.submit(await pipeline.upload(unique_jpeg()))
    await pipeline.status(clean, Status.DONE)
    for arguments, says in (
        (("list", "--policy", "nobodys"), "no golden items"),
        (("add", clean, "--answer", "approve"), "approve is right"),
        (("list",), clean),
        (("remove", clean), "no more"),
    ):
        code, told = await _said(*arguments)
        assert code == Exit.OK, told
        assert says in told


@asynccontextmanager
async def golden_policy(pipeline: Pipeline, name: str) -> AsyncIterator[Policy]:
    """Deploys the policy once more, with golden items beside half of its loops, until the test ends."""
    s3, bucket = pipeline.connection.s3, pipeline.connection.outputs.policy_bucket

    async def read(key: str) -> str:
        answer = await s3.get_object(Bucket=bucket, Key=f"policies/{name}/{key}")
        return str((await answer["Body"].read()).decode())

    async def write(key: str, text: str) -> None:
        await s3.put_object(Bucket=bucket, Key=f"policies/{name}/{key}", Body=text.encode())

    before = (await read("current")).strip()
    text = (await read(f"{before}.yaml")).replace("\nreview:\n", "\nreview:\n  golden_percent: 50\n")
    policy = load(text, origin=name)
    await write(f"{policy.version}.yaml", text)
    await write("current", policy.version)
    try:
        yield policy
    finally:
        await write("current", before)


async def _escalated(pipeline: Pipeline, people: Reviews) -> str:
    key = f"{people.prefix}{mark()}.jpg"
    return await pipeline.submit(await pipeline.upload(unique_jpeg(), key=key, labels="Weapons:71.3"))


async def _drawn(pipeline: Pipeline, people: Reviews, policy: Policy) -> tuple[str, GoldenLoop]:
    """A new case beside which there is a golden loop. INGEST notices a new policy within a quarter of a minute, and of
    the cases half are drawn."""

    async def look() -> tuple[str, GoldenLoop] | None:
        case = await _escalated(pipeline, people)
        judged_by = (await pipeline.entry(case, SubmissionOpened)).policy
        if judged_by.version != policy.version or not is_drawn(policy, case, 1):
            return None
        return case, await eventually(lambda: beside(case), what=f"the golden loop beside {case}")

    async def beside(case: str) -> GoldenLoop | None:
        return await pipeline.connection.golden.drawn(policy.name, loop_name(case, policy.version, 1))

    return await eventually(look, what="a case that is drawn", within_s=PATIENCE_S)


async def _scored(item: str, *, answers: int) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        golden = (await _gavel("review", "stats", "--since", "1h"))["golden"]
        score: dict[str, Any] | None = golden["items"].get(item)
        return score if score and score["answers"] >= answers else None

    return await eventually(look, what=f"{answers} scored answers about {item}", within_s=PATIENCE_S)


async def _tell_again(pipeline: Pipeline, loop: GoldenLoop) -> None:
    """The event of the loop's end once more, and nothing of it left in the queue."""
    detail = {"humanLoopName": loop.opened.name, "humanLoopStatus": "Completed", "humanLoopOutput": None}
    await pipeline.send(json.dumps({"detail": detail}), queue="human-loop-events")
    url = pipeline.connection.outputs.queues["human-loop-events"]

    async def settled() -> bool | None:
        answer = await pipeline.connection.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        left = [n for key, n in answer["Attributes"].items() if key.startswith("ApproximateNumberOfMessages")]
        return True if all(n == "0" for n in left) else None

    await eventually(settled, what="the repeated event settled")


async def _said(*arguments: str) -> tuple[int, str]:
    result = await asyncio.to_thread(CliRunner().invoke, app, ["golden", *arguments])
    return result.exit_code, " ".join(result.output.split())


async def _gavel(*arguments: str) -> Any:
    result = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--json"])
    assert result.exit_code == Exit.OK, result.output
    return json.loads(result.stdout)
