"""What callers get to read and to do, and what they are told when they may not or can't."""

import json
import logging
from typing import Any

import pytest
from yarl import URL

from services.results.api.domain.callers import Permission
from services.results.api.web.bodies import BODY_LIMIT_BYTES
from shared.contracts.messages import APPEAL_REQUESTED, MEDIA_SUBMITTED
from shared.contracts.words import Action, Status
from shared.errors import Transient
from shared.identity import media_id
from shared.ledger.entries import Redriven
from tests.unit.results_api.asking import NOW, READER, asking, bearer, scopes

NOBODY = "a" * 26


async def test_an_item_is_read_with_all_that_explains_it() -> None:
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        found = await api.get(f"/v1/media/{item}", *READER)
    assert (found["media_id"], found["verdict"], found["labels"]) == (item, "reject", ["Weapons"])
    assert [(reason["code"], reason["label"]) for reason in found["current_verdict"]["reasons"]] == [
        ("reject-band", "Weapons")
    ]
    assert [entry["type"] for entry in found["entries"]] == ["content", "submission", "verdict"]
    assert found["submission"]["source"] == {"bucket": "shop-media", "key": "a.jpg", "version_id": "v1"}


async def test_an_unchanged_record_is_not_sent_again() -> None:
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        headers = {"Authorization": f"Bearer {'+'.join(READER)}"}
        async with api.http.get(f"/v1/media/{item}", headers=headers) as first:
            tag = first.headers["ETag"]
        async with api.http.get(f"/v1/media/{item}", headers=headers | {"If-None-Match": f'"x", W/{tag}'}) as second:
            assert (second.status, await second.read()) == (304, b"")
        await api.ledger.advance(item, Status.APPEALED, NOW, verdict_number=1)
        async with api.http.get(f"/v1/media/{item}", headers=headers | {"If-None-Match": tag}) as third:
            assert third.status == 200


async def test_items_are_found_page_by_page() -> None:
    async with asking() as api:
        ids = {await api.judged(f"{number}.jpg", Action.REJECT) for number in range(5)}
        await api.judged("fine.jpg", Action.APPROVE)
        found: list[str] = []
        path: Any = "/v1/media?verdict=reject&limit=2"
        headers = {"Authorization": f"Bearer {'+'.join(READER)}"}
        while path:
            async with api.http.get(path, headers=headers) as answer:
                page = await answer.json()
                found += [item["media_id"] for item in page["items"]]
                path = URL(answer.links["next"]["url"]).relative() if "next" in answer.links else None
                assert (page["next"] is None) == (path is None)
    assert (len(found), set(found)) == (5, ids)


@pytest.mark.parametrize("path", ["", "/content", "/appeal", "/requeue"])
async def test_another_tenants_item_is_as_if_it_was_not_there(path: str) -> None:
    mine = scopes(*Permission, tenant="blog")
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        method = "post" if path in {"/appeal", "/requeue"} else "get"
        told = []
        for id_ in (item, NOBODY):
            async with getattr(api.http, method)(
                f"/v1/media/{id_}{path}", json={"reason": "r"}, headers={"Authorization": f"Bearer {'+'.join(mine)}"}
            ) as answer:
                told.append((answer.status, await answer.json(content_type=None)))
    assert told[0] == told[1]
    assert told[0][0] == 404


async def test_another_tenants_items_are_in_no_list_count_or_export() -> None:
    mine = scopes(Permission.READ, tenant="blog")
    async with asking() as api:
        await api.judged("a.jpg", Action.REJECT)
        assert (await api.get("/v1/media", *mine))["items"] == []
        assert (await api.get("/v1/stats", *mine))["items"] == 0
        async with api.http.get("/v1/export", headers={"Authorization": f"Bearer {'+'.join(mine)}"}) as answer:
            assert [json.loads(line) for line in (await answer.text()).splitlines()] == [{"end": True, "items": 0}]
        refused = await api.get("/v1/media", *mine, status=403, tenant="shop")
        assert refused["type"] == "urn:gavel:problem:tenant-not-yours"


async def test_a_token_for_every_tenant_sees_all() -> None:
    async with asking() as api:
        ids = {await api.judged("a.jpg", Action.REJECT), await api.judged("b.jpg", Action.REJECT, tenant="blog")}
        found = await api.get("/v1/media", *scopes(Permission.READ, tenant="*"))
        assert {item["media_id"] for item in found["items"]} == ids


