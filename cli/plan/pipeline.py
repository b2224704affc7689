"""The pipeline as a simulation: services, quotas, video jobs and people, each a station that items pass in turn."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cli.plan.events import Clock, Station
from cli.plan.measured import (
    AWS_WAIT_S,
    BUSY,
    DETECTION_S,
    HOP_S,
    IMAGE,
    VCPU,
    VIDEO_JOB_SHARE,
    VIDEO_LIKE_IMAGES,
    Work,
)
from shared.pacing import HEADROOM

DAY_S: Final = 86_400.0
SERVICES: Final = tuple(IMAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What comes in. Shares are 0-1; `peak` is the busiest moment's rate over the day's mean, in a day that rises and
    falls once."""

    items_per_day: float
    videos: float = 0.0
    backfill: float = 0.0
    reviewed: float = 0.02
    answers: int = 1
    seconds_per_answer: float = 15.0
    video_minutes: float = 2.0
    peak: float = 2.0

    def per_s(self, at_s: float) -> float:
        swing = (self.peak - 1) * math.cos(2 * math.pi * (at_s / DAY_S - 0.5))
        return max(0.0, self.items_per_day / DAY_S * (1 + swing))

    @property
    def most_per_s(self) -> float:
        return self.items_per_day / DAY_S * self.peak

    @property
    def answers_per_item_s(self) -> float:
        """Seconds of people's time that an item takes on average."""
        return self.reviewed * self.answers * self.seconds_per_answer

    @property
    def loop_s(self) -> float:
        """For how long a human loop is being answered on average. Its reviewers answer at once, each for as long as
        chance has it (exponentially), and it lives until the last of them has: of 3 that takes 1 + 1/2 + 1/3 times
        as long as of one."""
        return self.seconds_per_answer * sum(1 / number for number in range(1, self.answers + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the account allows, for all of its tasks together."""

    image_tps: float = 50.0
    video_start_tps: float = 5.0
    video_slots: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long things take: `work` by service, `wait_s` of one AWS request, `detection_s` of an image, `hop_s` from one
    service to the next."""

    work: Mapping[str, Work] = field(default_factory=lambda: IMAGE)
    vcpu: Mapping[str, float] = field(default_factory=lambda: VCPU)
    wait_s: float = AWS_WAIT_S
    detection_s: float = DETECTION_S
    hop_s: float = HOP_S

    def cpu_s(self, service: str, *, is_video: bool = False) -> float:
        """Of one task at one item."""
        return self.work[service].cpu_s / self.vcpu[service] * (VIDEO_LIKE_IMAGES if is_video else 1)

    def rest_s(self, service: str) -> float:
        """What is neither CPU nor the wait for a place: other own time, AWS, and the way there."""
        work = self.work[service]
        return self.hop_s + max(0.0, work.own_s - work.cpu_s) + work.waits * self.wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    tasks: Mapping[str, int]
    reviewers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    at_s: float
    is_video: bool = False
    is_backfill: bool = False
    is_reviewed: bool = False


def needed(load: Load, times: Times) -> Sizes:
    """Tasks and reviewers that the busiest moment takes."""
    per_item = 1 - load.videos + load.videos * VIDEO_LIKE_IMAGES
    tasks = {name: math.ceil(load.most_per_s * per_item * times.cpu_s(name) / BUSY) or 1 for name in SERVICES}
    # A tenth more than their work alone: at exactly all of it the queue would only ever grow.
    reviewers = math.ceil(load.most_per_s * load.answers_per_item_s * 1.1) or 1
    return Sizes(tasks=tasks, reviewers=reviewers)


def day(load: Load, *, every: int, seed: int) -> Iterator[Arrival]:
    """A day's arrivals by chance, of which each stands for `every` real ones."""
    draw, at_s = random.Random(seed), 0.0  # noqa: S311  the same day each time
    while (at_s := at_s + draw.expovariate(load.most_per_s / every)) < DAY_S:
        if draw.random() * load.most_per_s <= load.per_s(at_s):
            yield Arrival(
                at_s=at_s,
                is_video=draw.random() < load.videos,
                is_backfill=draw.random() < load.backfill,
                is_reviewed=draw.random() < load.reviewed,
            )


class Pipeline:
    """Stations, all in one clock, and each item's time to its verdict.

    With one item standing for `every`, a station has as many places fewer, each of them taken for as much longer as
    keeps exactly what the station can serve in a second. A backlog is then as old as it would be with every item;
    waits that chance makes come out longer, up to `every` times.
    """

    def __init__(
        self, load: Load, account: Account, times: Times, sizes: Sizes, *, every: int = 1, seed: int = 0
    ) -> None:
        self._load = load
        self._times = times
        self._draw = random.Random(seed)  # noqa: S311  the same people each time
        self.clock = Clock()
        self._slower: dict[str, float] = {}
        self.services = {name: self._station(name, sizes.tasks[name], every) for name in SERVICES}
        self.images = self._station("image quota", 1, every)
        self.starts = self._station("video start quota", 1, every)
        self.videos = self._station("video jobs", account.video_slots, every)
        self.people = self._station("people", sizes.reviewers, every)
        self._image_gap_s = 1 / (account.image_tps * HEADROOM)
        self._start_gap_s = 1 / (account.video_start_tps * HEADROOM)
        self.verdicts_s: list[tuple[Arrival, float]] = []
        self.came = 0

    @property
    def stations(self) -> list[Station]:
        return [*self.services.values(), self.images, self.starts, self.videos, self.people]

    def run(self, arrivals: Iterator[Arrival]) -> None:
        """Until every item has its verdict."""
        self._next(arrivals)
        self.clock.run()

    def _station(self, name: str, places: int, every: int) -> Station:
        kept = max(1, round(places / every))
        self._slower[name] = kept * every / places
        return Station(self.clock, name, kept)

    def _next(self, arrivals: Iterator[Arrival]) -> None:
        arrival = next(arrivals, None)
        if arrival is not None:
            self.clock.after(max(0.0, arrival.at_s - self.clock.now_s), partial(self._come, arrival, arrivals))

    def _come(self, item: Arrival, arrivals: Iterator[Arrival]) -> None:
        self._next(arrivals)
        self.came += 1
        self._service("ingest", item, partial(self._detect, item))

    def _service(self, name: str, item: Arrival, then: Callable[[], None]) -> None:
        rest_s = self._times.rest_s(name)
        cpu_s = self._times.cpu_s(name, is_video=item.is_video)
        self._at(self.services[name], cpu_s, item, lambda: self.clock.after(rest_s, then))

    def _at(self, station: Station, service_s: float, item: Arrival, then: Callable[[], None]) -> None:
        held_s = service_s * self._slower[station.name]
        station.take(min(service_s, held_s), then, held_s=held_s, is_backfill=item.is_backfill)

    def _detect(self, item: Arrival) -> None:
        judge = partial(self._service, "moderate", item, partial(self._review, item))
        if not item.is_video:
            self._at(self.images, self._image_gap_s, item, lambda: self.clock.after(self._times.detection_s, judge))
            return
        job_s = self._load.video_minutes * 60 * VIDEO_JOB_SHARE
        start = partial(self._at, self.videos, job_s, item, judge)
        self._at(self.starts, self._start_gap_s, item, start)

    def _review(self, item: Arrival) -> None:
        publish = partial(self._service, "results", item, partial(self._end, item))
        if not item.is_reviewed:
            self._service("review", item, publish)
            return
        self._service("review", item, partial(self._ask, item, publish))

    def _ask(self, item: Arrival, then: Callable[[], None]) -> None:
        """Each answer takes a reviewer, all at once where so many are free; with the last one it goes on."""
        missing = self._load.answers

        def answered() -> None:
            nonlocal missing
            missing -= 1
            if not missing:
                then()

        for _ in range(self._load.answers):
            self._at(self.people, self._draw.expovariate(1 / self._load.seconds_per_answer), item, answered)

    def _end(self, item: Arrival) -> None:
        self.verdicts_s.append((item, self.clock.now_s - item.at_s))
