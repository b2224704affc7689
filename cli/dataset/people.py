"""Asks people about what Rekognition is unsure of: a yes-or-no loop for each image and label, desk or A2I."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from msgspec import structs

from cli.connection import DatasetReview
from cli.dataset.judging import Answer, Outcome
from cli.dataset.pictures import CHANGED
from cli.dataset.plan import Plan, Wanted
from cli.dataset.state import YES, Placed, State
from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.domain import loops
from services.review.desk.domain.loops import About, Loop
from services.review.templates.generate import dataset
from shared.aws.a2i import HumanLoops
from shared.aws.errors import translated
from shared.aws.evidence import EvidenceStore
from shared.clock import Clock
from shared.contracts.words import BackendName
from shared.errors import Permanent

TITLE: Final = "Does the image show this?"
SHOWN_FOLDER: Final = "derivatives/dataset"
"""Of the work bucket: reviewers may see what is in there, and it expires."""
EXPIRES_AFTER: Final = timedelta(days=10)
TIME_LIMIT_S: Final = 3600
FOLDER: Final = "human-loops"
AT_ONCE: Final = 8


class Ruling(StrEnum):
    YES = YES
    NO = "no"
    NONE = "none"


class People(Protocol):
    """Where loops are. Raises Transient when it can't be reached."""

    async def ask(self, name: str, content: str) -> None:
        """Open a loop; nothing changes when there is one of this name."""
        ...

    async def ruling(self, name: str) -> Ruling | None:
        """None while people are at it; NONE when it ended without an answer that can be read."""
        ...

    async def stop(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """`work_bucket` is where pictures are put for reviewers to see."""

    people: People
    work_bucket: str


class A2iPeople:
    def __init__(self, loops: HumanLoops, outputs: EvidenceStore, flow: str) -> None:
        self._loops = loops
        self._outputs = outputs
        self._flow = flow

    async def ask(self, name: str, content: str) -> None:
        await self._loops.start(name, self._flow, content)

    async def ruling(self, name: str) -> Ruling | None:
        loop = await self._loops.describe(name)
        if loop is None:
            return Ruling.NONE
        return await _ruling(loop.status, loop.output_uri, self._outputs)

    async def stop(self, name: str) -> None:
        await self._loops.stop(name)


class DeskPeople:
    """`flow` stands in the place of a flow definition's ARN, `group` is that of the team that is asked."""

    def __init__(
        self, desk: DeskLoops, outputs: EvidenceStore, *, flow: str, group: str, bucket: str, clock: Clock
    ) -> None:
        self._desk = desk
        self._outputs = outputs
        self._flow = flow
        self._group = group
        self._bucket = bucket
        self._clock = clock

    async def ask(self, name: str, content: str) -> None:
        template, now = dataset(), self._clock()
        told = json.loads(content)
        loop = Loop(
            name=name,
            flow=self._flow,
            group=self._group,
            about=About(title=TITLE, kind="image", category=told["category"], severity=told["severity"]),
            created_at=now,
            expires_at=now + EXPIRES_AFTER,
            time_limit_s=TIME_LIMIT_S,
            answers_wanted=1,
            template=hashlib.sha256(template.encode()).hexdigest(),
            output_uri=f"s3://{self._bucket}/{loops.output_key(FOLDER, self._flow, now, name)}",
        )
        await self._desk.start(loop, content, template)

    async def ruling(self, name: str) -> Ruling | None:
        loop = await self._desk.settled(name)
        if loop is None:
            return Ruling.NONE
        return await _ruling(loop.status, loop.output_uri, self._outputs)

    async def stop(self, name: str) -> None:
        await self._desk.change(name, loops.stopped)


def people_of(
    review: DatasetReview, clients: Mapping[str, Any], evidence_bucket: str, clock: Clock, backend: BackendName
) -> People | None:
    """None where the stack hasn't this backend."""
    outputs = EvidenceStore(clients["s3"], evidence_bucket)
    match backend:
        case BackendName.A2I if review.a2i is not None:
            return A2iPeople(HumanLoops(clients["sagemaker-a2i-runtime"]), outputs, review.a2i.flow_definition)
        case BackendName.DESK if review.desk is not None:
            desk = DeskLoops(
                clients["dynamodb"], review.desk.table, clients["s3"], evidence_bucket, clients["events"], clock=clock
            )
            return DeskPeople(
                desk, outputs, flow=review.desk.flow, group=review.desk.group, bucket=evidence_bucket, clock=clock
            )
        case _:
            return None


async def open_loops(plan: Plan, state: State, s3: Any, backend: Backend) -> None:
    """A loop for everything uncertain that could still be wanted. A repeat opens none twice: names follow from what is
    asked."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(placed: Placed, wanted: Wanted) -> None:
        async with room:
            name = loop_name(plan, placed, wanted)
            shown = f"{SHOWN_FOLDER}/{plan.run}/{name}"
            try:
                await _show(plan, placed, s3, backend.work_bucket, shown)
            except Permanent as error:
                if error.code != CHANGED:
                    raise
                state.keep_place(structs.replace(placed, outcome=Outcome.CHANGED))
                return
            answer = state.answer(placed) or state.answer_for_content(placed) or Answer()
            await backend.people.ask(name, loop_input(placed, wanted, answer, f"s3://{backend.work_bucket}/{shown}"))
            state.asked_people(placed, name)

    asked = [
        (placed, wanted)
        for wanted in plan.wanted
        if plan.limits.target is None or state.count(wanted.folder, Outcome.KEPT) < plan.limits.target
        for placed in state.places(wanted.folder, Outcome.UNCERTAIN)
    ]
    opened = (one(placed, wanted) for placed, wanted in asked if placed.loop is None)
    for failure in await asyncio.gather(*opened, return_exceptions=True):
        if failure is not None:
            raise failure


async def _show(plan: Plan, placed: Placed, s3: Any, bucket: str, shown: str) -> None:
    """Put the picture where reviewers may see it: nobody gives them rights to every source."""
    with translated("work", {"PreconditionFailed": CHANGED, "NoSuchKey": CHANGED}):
        await s3.copy_object(
            Bucket=bucket,
            Key=shown,
            CopySource={"Bucket": plan.source.bucket, "Key": placed.key},
            CopySourceIfMatch=placed.etag,
        )


def loop_name(plan: Plan, placed: Placed, wanted: Wanted) -> str:
    """A2I takes `[a-z0-9](-*[a-z0-9])*`, at most 63 characters, unique per account."""
    parts = (plan.source.bucket, plan.dest.address, wanted.folder, wanted.label, placed.key, placed.etag)
    return f"dataset-{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"


def loop_input(placed: Placed, wanted: Wanted, answer: Answer, shown: str) -> str:
    """JSON with camelCase keys. The same question gives the same text, since A2I refuses a name that comes again with
    other input. Severity 1 puts it behind everything that is moderated."""
    return json.dumps(
        {
            "kind": "image",
            "taskObject": shown,
            "label": wanted.label,
            "confidence": placed.confidence,
            "boxes": [
                {
                    "left": round(100 * box.left, 2),
                    "top": round(100 * box.top, 2),
                    "width": round(100 * box.width, 2),
                    "height": round(100 * box.height, 2),
                }
                for box in answer.of(wanted.label).boxes
            ],
            "category": wanted.label,
            "severity": 1,
            "round": 1,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def read_answers(output: Any) -> Ruling:
    """What most people said in an `output.json`; NONE for a tie, and where nothing can be read."""
    given = output.get("humanAnswers") if isinstance(output, Mapping) else None
    votes = Counter(_said(entry) for entry in (given if isinstance(given, list) else []))
    if votes[Ruling.YES] == votes[Ruling.NO]:
        return Ruling.NONE
    return max((Ruling.YES, Ruling.NO), key=lambda ruling: votes[ruling])


async def _ruling(status: str, output_uri: str | None, outputs: EvidenceStore) -> Ruling | None:
    if status in {"InProgress", "Stopping"}:
        return None
    if status != "Completed" or output_uri is None:
        return Ruling.NONE
    try:
        return read_answers(await outputs.get_json(output_uri))
    except Permanent:
        return Ruling.NONE  # not JSON, too large, or elsewhere: nobody's answer


def _said(entry: Any) -> Ruling | None:
    content = entry.get("answerContent") if isinstance(entry, Mapping) else None
    field = content.get("ruling") if isinstance(content, Mapping) else None
    if isinstance(field, Mapping):
        chosen = [name for name, on in field.items() if on is True]
        field = chosen[0] if len(chosen) == 1 else None
    return Ruling(field) if isinstance(field, str) and field in {Ruling.YES, Ruling.NO} else None
