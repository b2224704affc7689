"""Signing in, in as many steps as the user pool wants, and signing out."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from services.review.desk.ports import Challenge, NotLetIn, Session
from services.review.desk.web.desk import COOKIE, desk_of, form_of, visit_of
from services.review.desk.web.guard import ANONYMOUS_FOR, begin, fresh
from services.review.desk.web.pages import SIGN_IN_PROBLEMS, page
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()

NEW_PASSWORD: Final = "NEW_PASSWORD_REQUIRED"  # noqa: S105  Cognito's word for a challenge


@routes.get("/sign-in")
async def ask(request: web.Request) -> web.StreamResponse:
    if visit_of(request).groups:
        raise web.HTTPSeeOther("/")
    return _sign_in_page(request, next_=_local(request.query.get("next", "/")))


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    username, next_ = form.get("username", "").strip(), _local(form.get("next", "/"))
    try:
        outcome = await desk_of(request).door.sign_in(username, form.get("password", ""))
    except NotLetIn as refusal:
        log.info("desk.sign_in_refused", reason=refusal.reason)
        return _sign_in_page(request, next_=next_, problem=refusal.reason, username=username, status=401)
    return await _go_on(request, outcome, next_)


@routes.get("/challenge")
async def challenge(request: web.Request) -> web.StreamResponse:
    if _pending(visit_of(request).session) is None:
        raise web.HTTPSeeOther("/sign-in")
    return _challenge_page(request, next_=_local(request.query.get("next", "/")))


@routes.post("/challenge")
async def respond(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    pending, next_ = _pending(visit_of(request).session), _local(form.get("next", "/"))
    if pending is None:
        raise web.HTTPSeeOther("/sign-in")
    if pending.kind == NEW_PASSWORD and form.get("answer") != form.get("again"):
        return _challenge_page(request, next_=next_, problem="mismatch", status=400)
    try:
        outcome = await desk_of(request).door.respond(pending, form.get("answer", ""))
    except NotLetIn as refusal:
        log.info("desk.sign_in_refused", reason=refusal.reason)
        if refusal.reason in {"password", "wrong"}:
            return _challenge_page(request, next_=next_, problem=refusal.reason, status=400)
        return _sign_in_page(request, next_=next_, problem=refusal.reason, status=401)
    return await _go_on(request, outcome, next_)


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.StreamResponse:
    await desk_of(request).sessions.end(visit_of(request).cookie)
    response = web.HTTPSeeOther("/sign-in?notice=signed-out")
    response.del_cookie(COOKIE, path="/")
    # Drafts that the page's script keeps in the browser.
    response.headers["Clear-Site-Data"] = '"storage"'
    raise response


async def _go_on(request: web.Request, outcome: str | Challenge, next_: str) -> web.StreamResponse:
    """To the tasks, or to the next thing that the user pool wants."""
    desk = desk_of(request)
    if isinstance(outcome, Challenge):
        session = Session(
            csrf=fresh().csrf,
            username=outcome.username,
            challenge=outcome.kind,
            challenge_session=outcome.session,
        )
        response = web.Response(status=303, headers={"Location": f"/challenge?next={quote(next_)}"})
        await begin(request, response, session, until=desk.clock() + ANONYMOUS_FOR)
        return response
    member = await desk.door.member(outcome)
    if not member.groups & desk.groups:
        log.info("desk.sign_in_refused", reason="team")
        return _sign_in_page(request, next_=next_, problem="team", status=403)
    response = web.Response(status=303, headers={"Location": next_})
    await begin(request, response, Session(csrf=fresh().csrf, token=outcome), until=member.until)
    log.info("desk.signed_in", worker=member.reviewer.worker)
    return response


def _pending(session: Session) -> Challenge | None:
    if session.challenge is None or session.username is None or session.challenge_session is None:
        return None
    return Challenge(kind=session.challenge, username=session.username, session=session.challenge_session)


def _sign_in_page(
    request: web.Request, *, next_: str, problem: str | None = None, username: str = "", status: int = 200
) -> web.StreamResponse:
    text = SIGN_IN_PROBLEMS[problem] if problem else None
    return page(request, "sign_in.html", status=status, next=next_, problem=text, username=username)


def _challenge_page(
    request: web.Request, *, next_: str, problem: str | None = None, status: int = 200
) -> web.StreamResponse:
    text = SIGN_IN_PROBLEMS[problem] if problem else None
    is_password = visit_of(request).session.challenge == NEW_PASSWORD
    return page(request, "challenge.html", status=status, next=next_, problem=text, is_password=is_password)


def _local(path: str) -> str:
    """A path of this desk's, whatever somebody put into a link: nobody is sent elsewhere after signing in."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_path else "/"
