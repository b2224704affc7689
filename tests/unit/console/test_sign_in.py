"""Who gets to see the console, and what a browser is told to do with its pages."""

import re

import pytest
from yarl import URL

from services.results.console.ports import ROOT
from services.results.console.web.app import COOKIE
from shared.signin.ports import Session
from tests.fakes.console import OPERATORS, SHOP, ConsoleWorld
from tests.fakes.desk import EXPIRED, WRONG
from tests.unit.console.visiting import CSRF, Visitor, visiting


def sign_out(visitor: Visitor) -> None:
    visitor.http.session.cookie_jar.clear()


async def token_of(visitor: Visitor, path: str = "/sign-in") -> str:
    """The form's own, as the page has it."""
    found = re.search(r'name="csrf" value="([^"]+)"', await visitor.page(path))
    assert found
    return found[1]


@pytest.mark.parametrize("path", ["/", "/items", f"/items/{'a' * 26}", "/find", "/nothing-here"])
async def test_whoever_is_signed_out_is_sent_to_sign_in_and_back(path: str) -> None:
    async with visiting() as visitor:
        sign_out(visitor)
        assert await visitor.place(path) == f"{ROOT}/sign-in?next={ROOT}{path}"
        filtered = URL(await visitor.place(path, kind="video", tenant="shop"))
        assert filtered.query["next"] == f"{ROOT}{path}?kind=video&tenant=shop"


async def test_signing_in_leads_to_where_one_wanted_to_and_keeps_a_session_that_scripts_cannot_read() -> None:
    async with visiting() as visitor:
        sign_out(visitor)
        csrf = await token_of(visitor)
        form = {
            "csrf": csrf,
            "username": f"{SHOP}@example.org",
            "password": "right",
            "next": f"{ROOT}/items?kind=video",
        }
        async with visitor.http.post(f"{ROOT}/sign-in", data=form, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"{ROOT}/items?kind=video")
            cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "SameSite=Lax", f"Path={ROOT}/"} <= set(cookie.split("; "))
        await visitor.page("/items")


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/", "//elsewhere.example", "/v1/media", "/\\elsewhere", ""]
)
async def test_nobody_is_led_out_of_the_console_by_a_link(place: str) -> None:
    async with visiting() as visitor:
        sign_out(visitor)
        csrf = await token_of(visitor)
        username = f"{OPERATORS}@example.org"
        assert await visitor.send("/sign-in", csrf=csrf, username=username, next=place) == f"{ROOT}/"


async def test_a_wrong_password_is_told_without_saying_what_was_wrong() -> None:
    async with visiting() as visitor:
        sign_out(visitor)
        csrf = await token_of(visitor)
        text = await visitor.send("/sign-in", status=401, csrf=csrf, username="x@example.org", password=WRONG)
        assert "Check your e-mail address and your password" in text


async def test_a_member_of_other_groups_is_refused() -> None:
    async with visiting() as visitor:
        sign_out(visitor)
        csrf = await token_of(visitor)
        text = await visitor.send("/sign-in", status=403, csrf=csrf, username="moderators@example.org")
        assert "in no group that may use the console" in text
        await visitor.place("/")


async def test_whoever_has_left_the_group_since_sees_nothing_any_more() -> None:
    async with visiting("moderators") as visitor:
        for path in ("/", "/items"):
            assert "for your group" in await visitor.page(path, status=403)
        assert await visitor.send("/sign-out") == f"{ROOT}/sign-in?notice=signed-out"


async def test_a_token_that_is_over_signs_out() -> None:
    async with visiting(EXPIRED) as visitor:
        assert await visitor.place("/items") == f"{ROOT}/sign-in?next={ROOT}/items"


@pytest.mark.parametrize("csrf", ["", "another", "ü"])
async def test_a_form_that_another_page_sent_is_refused(csrf: str) -> None:
    async with visiting() as visitor:
        assert "come from this page" in await visitor.send("/sign-out", status=403, csrf=csrf)
        await visitor.page("/items")


async def test_a_form_from_another_origin_is_refused() -> None:
    async with visiting() as visitor:
        foreign = {"Origin": "https://elsewhere.example"}
        async with visitor.http.post(f"{ROOT}/sign-out", data={"csrf": CSRF}, headers=foreign) as answer:
            assert answer.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/x-www-form-urlencoded; charset=none"},
        {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"},
    ],
    ids=str,
)
async def test_a_form_that_can_not_be_read_is_refused_and_no_defect(headers: dict[str, str]) -> None:
    async with visiting() as visitor:
        sign_out(visitor)
        async with visitor.http.post(f"{ROOT}/sign-in", data=b"--x\r\nno header", headers=headers) as answer:
            assert answer.status == 403, await answer.text()


async def test_signing_out_ends_the_session_on_the_server() -> None:
    async with visiting() as visitor:
        await visitor.send("/sign-out")
        visitor.http.session.cookie_jar.clear()
        assert visitor.world.sessions.kept == {}


async def test_signing_out_leaves_what_the_desk_keeps_in_the_browser() -> None:
    async with (
        visiting() as visitor,
        visitor.http.post(f"{ROOT}/sign-out", data={"csrf": CSRF}, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
        assert "Clear-Site-Data" not in answer.headers


async def test_a_desks_session_is_none_of_the_consoles() -> None:
    world = ConsoleWorld()
    world.sessions.kept["desk"] = Session(csrf=CSRF, token=OPERATORS)
    async with visiting(world=world) as visitor:
        sign_out(visitor)
        async with visitor.http.get(f"{ROOT}/", headers={"Cookie": "gavel_desk=desk"}, allow_redirects=False) as answer:
            assert answer.status == 303


async def test_every_answer_has_a_strict_policy() -> None:
    async with visiting() as visitor:
        for path in ("/", "/items", "/nothing-here", "/sign-in"):
            async with visitor.http.get(f"{ROOT}{path}", allow_redirects=False) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
                assert "unsafe" not in policy
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_root_without_its_slash_leads_there() -> None:
    async with visiting() as visitor, visitor.http.get(ROOT, allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith(f"{ROOT}/")
