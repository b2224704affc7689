"""How much of a quota is used, and how much is throttled, while workers come and go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cli.screen import out
from tests.bench.place import Place, open_place
from tests.bench.quota.cases import CASES, MOST_WORKERS, Case, Strategy
from tests.bench.quota.fleet import Fleet, fleet, prepare
from tests.bench.quota.series import Call, Span, throttled, used
from tests.bench.report import Figure

PART = "quota"
LATENCY_MS = 100
CHANGE_S = 10.0
"""After somebody came or went."""
AT_SPEED_S = 3.0
HALF_WORKERS = 4


@dataclass(kw_only=True)
class Run:
    """One strategy's. `stages` are by what happened at their beginning; `joined` the names of who came then."""

    strategy: Strategy
    fleet: Fleet
    stages: list[tuple[str, Span]]
    joined: list[str]
    calls: list[Call]

    def steady(self, case: Case) -> float:
        return throttled(self.fleet.counts[case.region], [span.cut(CHANGE_S) for _, span in self.stages])

    def changing(self, case: Case) -> float:
        """The worst ten seconds after a change; the first stage has nobody before it."""
        counts = self.fleet.counts[case.region]
        return max(throttled(counts, [span.cut(0, CHANGE_S)]) for _, span in self.stages[1:])

    def ever(self, case: Case) -> float:
        """From the first request on."""
        return throttled(self.fleet.counts[case.region], [span for _, span in self.stages])

    def given_up(self) -> int:
        """Of botocore, its last throttle is told."""
        return self.number("given-up" if self.strategy is Strategy.GAVEL else "rekognition-throttled")

    def used(self, case: Case) -> float:
        """While there is work and everybody has had their three seconds."""
        counts = self.fleet.counts[case.region]
        spans = [span.cut(AT_SPEED_S) for _, span in self.stages]
        lengths = [span.end - span.begin for span in spans]
        shares = [used(counts, case, span) for span in spans]
        return sum(share * length for share, length in zip(shares, lengths, strict=True)) / sum(lengths)

    def worst(self, case: Case) -> float:
        counts = self.fleet.counts[case.region]
        return min(used(counts, case, span.cut(AT_SPEED_S)) for _, span in self.stages)

    def stage(self, name: str) -> Span:
        return next(span for known, span in self.stages if known == name)

    def number(self, what: str) -> int:
        return sum(call.what == what for call in self.calls)


def measure(*, stage_s: float, beside_stage_s: float, half_s: float) -> tuple[list[Figure], dict[str, Any]]:
    # Workers find each other in an emulator of its own: one alone is kept busy by so many calls, and answers late.
    with open_place() as members, open_place({"GAVEL_REKOGNITION_LATENCY_MS": str(LATENCY_MS)}) as place:
        prepare(members)
        runs = {
            strategy: _come_and_go(place, members, strategy, stage_s if strategy is Strategy.GAVEL else beside_stage_s)
            for strategy in Strategy
        }
        ours = runs[Strategy.GAVEL]
        halves = {strategy: _half(place, members, strategy, half_s) for strategy in (Strategy.GAVEL, Strategy.ADAPTIVE)}
    figures = [*_figures(runs), *_speed(ours), *_halves(halves)]
    told = {strategy.value: _told(run) for strategy, run in runs.items()}
    return figures, told | {f"{strategy.value}, half": _told(run) for strategy, run in halves.items()}


def _come_and_go(place: Place, members: Place, strategy: Strategy, stage_s: float) -> Run:
    """1, 3, 8 workers; two of them killed, four of them stopped; then nothing but backfill is left."""
    stages = []
    with fleet(place, members, strategy, workers=MOST_WORKERS) as workers:
        workers.start(1)
        stages.append(("1", workers.stay(stage_s)))
        workers.start(2)
        stages.append(("1 → 3", workers.stay(stage_s)))
        joined = workers.start(5)
        stages.append(("3 → 8", workers.stay(stage_s)))
        workers.kill(2)
        stages.append(("8 → 6, killed", workers.stay(stage_s)))
        workers.end(4)
        stages.append(("6 → 2", workers.stay(stage_s)))
        workers.take_live_away()
        stages.append(("backfill alone", workers.stay(stage_s / 2)))
        workers.look()
        run = Run(strategy=strategy, fleet=workers, stages=stages, joined=joined, calls=[])
        workers.end(workers.size)
        run.calls = workers.calls()
    for case in CASES:
        out.print(
            f"[dim]{strategy.value}, {case.name}: {run.used(case):.1%} used, {run.worst(case):.1%} in the worst stage, "
            f"{run.steady(case):.2%} throttled, {run.changing(case):.2%} after changes[/]"
        )
    return run


