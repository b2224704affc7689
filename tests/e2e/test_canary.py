"""What people and producers write stays in the ledger: not a word of it is in any log, span, metric or alert."""

import asyncio
import json
import uuid
from typing import Any

from shared.contracts.cloudevents import CloudEvent, encode, event_id
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.contracts.words import Action, Status
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually


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


async def test_nothing_that_people_wrote_is_in_telemetry(pipeline: Pipeline, alerts: dict[str, list[str]]) -> None:
    canary = f"canary{uuid.uuid4().hex}"
    ways = (_approved, _reviewed_and_appealed, _quarantined)
    items = await asyncio.gather(*(way(pipeline, canary) for way in ways))

    async def exported() -> list[Any] | None:
        found = [await pipeline.control(f"otlp/spans?conversation={item}") for item in items]
        return found if all(one["spans"] for one in found) else None

    spans = await eventually(exported, what="the items' spans")
    assert canary not in json.dumps(spans)
    assert canary not in json.dumps(await pipeline.control("otlp/metrics"))
    assert canary not in json.dumps(alerts)
    logs = sorted(pipeline.stack.log_dir.glob("*-*.log"))
    assert {log.name.partition("-")[0] for log in logs} >= {"ingest", "moderate", "review", "results"}
    told = [log.name for log in logs if canary in log.read_text(errors="replace")]
    assert told == []
