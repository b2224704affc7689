"""The grid of a set: who sees it, what may be said there, and that what was said stays said."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.review.desk.web.app import application
from services.review.desk.web.desk import COOKIE as COOKIE_NAME
from shared.errors import Transient
from shared.verification.counts import Counts, LabelCounts
from shared.verification.sets import LABELS_LIMIT
from shared.verification.words import Said, image_id
from tests.fakes.desk import (
    COOKIE,
    CSRF,
    Media,
    MemoryNotebook,
    MemoryParts,
    MemorySessions,
    MemoryTasks,
    memory_desk,
)
from tests.fakes.verified import MemoryVerified
from tests.unit.verification.grids import handed_over
from tests.unit.verification.pictures import SET, TENANT, image

PAGE = f"/verify/{TENANT}/{SET}"
GUN, PLAIN = image("a/gun.jpg", "Weapons", "Violence"), image("b/plain.jpg")
HOSTILE = '"><script>alert(1)</script>'


class Grid:
    """Somebody's browser at a desk in memory."""

    def __init__(self) -> None:
        self.verified, self.parts, self.notebook = MemoryVerified(), MemoryParts(), MemoryNotebook()
        self.desk = memory_desk(MemoryTasks(), self.notebook, Media(), MemorySessions(), self.verified, self.parts)
        self.browser: TestClient[Any, Any] = TestClient(
            TestServer(application(self.desk)), cookies={COOKIE_NAME: COOKIE}
        )

    async def look(self, path: str = PAGE) -> tuple[int, str]:
        answer = await self.browser.get(path, allow_redirects=False)
        return answer.status, await answer.text()

    async def say(self, *words: Mapping[str, Any], csrf: str = CSRF, page: str = "1", path: str = PAGE) -> Any:
        return await self.browser.post(
            f"{path}/words",
            data={"page": page, "words": json.dumps(words)},
            headers={"Accept": "application/json", "X-CSRF-Token": csrf},
        )


@pytest.fixture
async def grid() -> AsyncIterator[Grid]:
    grid = Grid()
    async with grid.browser:
        yield grid


def of(picture: Any, **said: Any) -> dict[str, Any]:
    return {"id": image_id(picture.source), "seen": True, **said}


async def test_only_members_of_the_sets_team_see_it(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN], group="gavel-test-others")
    assert (await grid.look())[0] == 404
    assert (await grid.say(of(GUN, right=["Weapons"]))).status == 404
    assert SET not in (await grid.look("/verify"))[1]
    assert grid.verified.added == []


async def test_the_page_shows_each_prediction_with_its_confidence_and_nothing_preselected(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN, PLAIN])
    status, text = await grid.look()
    assert status == 200
    assert text.count('class="tile"') == 2
    assert 'data-label="Violence" data-said=""' in text
    assert text.index('data-label="Violence"') < text.index('data-label="Weapons"')
    assert "90 %" in text
    assert "The model saw nothing." in text
    assert 'class="grid blur greyscale"' in text
    assert 'aria-pressed="true"' not in text
    assert "https://media.example/media/media/a/gun.jpg" in text


async def test_what_is_shown_is_the_version_that_the_model_saw(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [image("a.jpg", "Weapons", version="v1")])
    assert "https://media.example/media/media/a.jpg?versionId=v1" in (await grid.look())[1]


async def test_images_may_be_shown_and_nothing_else_is_allowed(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN])
    policy = (await grid.browser.get(PAGE)).headers["Content-Security-Policy"]
    assert "img-src https://media.example 'self' data:" in policy
    assert "script-src 'self';" in policy


async def test_what_was_said_is_kept_told_and_there_again(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN, PLAIN])
    answer = await grid.say(of(GUN, right=["Violence"], wrong=["Weapons"]), of(PLAIN, missing=["Gambling"]))
    told = await answer.json()
    assert told["words"] == [
        {"id": image_id(GUN.source), "right": ["Violence"], "wrong": ["Weapons"], "missing": [], "seen": True},
        {"id": image_id(PLAIN.source), "right": [], "wrong": [], "missing": ["Gambling"], "seen": True},
    ]
    assert "<strong>2</strong> verified" in told["counts"]
    assert "19 more false positives or 50 more false negatives" in told["counts"]
    text = (await grid.look())[1]
    assert 'data-label="Weapons" data-said="wrong"' in text
    assert 'data-added="Gambling"' in text
    assert (await grid.verified.counts(TENANT, SET)) == Counts(
        images=2,
        labels=(
            LabelCounts(label="Gambling", false_negatives=1),
            LabelCounts(label="Weapons", false_positives=1),
            LabelCounts(label="Violence", right=1),
        ),
        buckets={"media": 2},
    )