def _half(place: Place, members: Place, strategy: Strategy, seconds: float) -> Run:
    """The true quota is half of what the workers were told."""
    with fleet(place, members, strategy, workers=HALF_WORKERS, true_share=0.5) as workers:
        workers.start(HALF_WORKERS)
        span = workers.stay(seconds)
        workers.look()
        run = Run(strategy=strategy, fleet=workers, stages=[("half", span)], joined=[], calls=[])
        workers.end(workers.size)
        run.calls = workers.calls()
    return run


def _figures(runs: Mapping[Strategy, Run]) -> list[Figure]:
    figures = []
    for case in CASES:
        figures += [
            _figure(f"quota used, {case.name}, 1 to 8 workers", partial(Run.used, case=case), runs, at_least=98),
            _figure(f"throttled while steady, {case.name}", partial(Run.steady, case=case), runs, at_most=0.5),
            _figure(
                f"throttled in the 10 s after a change, {case.name}", partial(Run.changing, case=case), runs, at_most=3
            ),
        ]
    return figures


def _figure(
    what: str,
    of: Callable[[Run], float],
    runs: Mapping[Strategy, Run],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Figure:
    """A share of ours, with the others' beside."""
    beside = ", ".join(f"{name.value} {of(run):.1%}" for name, run in runs.items() if name is not Strategy.GAVEL)
    return Figure(
        part=PART,
        what=what,
        value=100 * of(runs[Strategy.GAVEL]),
        unit="%",
        at_least=at_least,
        at_most=at_most,
        beside=beside,
    )


def _speed(run: Run) -> list[Figure]:
    fast = CASES[0]
    counts = run.fleet.counts[fast.region]
    came = run.stage("3 → 8").cut(AT_SPEED_S)
    share = fast.quota_per_s * 0.99 / 8
    paces = [_pace(run.calls, name, fast.region, came) / share for name in run.joined]
    died = run.stage("8 → 6, killed")
    backfill = run.stage("backfill alone")
    return [
        Figure(
            part=PART,
            what="a new worker's share 3 s after it began, the slowest of five",
            value=100 * min(paces),
            unit="%",
            at_least=95,
        ),
        Figure(
            part=PART,
            what="quota used 3 s after two of eight were killed",
            value=100 * used(counts, fast, died.cut(AT_SPEED_S, AT_SPEED_S + 5)),
            unit="%",
            at_least=98,
        ),
        Figure(
            part=PART,
            what="backfill calls while live ones waited",
            value=run.number("before-live"),
            at_most=0,
            beside=f"quota used when only backfill was left: {used(counts, fast, backfill.cut(1)):.1%}",
        ),
    ]


def _pace(calls: Sequence[Call], worker: str, region: str, span: Span) -> float:
    mine = [one for one in calls if one.worker == worker and one.region == region and one.what == "served"]
    return sum(span.begin <= one.at < span.end for one in mine) / (span.end - span.begin)


def _halves(runs: Mapping[Strategy, Run]) -> list[Figure]:
    ours = runs[Strategy.GAVEL]
    given_up = [f"{name.value} {run.given_up()}" for name, run in runs.items() if name is not Strategy.GAVEL]
    return [
        *(
            _figure(
                f"throttled when the true quota is half, {case.name}", partial(Run.ever, case=case), runs, at_most=10
            )
            for case in CASES
        ),
        Figure(
            part=PART,
            what="given up when the true quota is half",
            value=ours.given_up(),
            at_most=0,
            beside=", ".join(given_up),
        ),
    ]


def _told(run: Run) -> dict[str, Any]:
    return {
        case.name: {
            name: {
                "used": used(run.fleet.counts[case.region], case, span.cut(AT_SPEED_S)),
                "throttled_first_10_s": throttled(run.fleet.counts[case.region], [span.cut(0, CHANGE_S)]),
                "throttled_later": throttled(run.fleet.counts[case.region], [span.cut(CHANGE_S)]),
            }
            for name, span in run.stages
        }
        for case in CASES
    }
