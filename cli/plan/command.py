"""`gavel plan`: a day of the pipeline by simulation, before anybody sends it."""

from typing import Annotated

import typer
from rich.table import Table

from cli.options import Json
from cli.plan.measured import MEASURED_ON
from cli.plan.outcome import Outcome, plan
from cli.plan.pipeline import SERVICES, Account, Load, Times
from cli.screen import Exit, duration, err, out, print_json

THREE_SIZES = (1e6, 1e7, 1e8)


class WrongMix(ValueError):
    """The text says what is wrong with it."""


def plan_(
    items_per_day: Annotated[
        list[float] | None, typer.Option(min=1, help="items that come in on a day; again for another day to compare")
    ] = None,
    mix: Annotated[
        str, typer.Option(help="percentages of video, of backfill, and of what goes to people; what isn't named is 0")
    ] = "video:1,backfill:0,review:2",
    quota: Annotated[float, typer.Option(min=0.1, help="DetectModerationLabels a second, in the account")] = 50,
    video_slots: Annotated[int, typer.Option(min=1, help="video jobs at once, in the account")] = 20,
    video_minutes: Annotated[float, typer.Option(min=0.01, help="how long a video is")] = 2,
    peak: Annotated[float, typer.Option(min=1, max=2, help="the busiest moment's rate, in times of the mean")] = 2,
    answers: Annotated[int, typer.Option(min=1, max=3, help="reviewers who look at an item")] = 1,
    seconds_per_answer: Annotated[float, typer.Option(min=0.1, help="how long a reviewer takes for one answer")] = 15,
    reviewers: Annotated[
        int | None, typer.Option(min=1, help="at work at once; as many as it takes if not said")
    ] = None,
    most_tasks: Annotated[int, typer.Option(min=1, help="tasks that a service may have")] = 100,
    seed: Annotated[int, typer.Option(help="another one, another day")] = 0,
    json: Json = False,
) -> None:
    """Simulate a day: queue ages, tasks, video jobs and reviewers that it takes, and what breaks first."""
    try:
        video, backfill, review = shares(mix)
    except WrongMix as problem:
        err.print(f"[red]--mix {mix}[/]: {problem}", highlight=False)
        raise typer.Exit(Exit.USAGE) from problem
    account = Account(image_tps=quota, video_slots=video_slots)
    outcomes = []
    for number in items_per_day or THREE_SIZES:
        load = Load(
            items_per_day=number,
            videos=video,
            backfill=backfill,
            reviewed=review,
            answers=answers,
            seconds_per_answer=seconds_per_answer,
            video_minutes=video_minutes,
            peak=peak,
        )
        outcomes.append(plan(load, account, Times(), reviewers=reviewers, most_tasks=most_tasks, seed=seed))
    if json:
        print_json({"measured_on": MEASURED_ON, "days": [document(outcome) for outcome in outcomes]})
        return
    for outcome in outcomes:
        _show(outcome)
    out.print(
        f"[dim]Service times measured on {MEASURED_ON}; AWS's own are assumed (cli/plan/measured.py). How this is "
        "reckoned, and how far off it was: docs/performance.md.[/]",
        highlight=False,
    )


def shares(mix: str) -> tuple[float, float, float]:
    """The shares (0-1) of video, backfill and review. Raises WrongMix."""
    told = {"video": 0.0, "backfill": 0.0, "review": 0.0}
    for part in filter(None, (part.strip() for part in mix.split(","))):
        name, _, percent = part.partition(":")
        if name not in told:
            raise WrongMix(f"{name!r} is none of {', '.join(told)}")
        try:
            told[name] = float(percent) / 100
        except ValueError as error:
            raise WrongMix(f"{percent!r} is no percentage of {name}") from error
        if not 0 <= told[name] <= 1:
            raise WrongMix(f"{name} is 0 to 100 %")
    return told["video"], told["backfill"], told["review"]


def document(outcome: Outcome) -> dict[str, object]:
    first = outcome.first_to_break
    return {
        "items_per_day": outcome.load.items_per_day,
        "load": outcome.load,
        "account": outcome.account,
        "each_simulated_item_stands_for": outcome.every,
        "tasks": outcome.sizes.tasks,
        "reviewers": outcome.sizes.reviewers,
        "image_tps_needed": outcome.image_tps_needed,
        "video_slots_needed": outcome.video_slots_needed,
        "waits": outcome.ages,
        "verdict_s": {"p50": outcome.verdict_p50_s, "p99": outcome.verdict_p99_s},
        "reviewed_verdict_p99_s": outcome.reviewed_p99_s,
        "limits": outcome.limits,
        "first_to_break": first.name,
    }


def _show(outcome: Outcome) -> None:
    load = outcome.load
    out.print(
        f"[bold]{load.items_per_day:,.0f} items a day[/], {load.most_per_s:,.1f} a second at most; "
        f"{load.videos:.1%} videos, {load.backfill:.1%} backfill, {load.reviewed:.1%} seen by {load.answers}"
        + (f"; one in {outcome.every:,} simulated" if outcome.every > 1 else ""),
        highlight=False,
    )
    tasks = ", ".join(f"{name} {outcome.sizes.tasks[name]}" for name in SERVICES)
    out.print(
        f"tasks: {tasks}; reviewers at once: {outcome.sizes.reviewers:,}; image quota that it takes: "
        f"{outcome.image_tps_needed:,.0f}/s; video jobs at once: {outcome.video_slots_needed:,}",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("waiting for")
    for heading in ("p50", "p99", "longest", "most at once"):
        table.add_column(heading, justify="right", no_wrap=True)
    for age in outcome.ages:
        table.add_row(
            age.station, *(duration(each) for each in (age.p50_s, age.p99_s, age.most_s)), f"{age.most_items:,}"
        )
    out.print(table)
    reviewed = f"; seen by people p99 {duration(outcome.reviewed_p99_s)}" if load.reviewed else ""
    out.print(
        f"to a verdict: p50 {duration(outcome.verdict_p50_s)}, p99 {duration(outcome.verdict_p99_s)}{reviewed}",
        highlight=False,
    )
    first = outcome.first_to_break
    holds = "breaks" if first.use > 1 else "would break"
    others = ", ".join(f"{limit.name} {limit.use:.0%}" for limit in outcome.limits[1:4])
    out.print(
        f"[{'red' if first.use > 1 else 'green'}]{first.name} {holds} first[/], at {first.breaks_at:,.0f} items a day "
        f"({first.use:.0%} of it used at the busiest moment); then {others}\n",
        highlight=False,
    )