async def test_a_word_can_be_taken_back(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [PLAIN])
    await grid.say(of(PLAIN))
    await grid.say(of(PLAIN, seen=False))
    assert [word.said for _, word in grid.verified.added] == [Said(is_seen=True), Said()]
    assert (await grid.verified.counts(TENANT, SET)).images == 0


async def test_the_same_sent_twice_after_a_lost_answer_is_one_word(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN])
    grid.verified.fail_next(Transient("verified-failed"), written=True)
    assert (await grid.say(of(GUN, right=["Weapons"]))).status == 503
    assert (await grid.say(of(GUN, right=["Weapons"]))).status == 200
    assert len(grid.verified.added) == 1


async def test_a_form_from_elsewhere_says_nothing(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN])
    assert (await grid.say(of(GUN, right=["Weapons"]), csrf="stolen")).status == 403
    assert grid.verified.added == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("", 400),
        ("[]", 400),
        ('[{"id": 7}]', 400),
        ("\ud800", 400),
        (json.dumps([{"id": "x", "seen": True}]), 409),
        (json.dumps([{"id": image_id(GUN.source)}] * 49), 400),
    ],
)
async def test_what_is_no_word_on_an_image_of_the_page_is_refused(grid: Grid, words: str, status: int) -> None:
    await handed_over(grid.verified, grid.parts, [GUN])
    body = {"page": "1", "words": words.encode(errors="replace").decode()}
    headers = {"Accept": "application/json", "X-CSRF-Token": CSRF}
    assert (await grid.browser.post(f"{PAGE}/words", data=body, headers=headers)).status == status
    assert grid.verified.added == []


async def test_labels_that_nobody_knows_are_not_taken(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [PLAIN])
    told = await (await grid.say(of(PLAIN, missing=[HOSTILE], right=["Weapons"]))).json()
    assert told["words"][0] == {"id": image_id(PLAIN.source), "right": [], "wrong": [], "missing": [], "seen": True}


async def test_every_label_that_an_image_may_have_can_be_answered_at_once(grid: Grid) -> None:
    full = image("full.jpg", *(f"Label {n:03}" for n in range(LABELS_LIMIT)))
    await handed_over(grid.verified, grid.parts, [full])
    answer = await grid.say(of(full, wrong=sorted(full.labels)))
    assert len((await answer.json())["words"][0]["wrong"]) == LABELS_LIMIT


async def test_pages_hold_24_images_and_there_are_none_beyond(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [image(f"{n:04}.jpg", "Alcohol") for n in range(500)])
    for page, shown in ((1, 24), (20, 24), (21, 20)):
        text = (await grid.look(f"{PAGE}?page={page}"))[1]
        assert text.count('class="tile"') == shown, page
        assert f"Page {page} of 21" in text
    assert "0480.jpg" in text
    for page_ in ("0", "22", "-1", "x", "٣", "9" * 30):
        assert (await grid.look(f"{PAGE}?page={page_}"))[0] == 404


async def test_hostile_names_are_only_names(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [image(f"x/{HOSTILE}", HOSTILE)])
    text = (await grid.look())[1]
    assert "<script>alert" not in text
    told = await (await grid.say(of(image(f"x/{HOSTILE}", HOSTILE), wrong=[HOSTILE]))).json()
    assert "<script>" not in told["counts"]


async def test_what_lies_where_nobody_may_look_is_not_shown(grid: Grid) -> None:
    def refuse(uri: str, version: str | None = None) -> str:
        raise ValueError(uri)

    grid.desk.media.grant = refuse  # type: ignore[method-assign]
    await handed_over(grid.verified, grid.parts, [GUN])
    text = (await grid.look())[1]
    assert '<img src="http' not in text
    assert "isn&#39;t one that reviewers may see" in text or "isn't one that reviewers may see" in text


async def test_images_that_were_judged_count_as_seen_once_each(grid: Grid) -> None:
    await handed_over(grid.verified, grid.parts, [GUN, PLAIN])
    await grid.say(of(GUN, right=["Weapons"]), of(PLAIN))
    await grid.say(of(GUN, wrong=["Weapons"]))
    assert grid.notebook.seen.today == 2
