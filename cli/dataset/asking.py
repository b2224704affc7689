"""Asks Rekognition what images show: one paid call for each content, within the account's quota, and never twice."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cli.dataset.judging import Answer, Box, SeenLabel, sightings
from cli.dataset.listing import Candidate, Listed
from cli.dataset.plan import Plan
from cli.dataset.state import State
from shared.aws.errors import translated
from shared.aws.rekognition import REFUSED
from shared.contracts.words import Lane
from shared.errors import Permanent, Transient
from shared.limiter import LimiterState

FAST_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
MAX_OBJECT_BYTES: Final = 15 * 1024 * 1024
"""DetectLabels takes no larger object from S3, so that nobody needs to pay for hearing it."""
ATTEMPTS: Final = 6
FIRST_DELAY_S: Final = 0.5
HOPELESS: Final = frozenset({"rekognition-access-denied", "rekognition-credentials"})


class LabelsClient(Protocol):
    async def detect_labels(self, **request: Any) -> dict[str, Any]: ...


class Quota(Protocol):
    """The account's, which others use too (`shared.limiter.RateLimiter`)."""

    @property
    def state(self) -> LimiterState: ...

    def turn(self, lane: Lane) -> AbstractAsyncContextManager[None]: ...


def default_quota(region: str) -> float:
    """Calls of DetectLabels a second. AWS General Reference, "Amazon Rekognition endpoints and quotas"."""
    return 50.0 if region in FAST_REGIONS else 5.0


def is_askable(image: Candidate | Listed) -> bool:
    return 0 < image.size_bytes <= MAX_OBJECT_BYTES


@dataclass(slots=True)
class Asker:
    """`client` must not retry by itself: every attempt goes through the limiter, which others of the account share.

    `paid` counts the calls that were answered for this process.
    """

    client: LabelsClient
    quota: Quota
    state: State
    plan: Plan
    paid: int = 0
    _is_ending: bool = False
    _waiting: set[asyncio.Task[Any]] = field(default_factory=set)
    _asking: dict[tuple[str, int], asyncio.Future[Answer]] = field(default_factory=dict)

    def known(self, image: Candidate) -> bool:
        """Whether this very object was paid for."""
        return self.state.answer(image) is not None

    def is_repeat(self, image: Candidate) -> bool:
        """Whether an object with the same bytes was, or is being asked about."""
        return self._content(image) in self._asking or self.state.answer_for_content(image) is not None

    def start(self, image: Candidate) -> asyncio.Future[Answer]:
        """The answer, sooner or later: from what was paid before, or from Rekognition. What is asked now and what
        isn't is decided before this returns, so in the order of calling."""
        answer = self.state.answer(image) or self.state.answer_for_content(image)
        if answer is not None:
            done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            done.set_result(answer)
            return done
        content = self._content(image)
        if content not in self._asking:
            task = asyncio.ensure_future(self._ask(image))
            self._asking[content] = task
            task.add_done_callback(lambda _: self._asking.pop(content, None))
        # Whoever gives up waiting must not end the call for the others.
        return asyncio.shield(self._asking[content])

    async def finish_what_was_sent(self) -> None:
        """Send nothing more, and keep the answers to what was sent: it is paid."""
        self._is_ending = True
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _ask(self, image: Candidate) -> Answer:
        """Raises Transient when Rekognition can't be asked."""
        delay_s = FIRST_DELAY_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self._call_in_turn(image, Lane.BACKFILL if attempt == 1 else Lane.LIVE)
                break
            except Permanent as error:
                answer = Answer(refused=error.code)
                break
            except Transient as error:
                if attempt == ATTEMPTS or error.code in HOPELESS:
                    raise
            with self._unsent():
                await asyncio.sleep(delay_s)
            delay_s *= 2
        self.paid += 1
        self.state.keep_answer(image, answer)
        return answer

    async def _call_in_turn(self, image: Candidate, lane: Lane) -> Answer:
        """One call. A throttled one is sent again, before those that were never tried, for however long that takes:
        the limiter slows down by itself."""
        while True:
            try:
                with self._unsent() as sent:
                    async with self.quota.turn(lane):
                        sent()
                        return await self._call(image)
            except Transient as error:
                if not error.code.endswith("-throttled"):
                    raise
                lane = Lane.LIVE

    async def _call(self, image: Candidate) -> Answer:
        with translated("rekognition", REFUSED):
            answer = await self.client.detect_labels(
                Image={"S3Object": {"Bucket": self.plan.source.bucket, "Name": image.key}},
                MinConfidence=self.plan.min_confidence,
            )
        labels = [_seen(label) for label in answer.get("Labels", ())]
        return Answer(sightings=sightings(labels, self.plan.wanted))

    @contextmanager
    def _unsent(self) -> Iterator[Callable[[], None]]:
        """While in here, and until what it yields is called, the running task may be ended: nothing is paid yet."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  always in a coroutine
        if self._is_ending:  # what was sent was throttled, and would be sent again
            raise asyncio.CancelledError
        self._waiting.add(task)
        try:
            yield lambda: self._waiting.discard(task)
        finally:
            self._waiting.discard(task)

    def _content(self, image: Candidate) -> tuple[str, int]:
        return image.etag, image.size_bytes


def _seen(label: Mapping[str, Any]) -> SeenLabel:
    return SeenLabel(
        name=label["Name"],
        confidence=label["Confidence"],
        parents=tuple(parent["Name"] for parent in label.get("Parents", ())),
        aliases=tuple(alias["Name"] for alias in label.get("Aliases", ())),
        boxes=tuple(_box(instance) for instance in label.get("Instances", ()) if "BoundingBox" in instance),
    )


def _box(instance: Mapping[str, Any]) -> Box:
    """Rekognition may place a box some pixels outside of the picture, which nobody who trains on it wants to read."""
    box = instance["BoundingBox"]
    left, top = max(0.0, box["Left"]), max(0.0, box["Top"])
    right, bottom = min(1.0, box["Left"] + box["Width"]), min(1.0, box["Top"] + box["Height"])
    return Box(left=left, top=top, width=right - left, height=bottom - top, confidence=instance["Confidence"])
