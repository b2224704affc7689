"""Signing in, in as many steps as the user pool wants, and signing out."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from shared.signin.guard import ANONYMOUS_FOR, begin, fresh
from shared.signin.ports import Challenge, NotLetIn, Session
from shared.signin.visits import SIGN_IN, SignIn, form_of, visit_of
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()

NEW_PASSWORD: Final = "NEW_PASSWORD_REQUIRED"  # noqa: S105  Cognito's word for a challenge


@routes.get("/sign-in")
async def ask(request: web.Request) -> web.StreamResponse:
    way_in = request.app[SIGN_IN]
    if visit_of(request).groups:
        raise web.HTTPSeeOther(f"{way_in.root}/")
    return _sign_in_page(request, next_=_local(way_in, request.query.get("next", "")))


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.StreamResponse:
    way_in, form = request.app[SIGN_IN], await form_of(request)
    username, next_ = form.get("username", "").strip(), _local(way_in, form.get("next", ""))
    try:
        outcome = await way_in.door.sign_in(username, form.get("password", ""))
    except NotLetIn as refusal:
        log.info("pages.sign_in_refused", reason=refusal.reason)
        return _sign_in_page(request, next_=next_, problem=refusal.reason, username=username, status=401)
    return await _go_on(request, outcome, next_)


@routes.get("/challenge")
async def challenge(request: web.Request) -> web.StreamResponse:
    way_in = request.app[SIGN_IN]
    if _pending(visit_of(request).session) is None:
        raise web.HTTPSeeOther(f"{way_in.root}/sign-in")
    return _challenge_page(request, next_=_local(way_in, request.query.get("next", "")))


@routes.post("/challenge")
async def respond(request: web.Request) -> web.StreamResponse:
    way_in, form = request.app[SIGN_IN], await form_of(request)
    pending, next_ = _pending(visit_of(request).session), _local(way_in, form.get("next", ""))
    if pending is None:
        raise web.HTTPSeeOther(f"{way_in.root}/sign-in")
    if pending.kind == NEW_PASSWORD and form.get("answer") != form.get("again"):
        return _challenge_page(request, next_=next_, problem="mismatch", status=400)
    try:
        outcome = await way_in.door.respond(pending, form.get("answer", ""))
    except NotLetIn as refusal:
        log.info("pages.sign_in_refused", reason=refusal.reason)
        if refusal.reason in {"password", "wrong"}:
            return _challenge_page(request, next_=next_, problem=refusal.reason, status=400)
        return _sign_in_page(request, next_=next_, problem=refusal.reason, status=401)
    return await _go_on(request, outcome, next_)


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.StreamResponse:
    way_in = request.app[SIGN_IN]
    await way_in.sessions.end(visit_of(request).cookie)
    response = web.HTTPSeeOther(f"{way_in.root}/sign-in?notice=signed-out")
    response.del_cookie(way_in.cookie, path=f"{way_in.root}/")
    if way_in.keeps_in_browser:
        response.headers["Clear-Site-Data"] = '"storage"'
    raise response


async def _go_on(request: web.Request, outcome: str | Challenge, next_: str) -> web.StreamResponse:
    """To the pages, or to the next thing that the user pool wants."""
    way_in = request.app[SIGN_IN]
    if isinstance(outcome, Challenge):
        session = Session(
            csrf=fresh().csrf,
            username=outcome.username,
            challenge=outcome.kind,
            challenge_session=outcome.session,
        )
        response = web.Response(status=303, headers={"Location": f"{way_in.root}/challenge?next={quote(next_)}"})
        await begin(request, response, session, until=way_in.clock() + ANONYMOUS_FOR)
        return response
    member = await way_in.door.member(outcome)
    if not way_in.admitted(member.groups):
        log.info("pages.sign_in_refused", reason="team")
        return _sign_in_page(request, next_=next_, problem="team", status=403)
    response = web.Response(status=303, headers={"Location": next_})
    await begin(request, response, Session(csrf=fresh().csrf, token=outcome), until=member.until)
    log.info("pages.signed_in", worker=member.pseudonym)
    return response


def _pending(session: Session) -> Challenge | None:
    if session.challenge is None or session.username is None or session.challenge_session is None:
        return None
    return Challenge(kind=session.challenge, username=session.username, session=session.challenge_session)


def _sign_in_page(
    request: web.Request, *, next_: str, problem: str | None = None, username: str = "", status: int = 200
) -> web.StreamResponse:
    way_in = request.app[SIGN_IN]
    text = way_in.words[problem] if problem else None
    return way_in.page(request, "sign_in.html", status=status, next=next_, problem=text, username=username)


def _challenge_page(
    request: web.Request, *, next_: str, problem: str | None = None, status: int = 200
) -> web.StreamResponse:
    way_in = request.app[SIGN_IN]
    text = way_in.words[problem] if problem else None
    is_password = visit_of(request).session.challenge == NEW_PASSWORD
    return way_in.page(request, "challenge.html", status=status, next=next_, problem=text, is_password=is_password)


def _local(way_in: SignIn, path: str) -> str:
    """A path of this application's, whatever somebody put into a link: nobody is sent elsewhere after signing in."""
    is_path = path.startswith(f"{way_in.root}/") and not path.startswith(("//", "/\\"))
    return path if is_path and path.isprintable() and "\\" not in path else f"{way_in.root}/"
