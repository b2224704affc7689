"""The results API as it is deployed: real tokens, real records, and to each caller those of their own tenants."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from yarl import URL

from shared.contracts.words import Action, Status
from shared.identity import media_id
from tests.e2e.caller import EVERYTHING, ApiCaller, api_caller
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.silent import SILENT_BUCKET


@pytest_asyncio.fixture(loop_scope="session")
async def operator(pipeline: Pipeline) -> AsyncIterator[ApiCaller]:
    async with api_caller(pipeline.stack, *EVERYTHING, "tenant/*") as caller:
        yield caller


async def judged(pipeline: Pipeline, labels: str, *, prefix: str = "e2e/") -> str:
    body = unique_jpeg()
    item = pipeline.id_of(await pipeline.upload(body, key=f"{prefix}{hash(body):x}.jpg", labels=labels))
    await pipeline.status(item, Status.DONE)
    return item


async def test_what_is_submitted_over_http_gets_its_verdict_and_its_record_is_read_back(
    pipeline: Pipeline, operator: ApiCaller
) -> None:
    media = await pipeline.upload(unique_jpeg(), labels="Explicit Nudity:99.1", bucket=SILENT_BUCKET)
    place = {"bucket": media.bucket, "key": media.key, "version_id": media.version_id}
    told = await operator.post("/v1/media", {"media": place, "tenant": "default", "external_id": "4711"})
    item = told["media_id"]
    assert item == media_id(media.bucket, media.key, media.version_id or "")
    await pipeline.status(item, Status.DONE)
    async with operator.http.get(f"{operator.url}/v1/media/{item}", headers=operator.headers) as answer:
        record, tag = await answer.json(), answer.headers["ETag"]
    assert (record["status"], record["verdict"], record["submission"]["external_id"]) == ("done", "reject", "4711")
    assert {entry["type"] for entry in record["entries"]} >= {
        "submission",
        "content",
        "evidence",
        "decision",
        "verdict",
    }
    unchanged = operator.headers | {"If-None-Match": tag}
    async with operator.http.get(f"{operator.url}/v1/media/{item}", headers=unchanged) as answer:
        assert answer.status == 304


async def test_items_are_found_by_what_became_of_them_page_by_page(pipeline: Pipeline, operator: ApiCaller) -> None:
    rejected = {await judged(pipeline, "Explicit Nudity:99.4") for _ in range(3)}
    fine = await judged(pipeline, "")
    policy = (await operator.get(f"/v1/media/{fine}"))["policy"]
    reviewed = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    await pipeline.answer(await pipeline.open_loop(reviewed), Action.APPROVE)
    await pipeline.status(reviewed, Status.DONE)
    record = await operator.get(f"/v1/media/{reviewed}")
    (worker,) = {entry["worker"] for entry in record["entries"] if entry["type"] == "answer"}

    assert rejected <= await _all(operator, verdict="reject", status="done", limit="2")
    assert rejected.isdisjoint(await _all(operator, verdict="approve"))
    assert rejected <= await _all(operator, label="Explicit Nudity")
    assert {fine, reviewed} <= await _all(operator, policy=f"{policy['name']}@{policy['version']}", verdict="approve")
    assert await _all(operator, policy="marketplace@0000000000000000") == set()
    assert reviewed in await _all(operator, reviewer=worker)
    assert not {fine, *rejected} & await _all(operator, reviewer=worker)
    assert fine not in await _all(operator, decided_by="human")
    counted = await operator.get("/v1/stats")
    assert counted["verdict"]["reject"] >= 3
    assert counted["is_complete"]


async def _all(caller: ApiCaller, **query: str) -> set[str]:
    """Every page, by the addresses that the API tells."""
    found: set[str] = set()
    address: URL | None = URL(f"{caller.url}/v1/media").with_query(query)
    while address is not None:
        async with caller.http.get(address, headers=caller.headers) as answer:
            assert answer.status == 200, await answer.text()
            found |= {item["media_id"] for item in (await answer.json())["items"]}
            following = answer.links.get("next")
            address = URL(str(following["url"])) if following else None
    return found


async def test_another_tenants_items_are_reached_by_no_way(pipeline: Pipeline) -> None:
    # Restricted, since that tenant's policy has people audit some of what it approves or rejects.
    foreign = await judged(pipeline, "Sex Toys:99.2", prefix="marketplace/")
    own = await judged(pipeline, "Sex Toys:99.2")
    async with api_caller(pipeline.stack, *EVERYTHING, "tenant/default") as caller:
        for path in ("", "/content"):
            await caller.get(f"/v1/media/{foreign}{path}", status=404)
        await caller.post(f"/v1/media/{foreign}/appeal", {"reason": "mine?"}, status=404)
        await caller.post(f"/v1/media/{foreign}/requeue", {}, status=404)
        for query in ({}, {"label": "Sex Toys"}, {"verdict": "reject"}, {"verdict": "restrict"}):
            found = await _all(caller, **query)
            assert (own in found) is (query.get("verdict") != "restrict")
            assert foreign not in found
        assert set((await caller.get("/v1/stats"))["tenant"]) == {"default"}
        exported = await caller.lines("/v1/export")
        assert own in {line.get("media_id") for line in exported}
        assert foreign not in {line.get("media_id") for line in exported}
        for path in ("/v1/media", "/v1/stats", "/v1/export"):
            await caller.get(path, status=403, tenant="marketplace")
    async with api_caller(pipeline.stack, "gavel/read", "tenant/marketplace") as caller:
        assert (await caller.get(f"/v1/media/{foreign}"))["tenant"] == "marketplace"
        await caller.post(f"/v1/media/{foreign}/appeal", {"reason": "r"}, status=403)


async def test_an_appeal_over_http_opens_a_round_with_others(pipeline: Pipeline, operator: ApiCaller) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)
    await pipeline.status(item, Status.DONE)
    assert (await operator.post(f"/v1/media/{item}/appeal", {"reason": "It is a toy."}))["verdict"] == 1
    loop = await pipeline.open_loop(item, 2)
    await pipeline.status(item, Status.APPEALED)
    await operator.post(f"/v1/media/{item}/appeal", {"reason": "It is a toy."}, status=409)
    for _ in range(3):
        await pipeline.answer(loop, Action.APPROVE)

    async def overturned() -> Any:
        record = await operator.get(f"/v1/media/{item}")
        return record if (record["verdict"], record["verdict_number"]) == ("approve", 2) else None

    await eventually(overturned, what="the second verdict")


async def test_a_quarantined_item_whose_cause_is_mended_goes_again_and_reaches_its_verdict(
    pipeline: Pipeline, operator: ApiCaller
) -> None:
    refusal = {"operation": "rekognition.DetectModerationLabels", "code": "InvalidImageFormatException"}
    await pipeline.control("faults", refusal)
    item = pipeline.id_of(await pipeline.upload(unique_jpeg()))
    assert (await pipeline.quarantined(item)).code == "image-format-refused"
    await pipeline.control("faults", method="DELETE")
    told = await operator.post(f"/v1/media/{item}/requeue", {})
    assert told["queue"].endswith("-moderation-requests")
    await pipeline.status(item, Status.DONE)
    assert (await operator.get(f"/v1/media/{item}"))["verdict"] == "approve"
    await operator.post(f"/v1/media/{item}/requeue", {}, status=409)


async def test_media_is_fetched_by_the_address_that_the_api_signs(pipeline: Pipeline, operator: ApiCaller) -> None:
    body = unique_jpeg()
    item = pipeline.id_of(await pipeline.upload(body))
    await pipeline.status(item, Status.DONE)
    told = await operator.get(f"/v1/media/{item}/content")
    async with operator.http.get(URL(told["url"], encoded=True)) as answer:
        assert (answer.status, await answer.read()) == (200, body)


async def test_forged_tokens_are_refused_and_so_are_reviewers(pipeline: Pipeline, operator: ApiCaller) -> None:
    claims = jwt.decode(operator.token, options={"verify_signature": False})
    header = jwt.get_unverified_header(operator.token)
    own_key = await asyncio.to_thread(rsa.generate_private_key, public_exponent=65_537, key_size=2_048)
    head, payload, signature = operator.token.split(".")
    more = claims | {"scope": "gavel/read tenant/*", "sub": "somebody"}
    altered = base64.urlsafe_b64encode(json.dumps(more).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    forged = (
        jwt.encode(claims, own_key, algorithm="RS256", headers={"kid": header["kid"]}),
        jwt.encode(claims, "secret-of-thirty-two-bytes-or-more", algorithm="HS256", headers={"kid": header["kid"]}),
        f"{head}.{altered}.{signature}",
        f"{unsigned}.{payload}.",
        "no.token.at-all",
    )
    for token in forged:
        refused = await ApiCaller(http=operator.http, url=operator.url, token=token).get("/v1/media", status=401)
        assert refused["type"] == "urn:gavel:problem:token-refused"
