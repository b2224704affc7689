"""What people and producers write stays in the ledger: not a word of it is in any log, span, metric or alert."""

import asyncio
import json
import uuid
from typing import Any

from shared.contracts.cloudevents import CloudEvent, encode, event_id
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.contracts.words import Action, Status
from tests.e2e.caller import EVERYTHING, api_caller
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.silent import SILENT_BUCKET

REQUESTS = 5
"""Over HTTP in the canary's own trace; the one that is refused is in none of the caller's."""


async def _approved(pipeline: Pipeline, canary: str) -> str:
    media = await pipeline.upload(unique_jpeg(), key=f"{canary}/fine.jpg", remark=canary)
    item = await pipeline.submit(media, external_id=canary)
    await pipeline.verdict(item)
    return item


async def _reviewed_and_appealed(pipeline: Pipeline, canary: str) -> str:
    media = await pipeline.upload(unique_jpeg(), key=f"{canary}/doubtful.jpg", labels="Weapons:71.3")
    item = await pipeline.submit(media, external_id=canary)
    loop = await pipeline.open_loop(item)
    ruling = {choice: choice is Action.REJECT for choice in Action}
    answer = {"ruling": ruling, "remark": canary, "labels": {canary: True}}
    await pipeline.control(f"human-loops/{loop}/answers", {"answerContent": answer})
    verdict = await pipeline.verdict(item)
    appeal = CloudEvent(
        id=event_id(APPEAL_REQUESTED, item, canary),
        source="tests/e2e",
        type=APPEAL_REQUESTED,
        subject=item,
        time=verdict.time,
        data=AppealRequested(media_id=item, reason=f"{canary} says that it is a toy", verdict=1),
    )
    await pipeline.send(encode(appeal), queue="appeals")
    await pipeline.status(item, Status.APPEALED)
    return item


async def _quarantined(pipeline: Pipeline, canary: str) -> str:
    media = await pipeline.upload(f"{canary} is no picture".encode(), key=f"{canary}/text.jpg")
    item = await pipeline.submit(media, external_id=canary)
    await pipeline.quarantined(item)
    for body in (canary, json.dumps({"specversion": "1.0", "type": canary, "data": canary})):
        await pipeline.send(body)
    await pipeline.quarantined_message(canary)
    return item


async def _over_http(pipeline: Pipeline, canary: str) -> str:
    """Everything that a caller writes: names, reasons, keys of idempotency, searches, paths, and tokens."""
    media = await pipeline.upload(unique_jpeg(), key=f"{canary}/told.jpg", bucket=SILENT_BUCKET)
    place = {"bucket": media.bucket, "key": media.key, "version_id": media.version_id}
    async with api_caller(pipeline.stack, *EVERYTHING, "tenant/*") as caller:
        headers = caller.headers | {
            "Idempotency-Key": canary,
            "traceparent": f"00-{trace_of(canary)}-00f067aa0ba902b7-01",
        }
        wanted = {"media": place, "tenant": "default", "external_id": canary}
        async with caller.http.post(f"{caller.url}/v1/media", json=wanted, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
            item: str = (await answer.json())["media_id"]
        await pipeline.status(item, Status.DONE)
        for path in (f"/v1/media?label={canary}", f"/v1/{canary}", f"/v1/media/{canary}", f"/v1/media?after={canary}"):
            async with caller.http.get(f"{caller.url}{path}", headers=headers) as answer:
                assert answer.status in {200, 400, 404}, await answer.text()
        refused = headers | {"Authorization": f"Bearer {canary}.{canary}.{canary}"}
        async with caller.http.get(f"{caller.url}/v1/media", headers=refused) as answer:
            assert answer.status == 401
        await caller.post(f"/v1/media/{item}/appeal", {"reason": f"{canary} says that it is a toy"})
    await pipeline.status(item, Status.APPEALED)
    return item


def trace_of(canary: str) -> str:
    """The trace of what the canary asks over HTTP, of which not all is about an item."""
    return canary.removeprefix("canary")


async def test_nothing_that_people_wrote_is_in_telemetry(pipeline: Pipeline, alerts: dict[str, list[str]]) -> None:
    canary = f"canary{uuid.uuid4().hex}"
    ways = (_approved, _reviewed_and_appealed, _quarantined, _over_http)
    items = await asyncio.gather(*(way(pipeline, canary) for way in ways))

    async def exported() -> list[Any] | None:
        found = [await pipeline.control(f"otlp/spans?conversation={item}") for item in items]
        return found if all(one["spans"] for one in found) else None

    async def asked_over_http() -> list[Any] | None:
        found = (await pipeline.control(f"otlp/spans?trace={trace_of(canary)}"))["spans"]
        served = [span for span in found if span["kind"] == "server"]
        return found if len(served) >= REQUESTS else None

    spans = await eventually(exported, what="the items' spans")
    assert canary not in json.dumps(spans)
    assert canary not in json.dumps(await eventually(asked_over_http, what="the spans of what was asked over HTTP"))
    assert canary not in json.dumps(await pipeline.control("otlp/metrics"))
    assert canary not in json.dumps(alerts)
    logs = sorted(pipeline.stack.log_dir.glob("*-*.log"))
    assert {log.name.partition("-")[0] for log in logs} >= {"ingest", "moderate", "review", "results", "api"}
    told = [log.name for log in logs if canary in log.read_text(errors="replace")]
    assert told == []
