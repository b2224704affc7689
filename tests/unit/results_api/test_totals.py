"""Statistics and exports: of many items, so each has an end, and says whether it is the end of all."""

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientPayloadError

from services.results.api.web import totals
from shared.contracts.words import Action
from shared.errors import Transient
from shared.ledger.record import Record
from tests.unit.results_api.asking import NOW, READER, asking, bearer


async def test_statistics_count_what_became_of_items() -> None:
    async with asking() as api:
        for number, action in enumerate((Action.REJECT, Action.REJECT, Action.APPROVE)):
            await api.judged(f"{number}.jpg", action)
        await api.item("waiting.jpg")
        found = await api.get("/v1/stats", *READER)
    assert (found["items"], found["is_complete"]) == (4, True)
    assert found["verdict"] == {"reject": 2, "approve": 1}
    assert found["label"] == {"Weapons": 3}
    assert (found["review_rate"], found["reuse_rate"]) == (0, 0)
    assert found["latency_s"] == {"p50": 0, "p90": 0, "p99": 0}


async def test_statistics_of_more_than_can_be_counted_say_how_far_back_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "COUNTED", 2)
    async with asking() as api:
        for number in range(3):
            await api.item(f"{number}.jpg", at=NOW - timedelta(minutes=number))
        found = await api.get("/v1/stats", *READER)
    assert (found["items"], found["is_complete"], found["looked_back_to"]) == (2, False, "2026-11-21T11:59:00Z")


async def test_statistics_of_what_is_rare_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "BUDGET_S", 0)
    monkeypatch.setattr(totals, "PAGE", 1)
    async with asking() as api:
        for number in range(3):
            await api.item(f"{number}.jpg")
        found = await api.get("/v1/stats", *READER)
    assert (found["items"], found["is_complete"]) == (1, False)


async def test_an_export_that_begins_with_a_store_out_of_reach_is_told_as_such() -> None:
    async with asking() as api:
        await api.judged("a.jpg", Action.REJECT)
        api.ledger.fail_next("record", Transient("ledger-unreachable"))
        assert (await api.get("/v1/export", *READER, status=503))["type"] == "urn:gavel:problem:unavailable"


async def test_an_export_that_can_not_go_on_is_cut_off_and_never_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asking() as api:
        ids = [await api.item(f"{number}.jpg", at=NOW - timedelta(minutes=number)) for number in range(20)]
        has = api.ledger.record

        async def record(media_id: str) -> Record | None:
            if media_id == ids[-1]:
                raise Transient("ledger-unreachable")
            return await has(media_id)

        monkeypatch.setattr(api.ledger, "record", record)
        async with api.http.get("/v1/export", headers=bearer(READER)) as answer:
            assert answer.status == 200
            with pytest.raises(ClientPayloadError):
                await answer.read()


async def test_who_hangs_up_in_the_middle_of_an_export_is_on_record_with_what_they_had(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with asking() as api:
        ids = [await api.item(f"{number}.jpg", at=NOW - timedelta(minutes=number)) for number in range(20)]
        has, runner = api.ledger.record, api.http.server.runner
        assert runner is not None
        server = runner.server
        assert server is not None

        async def record(media_id: str) -> Record | None:
            if media_id == ids[-1]:
                await until(lambda: not server.connections)
            return await has(media_id)

        monkeypatch.setattr(api.ledger, "record", record)
        with caplog.at_level(logging.INFO):
            async with api.http.get("/v1/export", headers=bearer(READER)) as answer:
                await answer.content.readline()
                answer.close()
            await until(lambda: bool(exports(caplog)))
    (line,) = exports(caplog)
    assert (line["by"], line["is_whole"]) == ("api/client-1", False)
    assert 1 <= line["items"] < len(ids)
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  what the other end of a socket does, no event tells
            await asyncio.sleep(0.01)


def exports(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(line)["gavel_fields"] for line in caplog.records if line.message == "api.exported"]


async def test_an_export_has_every_record_says_where_it_ends_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with asking() as api:
        ids = {await api.judged(f"{number}.jpg", Action.REJECT) for number in range(3)}
        caplog.set_level(logging.INFO)
        async with api.http.get("/v1/export", headers=bearer(READER)) as answer:
            assert answer.content_type == "application/x-ndjson"
            *lines, last = [json.loads(line) for line in (await answer.text()).splitlines()]
    assert {line["media_id"] for line in lines} == ids
    assert all(line["entries"] for line in lines)
    assert last == {"end": True, "items": 3}
    assert exports(caplog) == [{"by": "api/client-1", "items": 3, "is_whole": True}]
