"""Sends images through the deployed pipeline, in the lane that lets live traffic go first, and gathers what it finds.

    images ─► head ─► media event, lane backfill ─► INGEST ─► MODERATE ─► (policy: REVIEW ─► RESULTS)
                        a window of them              and its evidence is read from the ledger

An item's id follows from object, version and run: what a crash has left is found again, and asked about once. No more
are on their way than the window holds, so that the run can be cancelled, and its queue stays short.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from cli.bulk.plan import Plan
from cli.bulk.records import answer_in, changed_at, choice_in
from cli.bulk.shapes import REF, Answer, code_of
from cli.bulk.state import Image, Stage, State
from cli.runs import RunProblem
from cli.submit import version_of
from shared.aws.errors import translated
from shared.clock import Clock, utc_now
from shared.consumer.ports import Outbox
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.delivered import Delivery, delivery_key
from shared.contracts.messages import MEDIA_SUBMITTED, BulkItem, MediaRef, MediaSubmitted
from shared.contracts.words import Lane, MediaKind, Status
from shared.errors import ContractError, Permanent, Transient
from shared.identity import analysis_id, media_id
from shared.ledger.entries import Quarantined, SubmissionOpened
from shared.ledger.port import Ledger
from shared.ledger.record import Record
from shared.ledger.views import only
from shared.policy.model import Tenants

T = TypeVar("T")

TICK_S: Final = 0.5
TRIES: Final = 8
"""Ticks in a row that may fail by something passing: two minutes and more."""
AT_ONCE: Final = 32
LOOKED_AT: Final = 128
"""Items that a tick asks the ledger about: more than a quota of 50 a second ends."""
LOST_AFTER: Final = timedelta(hours=1)
"""An item that the ledger knows nothing of for so long is sent again: a repeat changes nothing."""
STUCK_AFTER: Final = timedelta(hours=6)
"""An item to which nothing has happened for so long isn't waited for any more: a defect's message goes round and round,
and then to a dead-letter queue. It is far longer than a window of images waits for the quota that live traffic leaves.
"""
GONE: Final = dict.fromkeys(("404", "NoSuchKey", "NoSuchBucket"), "object-missing")
OVER: Final = frozenset({Status.QUARANTINED, Status.DISCARDED})
NAME_LIMIT: Final = 64
TELL: Final = "the pipeline quarantined it"
STUCK: Final = "STUCK"


@dataclass(slots=True)
class Sent:
    """`at` is when it was sent last, as far as this process knows, and `since` when it began to wait for it."""

    image: Image
    media_id: str
    at: datetime
    since: datetime


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Answers are delivered in `bucket`. `window` is how many may be on their way. `may_begin` is asked before images
    are sent, `goes_on` at each tick. `retry` counts how often lines with errors were begun anew: what isn't judged is
    asked about as another item then."""

    s3: Any
    bucket: str
    ledger: Ledger
    events: Outbox
    tenants: Tenants
    plan: Plan
    state: State
    window: int
    may_begin: Callable[[], bool]
    goes_on: Callable[[], bool]
    watch: Callable[[], None]
    retry: int = 0
    tick_s: float = TICK_S
    clock: Clock = utc_now
    _on_their_way: deque[Sent] = field(default_factory=deque)

    async def run(self) -> None:
        """Until nothing is left to send, or to wait for. Raises GavelError when AWS can't be asked for long."""
        begun_at = self.clock()
        for image in self._sent_before():
            self._on_their_way.append(Sent(image, str(image.media_id), begun_at, begun_at))
        failures = 0
        while self.goes_on():
            try:
                moved = await self._tick()
                failures = 0
            except Transient as error:
                failures += 1
                if failures == TRIES or error.code.endswith("-access-denied"):
                    raise
                await asyncio.sleep(self.tick_s * 2**failures)
                continue
            if moved is None:
                return
            self.watch()
            if not moved:
                await asyncio.sleep(self.tick_s)

    async def _tick(self) -> int | None:
        """How many images are further than before; None when there are none any more."""
        room = self.window - len(self._on_their_way)
        images = self.state.images(Stage.NEW, limit=room) if room > 0 and self.may_begin() else []
        for first in range(0, len(images), AT_ONCE):
            await _all(self._send(image) for image in images[first : first + AT_ONCE])
            self.watch()
        if not images and not self._on_their_way:
            return None
        return len(images) + await self._gather()

    def _sent_before(self) -> list[Image]:
        found: list[Image] = []
        while page := self.state.images(Stage.SENT, after=found[-1].number if found else 0):
            found += page
        return found

    async def _send(self, image: Image, since: datetime | None = None) -> None:
        if image.media_id is not None and await self._take_up(image, image.media_id):
            return
        place = REF.fullmatch(image.ref)
        assert place is not None  # noqa: S101  what isn't, is no image by now
        bucket, key = place["bucket"], place["key"]
        try:
            tenant = self._tenant(bucket, key)
            with translated("source", GONE):
                head = await self.s3.head_object(Bucket=bucket, Key=key)
            if image.delivered and image.asked_at and head["LastModified"] > image.asked_at:
                raise Permanent("changed-since", "the object was written anew after the job had begun")
        except Permanent as error:
            message = error.detail if error.code != "object-missing" else "There is no such object."
            self.state.failed(image.number, code_of(error.code), message)
            return
        version = version_of(head)
        judged = self.plan.policy is not None
        run = self.plan.run if judged else run_of(self.plan, self.retry)
        item = media_id(bucket, key, version) if judged else analysis_id(bucket, key, version, run)
        event = CloudEvent(
            id=event_id(MEDIA_SUBMITTED, item, run),
            source="gavel/bulk",
            type=MEDIA_SUBMITTED,
            subject=key,
            time=self.clock(),
            data=MediaSubmitted(
                media=MediaRef(bucket=bucket, key=key, version_id=None if version.startswith("etag:") else version),
                tenant=tenant,
                lane=Lane.BACKFILL,
                bulk=BulkItem(
                    run=run,
                    is_judged=judged,
                    min_confidence=self.plan.min_confidence,
                    adapter=self.plan.adapter if not judged else None,
                    answer_of=item if await self._deliver(image, item, head) else None,
                ),
            ),
        )
        await self.events.send(event, group=tenant)
        self.state.sent(image, item)
        sent_at = self.clock()
        self._on_their_way.append(Sent(image, item, sent_at, since or sent_at))

    async def _take_up(self, image: Image, item: str) -> bool:
        """Whether an image that an earlier try gave up needs nothing sent: what is to be judged is an item of its
        object's, whatever the run, and is only looked at again; anything else may have its answer by now. What nobody
        knows anything of is sent."""
        record = await self.ledger.record(item)
        if record is None:
            return False
        if self.plan.policy is not None:
            self.state.sent(image, item)
            now = self.clock()
            self._on_their_way.append(Sent(image, item, now, now))
            return True
        answer = await answer_in(record, self.ledger)
        if answer is not None:
            self.state.answered(image, answer, None)
        return answer is not None

    async def _deliver(self, image: Image, item: str, head: Any) -> bool:
        """Whether the item comes with its answer: it says where only operators write what that is about. S3 tells whole
        seconds, and what was written in the one in which the job began is asked about again."""
        if image.delivered is None or image.asked_at is None:
            return False
        if head["LastModified"] >= image.asked_at.replace(microsecond=0):
            return False
        delivery = Delivery(answer=image.delivered, min_confidence=self.plan.min_confidence, adapter=self.plan.adapter)
        key = delivery_key(self.plan.run, item)
        with translated("evidence"):
            await self.s3.put_object(Bucket=self.bucket, Key=key, Body=msgspec.json.encode(delivery))
        return True

    def _tenant(self, bucket: str, key: str) -> str:
        """Raises Permanent for what isn't anybody's, or is judged by another policy than this run's."""
        try:
            route = self.tenants.route(bucket, key, None)
        except ContractError as error:
            raise Permanent(error.code, error.detail) from error
        if self.plan.policy not in (None, route.policy):
            raise Permanent("other-policy", f"tenant {route.name} is judged by {route.policy}")
        return route.name

    async def _gather(self) -> int:
        """How many of those that were looked at are through."""
        looked_at = [self._on_their_way.popleft() for _ in range(min(LOOKED_AT, len(self._on_their_way)))]
        settled = 0
        while looked_at:
            group, looked_at = looked_at[:AT_ONCE], looked_at[AT_ONCE:]
            try:
                through = await _all(self._look(sent) for sent in group)
            except BaseException:
                self._on_their_way.extend((*group, *looked_at))  # looked at again, those that are through as well
                raise
            settled += sum(through)
            self._on_their_way.extend(sent for sent, is_through in zip(group, through, strict=True) if not is_through)
        return settled

    async def _look(self, sent: Sent) -> bool:
        record = await self.ledger.record(sent.media_id)
        if record is None:
            return await self._look_for_lost(sent)
        self._check_question(record)
        choice = choice_in(record) if self.plan.policy else None
        status = record.summary.status
        try:
            answer = await answer_in(record, self.ledger)
        except Permanent as error:
            self.state.failed(sent.image.number, code_of(error.code), error.detail)
            return True
        if answer is not None and (choice is not None or not self.plan.policy):
            self.state.answered(sent.image, answer, choice)
            return True
        if status in OVER or record.summary.kind is MediaKind.VIDEO:
            quarantined = only(record, Quarantined)
            code, detail = (quarantined.code, quarantined.detail) if quarantined else ("not-an-image", TELL)
            self.state.failed(sent.image.number, code_of(code), detail, answer)
            return True
        # An old item may have been sent a moment ago, by this run.
        if self._is_over(sent.at, LOST_AFTER) and self._is_over(changed_at(record), STUCK_AFTER):
            self._give_up(sent, answer)
            return True
        return False

    async def _look_for_lost(self, sent: Sent) -> bool:
        if self._is_over(sent.since, STUCK_AFTER):
            self._give_up(sent)
            return True
        if self._is_over(sent.at, LOST_AFTER) and self.may_begin():
            await self._send(msgspec.structs.replace(sent.image, media_id=None), sent.since)
            return True  # it is on its way anew
        return False

    def _is_over(self, since: datetime, time: timedelta) -> bool:
        return self.clock() - since > time

    def _give_up(self, sent: Sent, answer: Answer | None = None) -> None:
        hours = int(STUCK_AFTER.total_seconds() // 3600)
        self.state.failed(
            sent.image.number, STUCK, f"nothing has happened to item {sent.media_id} for {hours} hours", answer
        )

    def _check_question(self, record: Record) -> None:
        """Raises RunProblem where a run of the same name, from another machine perhaps, has asked something else."""
        opened = only(record, SubmissionOpened)
        if self.plan.policy is not None or opened is None or opened.bulk is None:
            return
        if (opened.bulk.min_confidence, opened.bulk.adapter) != (self.plan.min_confidence, self.plan.adapter):
            asked = f"{opened.bulk.min_confidence:g} and {opened.bulk.adapter or 'no adapter'}"
            raise RunProblem(f"a run of this name has asked something else ({asked}): choose another --name")


def run_of(plan: Plan, retry: int) -> str:
    """The run that items are said to be of. No name begins with a dot, so that a retry's is nobody else's."""
    return f".{retry}.{plan.run}"[:NAME_LIMIT] if retry else plan.run


async def _all(doing: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All of it, to its end, whatever becomes of one; then the first error is raised."""
    done = await asyncio.gather(*doing, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return [each for each in done if not isinstance(each, BaseException)]