@pytest.mark.parametrize(
    ("token", "code"), [("", "token-missing"), ("Basic abc", "token-missing"), ("Bearer expired", "token-refused")]
)
async def test_nobody_comes_in_without_a_token(token: str, code: str) -> None:
    async with asking() as api, api.http.get("/v1/media", headers={"Authorization": token}) as answer:
        told = await answer.json(content_type=None)
        assert (answer.status, told["type"]) == (401, f"urn:gavel:problem:{code}")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("permission", Permission)
async def test_each_thing_needs_its_own_scope(permission: Permission) -> None:
    others = scopes(*(each for each in Permission if each is not permission))
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        match permission:
            case Permission.READ:
                answers = [await api.get(path, *others, status=403) for path in ("/v1/media", f"/v1/media/{item}")]
            case Permission.VIEW:
                answers = [await api.get(f"/v1/media/{item}/content", *others, status=403)]
            case Permission.SUBMIT:
                answers = [await api.post("/v1/media", {}, *others, status=403)]
            case Permission.APPEAL:
                answers = [await api.post(f"/v1/media/{item}/appeal", {"reason": "r"}, *others, status=403)]
            case Permission.OPERATE:
                answers = [await api.post(f"/v1/media/{item}/requeue", {}, *others, status=403)]
    assert {answer["type"] for answer in answers} == {"urn:gavel:problem:scope-missing"}
    assert all(f"gavel/{permission}" in answer["detail"] for answer in answers)


async def test_every_mistake_of_a_query_is_told_at_once() -> None:
    async with asking() as api:
        told = await api.get(
            "/v1/media",
            *READER,
            status=400,
            since="yesterday",
            verdict="rejected",
            label="Weapon",
            limit="0",
            stauts="done",
            after="x",
        )
    assert {error["parameter"]: error["detail"] for error in told["errors"]} == {
        "since": "isn't a time as 2026-11-21T14:00:00Z",
        "verdict": "is one of approve, restrict, reject",
        "label": "isn't a label of the taxonomy; did you mean `Weapons`?",
        "limit": "is a number from 1 to 200",
        "stauts": "isn't known here; did you mean `status`?",
        "after": "isn't the `next` of an earlier page",
    }


async def test_a_parameter_that_is_there_twice_is_refused() -> None:
    async with (
        asking() as api,
        api.http.get(
            "/v1/media?verdict=reject&verdict=approve", headers={"Authorization": f"Bearer {'+'.join(READER)}"}
        ) as answer,
    ):
        assert answer.status == 400


async def test_media_is_looked_at_by_an_address_that_ends_and_it_is_logged_by_whom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        with caplog.at_level(logging.INFO):
            found = await api.get(f"/v1/media/{item}/content", *scopes(Permission.VIEW))
    (line,) = [line for line in caplog.records if line.message == "media.address_given"]
    assert line.gavel_fields == {"by": "api/client-1"}  # type: ignore[attr-defined]
    assert found == {
        "url": "https://s3.example.org/shop-media/a.jpg?signed",
        "expires_at": "2026-11-21T12:05:00Z",
        "format": "jpeg",
    }


SUBMITTER = scopes(Permission.SUBMIT)
WANTED = {"media": {"bucket": "shop-media", "key": "new.jpg", "version_id": "v7"}, "external_id": "4711"}


async def test_what_is_submitted_becomes_the_producers_event() -> None:
    async with asking() as api:
        told = await api.post("/v1/media", WANTED, *SUBMITTER)
        ((event, group),) = api.submissions.sent
    assert told == {"event_id": event.id, "media_id": media_id("shop-media", "new.jpg", "v7")}
    assert (event.type, event.subject, group) == (MEDIA_SUBMITTED, "4711", "shop")
    assert (event.data.tenant, event.data.media.key, event.data.lane) == ("shop", "new.jpg", "live")


async def test_the_same_key_sends_the_same_event() -> None:
    async with asking() as api:
        first, second = [await api.post("/v1/media", WANTED, *SUBMITTER, Idempotency_Key="k") for _ in range(2)]
        third = await api.post("/v1/media", WANTED, *SUBMITTER, Idempotency_Key="l")
    assert first == second != third


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({"media": {"bucket": "blog-media", "key": "k"}}, 422, "bucket-not-allowed"),
        ({"media": {"bucket": "shop-media", "key": "k"}, "tenant": "blog"}, 403, "tenant-not-yours"),
        ({"media": {"bucket": "shop-media"}}, 400, "bad-body"),
        ({"media": {"bucket": "shop-media", "key": "k"}, "lane": "fast"}, 400, "bad-body"),
        ({"media": {"bucket": "shop-media", "key": "k"}, "extra": 1}, 400, "bad-body"),
        ([], 400, "bad-body"),
    ],
    ids=str,
)
async def test_what_can_not_be_submitted_is_refused_and_sent_nowhere(document: Any, status: int, code: str) -> None:
    async with asking() as api:
        told = await api.post("/v1/media", document, *SUBMITTER, status=status)
        assert told["type"] == f"urn:gavel:problem:{code}"
        assert api.submissions.sent == []


