"""Verifying predictions: the sets of my teams, and a set's images page by page, answered as one goes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from aiohttp import web

from services.review.desk.domain.work import exposed, is_break_due
from services.review.desk.web.desk import Desk, desk_of, reviewer_of
from services.review.desk.web.pages import page, part
from shared.signin.visits import SIGN_IN, form_of, visit_of
from shared.taxonomy.labels import ancestors, is_known, taxonomy
from shared.verification.counts import FALSE_NEGATIVES, FALSE_POSITIVES, TEST_IMAGES
from shared.verification.port import WORDS_LIMIT
from shared.verification.sets import LABELS_LIMIT, VerificationSet, page_of, part_of
from shared.verification.words import Origin, Predicted, Prediction, Said, Word, image_id, said_of

routes = web.RouteTableDef()

SET: Final = r"/verify/{tenant:[^/]+}/{set:[A-Za-z0-9_.-]{1,64}}"
MINIMUMS: Final = {"positives": FALSE_POSITIVES, "negatives": FALSE_NEGATIVES, "tests": TEST_IMAGES}

Labels = Annotated[tuple[str, ...], msgspec.Meta(max_length=LABELS_LIMIT)]


class _Given(msgspec.Struct, frozen=True):
    """What the page's script sends of one image: everything that this person says of it now."""

    id: str
    right: Labels = ()
    wrong: Labels = ()
    missing: Labels = ()
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A predicted label; `depth` is how far it is under another one that was predicted too."""

    prediction: Prediction
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`address` is None where the image's place isn't one that reviewers may see."""

    id: str
    name: str
    address: str | None
    rows: Sequence[Row]
    said: Said


@routes.get("/verify")
async def show_sets(request: web.Request) -> web.StreamResponse:
    verified = desk_of(request).verified
    mine = [set_ for set_ in await verified.sets() if set_.group in visit_of(request).groups]
    counts = await asyncio.gather(*(verified.counts(set_.tenant, set_.name) for set_ in mine))
    return page(request, "verify_sets.html", sets=list(zip(mine, counts, strict=True)))


@routes.get(SET)
async def show(request: web.Request) -> web.StreamResponse:
    desk, set_ = desk_of(request), await _own_set(request)
    number = _page_number(request.query.get("page", "1"), set_)
    worker = reviewer_of(request).worker
    images = await _images(desk, set_, number)
    states = await desk.verified.states(set_.tenant, set_.name, [each.source for each in images])
    said = {id_: state.said.get(worker, Said()) for id_, state in states.items()}
    exposure = await desk.notebook.exposure(worker)
    response = page(
        request,
        "verify.html",
        set=set_,
        number=number,
        tiles=[_tile(desk, each, said) for each in images],
        worker=worker,
        comfort=await desk.notebook.comfort(worker),
        taxonomy=taxonomy().labels.values(),
        exposure=exposure,
        is_break_due=is_break_due(exposure, desk.clock(), break_after=desk.break_after, break_s=desk.break_s),
        break_minutes=desk.break_s // 60,
        counts=await desk.verified.counts(set_.tenant, set_.name),
        minimums=MINIMUMS,
    )
    images_too = " ".join(["img-src", *desk.media.origins()])
    response.headers["Content-Security-Policy"] = request.app[SIGN_IN].policy.replace("img-src", images_too)
    return response


@routes.post(f"{SET}/words")
async def keep(request: web.Request) -> web.StreamResponse:
    """Keeps what is said of images of one page. The same once more changes nothing: a reply may have been lost."""
    desk, set_, worker = desk_of(request), await _own_set(request), reviewer_of(request).worker
    form = await form_of(request)
    given = _given(form.get("words", ""))
    if given is None:
        return web.json_response({"error": "unreadable"}, status=400)
    images = await _images(desk, set_, _page_number(form.get("page", ""), set_))
    by_id = {image_id(each.source): each for each in images}
    words = [_word(set_, by_id[each.id], each, worker, desk) for each in given if each.id in by_id]
    if len(words) != len(given):
        return web.json_response({"error": "elsewhere"}, status=409)
    before = await desk.verified.states(set_.tenant, set_.name, [word.image.source for word in words])
    states = await desk.verified.save(words)
    await _count_exposure(desk, worker, sum(id_ not in before or worker not in before[id_].said for id_ in states))
    counts = await desk.verified.counts(set_.tenant, set_.name)
    said = {id_: state.said.get(worker, Said()) for id_, state in states.items()}
    return web.json_response(
        {
            "words": [_told(id_, each) for id_, each in said.items()],
            "counts": part("verify_counts.html", counts=counts, minimums=MINIMUMS),
        }
    )


async def _own_set(request: web.Request) -> VerificationSet:
    """The set that the address names; for whoever isn't in its team there is none."""
    name = request.match_info
    set_ = await desk_of(request).verified.find(name["tenant"], name["set"])
    if set_ is None or set_.group not in visit_of(request).groups:
        raise web.HTTPNotFound
    return set_


async def _images(desk: Desk, set_: VerificationSet, number: int) -> tuple[Predicted, ...]:
    """Of one page, each image once; whatever a set has, no more than a part of it is in memory."""
    if not set_.images:
        return ()
    found = page_of(await desk.parts.part(set_, part_of(number)), number)
    return tuple({image_id(each.source): each for each in found}.values())


def _page_number(text: str, set_: VerificationSet) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= number <= set_.pages:
        raise web.HTTPNotFound
    return number


def _tile(desk: Desk, image: Predicted, said: Mapping[str, Said]) -> Tile:
    source, id_ = image.source, image_id(image.source)
    try:
        address: str | None = desk.media.grant(f"s3://{source.bucket}/{source.key}", source.version_id)
    except ValueError:
        address = None
    return Tile(
        id=id_,
        name=source.key.rpartition("/")[2] or source.key,
        address=address,
        rows=_rows(image),
        said=said.get(id_, Said()),
    )


def _rows(image: Predicted) -> list[Row]:
    """Each label under the one that it is a kind of, the surest of its kind first."""
    surest = {each.label: each.confidence for each in image.predictions}

    def line(label: str) -> tuple[str, ...]:
        """From the top."""
        above = tuple(each for each in reversed(ancestors(label)) if each in surest) if is_known(label) else ()
        return (*above, label)

    ordered = sorted(image.predictions, key=lambda each: [(-surest[label], label) for label in line(each.label)])
    return [Row(prediction=each, depth=len(line(each.label)) - 1) for each in ordered]


def _given(text: str) -> list[_Given] | None:
    try:
        read = msgspec.json.decode(text, type=list[_Given])
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return read if 0 < len(read) <= WORDS_LIMIT else None


def _word(set_: VerificationSet, image: Predicted, given: _Given, worker: str, desk: Desk) -> Word:
    return Word(
        tenant=set_.tenant,
        set=set_.name,
        image=image,
        said=said_of(image.labels, right=given.right, wrong=given.wrong, missing=given.missing, is_seen=given.seen),
        by=worker,
        at=desk.clock(),
        origin=Origin.GRID,
    )


async def _count_exposure(desk: Desk, worker: str, images: int) -> None:
    exposure = await desk.notebook.exposure(worker)
    for _ in range(images):
        exposure = exposed(exposure, desk.clock(), break_s=desk.break_s)
    await desk.notebook.keep_exposure(worker, exposure)


def _told(id_: str, said: Said) -> dict[str, object]:
    return {"id": id_, "right": said.right, "wrong": said.wrong, "missing": said.missing, "seen": said.is_seen}