async def test_a_body_beyond_the_limit_is_refused_though_the_consoles_may_be_larger() -> None:
    place = {"bucket": "shop-media", "key": "a.jpg", "version_id": "v1"}
    sent = {"media": place, "external_id": "x" * BODY_LIMIT_BYTES}
    async with asking() as api:
        told = await api.post("/v1/media", sent, *SUBMITTER, status=413)
        assert (told["type"], api.submissions.sent) == ("urn:gavel:problem:too-large", [])


async def test_a_body_that_is_not_what_it_says_is_its_senders_mistake() -> None:
    headers = bearer(SUBMITTER) | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with asking() as api, api.http.post("/v1/media", data=b"no gzip", headers=headers) as answer:
        told = await answer.json(content_type=None)
        assert (answer.status, told["type"]) == (400, "urn:gavel:problem:bad-body")


async def test_a_caller_with_several_tenants_says_which() -> None:
    async with asking() as api:
        told = await api.post("/v1/media", WANTED, *scopes(Permission.SUBMIT, tenant="*"), status=400)
        assert told["detail"] == "say `tenant`: one of shop, blog"


APPELLANT = scopes(Permission.APPEAL)


async def test_an_appeal_is_sent_to_review_and_a_repeat_is_the_same() -> None:
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        for _ in range(2):
            assert await api.post(f"/v1/media/{item}/appeal", {"reason": "It's a toy"}, *APPELLANT) == {
                "media_id": item,
                "verdict": 1,
            }
        first, second = api.appeals.sent
    assert first[0].id == second[0].id
    assert (first[0].type, first[0].data.reason, first[1]) == (APPEAL_REQUESTED, "It's a toy", "shop")
    assert first[0].data.by == "api/client-1"


async def test_an_appeal_that_can_not_be_is_refused() -> None:
    async with asking() as api:
        waiting, judged = await api.item("a.jpg"), await api.judged("b.jpg", Action.REJECT)
        early = await api.post(f"/v1/media/{waiting}/appeal", {"reason": "r"}, *APPELLANT, status=409)
        other = await api.post(f"/v1/media/{judged}/appeal", {"reason": "r", "verdict": 2}, *APPELLANT, status=409)
        await api.ledger.advance(judged, Status.APPEALED, NOW, verdict_number=1)
        twice = await api.post(f"/v1/media/{judged}/appeal", {"reason": "r"}, *APPELLANT, status=409)
        assert api.appeals.sent == []
    assert [told["type"].rpartition(":")[2] for told in (early, other, twice)] == [
        "appeal-without-verdict",
        "appeal-of-other-verdict",
        "appeal-under-way",
    ]


OPERATOR = scopes(Permission.OPERATE)


async def test_a_quarantined_item_goes_again() -> None:
    async with asking() as api:
        item = await api.quarantined("a.jpg")
        assert await api.post(f"/v1/media/{item}/requeue", {}, *OPERATOR) == {"media_id": item, "queue": "media-events"}
        assert [entry.media_id for entry in api.redrive.sent] == [item]
        notes = [one for one in api.ledger.items[item].entries.values() if isinstance(one, Redriven)]
        assert [(one.of, one.by, one.at) for one in notes] == [("q1", "api/client-1", NOW)]


async def test_what_is_not_quarantined_or_has_no_queue_any_more_goes_nowhere() -> None:
    async with asking() as api:
        judged, gone = await api.judged("a.jpg", Action.REJECT), await api.quarantined("b.jpg", queue="gone")
        assert (await api.post(f"/v1/media/{judged}/requeue", {}, *OPERATOR, status=409))["type"].endswith(
            "not-quarantined"
        )
        assert (await api.post(f"/v1/media/{gone}/requeue", {}, *OPERATOR, status=422))["type"].endswith("queue-gone")


async def test_a_store_out_of_reach_is_told_as_such() -> None:
    async with asking() as api:
        item = await api.judged("a.jpg", Action.REJECT)
        api.ledger.fail_next("record", Transient("ledger-unreachable", "canary"))
        async with api.http.get(f"/v1/media/{item}", headers={"Authorization": f"Bearer {'+'.join(READER)}"}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert "canary" not in await answer.text()
