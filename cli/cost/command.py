"""`gavel cost`: a month's bill for a stack and its traffic, before anybody deploys it."""

import json as json_module
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.cost.bill import Bill, bill, moving_a_million
from cli.cost.usage import MEASURED_BY, MEASURED_ON, Traffic
from cli.options import Json
from cli.screen import Exit, err, out, print_json
from shared.contracts.words import BackendName
from shared.prices import CHECKED_ON, PRICES, REGION

ROOT = Path(__file__).parents[2]
UNVERIFIED = "[dim]*[/]"


def cost(
    images_per_day: Annotated[float, typer.Option(min=0, help="images that come in on a day")] = 0,
    video_minutes_per_day: Annotated[float, typer.Option(min=0, help="minutes of video that come in on a day")] = 0,
    review_rate: Annotated[float, typer.Option(min=0, max=1, help="share of items that go to people")] = 0.02,
    answers: Annotated[int, typer.Option(min=1, max=3, help="reviewers who look at each of them")] = 1,
    review: Annotated[
        BackendName | None, typer.Option(help="who shows items to people, if not as the stack says")
    ] = None,
    reviewer_hourly: Annotated[float, typer.Option(min=0, help="what an hour of a reviewer costs, in USD")] = 0,
    seconds_per_answer: Annotated[float, typer.Option(min=0, help="how long a reviewer takes for one answer")] = 15,
    stack: Annotated[str, typer.Option(help="the stack's size: dev, staging, prod")] = "prod",
    json: Json = False,
) -> None:
    """Estimate a month's bill: list prices, measured requests, and what the stack costs while idle."""
    inventory = _inventory(stack)
    backend = review or BackendName(inventory["review"])
    traffic = Traffic(
        images_per_day=images_per_day,
        video_minutes_per_day=video_minutes_per_day,
        review_rate=review_rate,
        answers=answers,
        backend=backend,
    )
    made = bill(inventory["counted"], traffic, reviewer_hourly=reviewer_hourly, seconds_per_answer=seconds_per_answer)
    million = moving_a_million(inventory["counted"], backend)
    if json:
        print_json(_document(made, traffic, stack, million))
    else:
        _show(made, traffic, stack, million)


def _inventory(stack: str) -> dict[str, Any]:
    """What the infrastructure program declares: in a process of its own, since this one knows nothing of Pulumi."""
    command = [sys.executable, "-m", "infra.inventory", "--stack", stack]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        err.print(f"[red]stack {stack} can't be counted[/]: {done.stderr.strip().splitlines()[-1]}", highlight=False)
        raise typer.Exit(Exit.FAILED)
    found: dict[str, Any] = json_module.loads(done.stdout)
    return found


def _show(made: Bill, traffic: Traffic, stack: str, million: float) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("USD a month", no_wrap=True)
    for heading in ("idle", "traffic", "together"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("most of it", no_wrap=True)
    for service in made.services:
        idle, used = made.total(service, idle=True), made.total(service, idle=False)
        table.add_row(service, _usd(idle), _usd(used), _usd(idle + used), _largest(made, service))
    table.add_row("[bold]all[/]", *(f"[bold]{_usd(usd)}[/]" for usd in (*_halves(made), made.total())), "")
    out.print(f"[bold]{stack}[/] in {REGION}: {_words(traffic)}", highlight=False)
    out.print(table)
    if made.total(idle=False):
        out.print(
            f"{made.share_of_moving:.1%} of it is neither Rekognition, A2I nor people. A million images that the "
            f"policy decides alone move for {_usd(million)}, beside Rekognition, the CPU that they keep busy included.",
            highlight=False,
        )
    out.print(
        f"[dim]List prices, looked at on {CHECKED_ON}; * could not be verified. Requests per item measured on "
        f"{MEASURED_ON}. Not counted: the collector's traces and metrics, traffic to the internet. Where each figure "
        "comes from: --json, and cli/cost/.[/]",
        highlight=False,
    )


def _words(traffic: Traffic) -> str:
    if not traffic.images and not traffic.video_minutes:
        return "nothing comes in"
    return (
        f"{traffic.images_per_day:,.0f} images and {traffic.video_minutes_per_day:,.0f} minutes of video a day, "
        f"{traffic.review_rate:.1%} seen by {traffic.answers} ({traffic.backend.value})"
    )


def _halves(made: Bill) -> tuple[float, float]:
    return made.total(idle=True), made.total(idle=False)


def _largest(made: Bill, service: str) -> str:
    line = max((line for line in made.lines if line.service == service), key=lambda line: line.usd)
    units = f"{line.units:,.0f}" if line.units >= 10 else f"{line.units:.2g}"
    return f"{units} × {line.unit}{'' if line.is_verified else f' {UNVERIFIED}'}"


def _usd(usd: float) -> str:
    return f"{usd:,.2f}"


def _document(made: Bill, traffic: Traffic, stack: str, million: float) -> dict[str, Any]:
    return {
        "stack": stack,
        "region": REGION,
        "traffic": traffic,
        "usd_a_month": {"idle": made.total(idle=True), "traffic": made.total(idle=False), "all": made.total()},
        "share_neither_rekognition_nor_people": made.share_of_moving,
        "usd_moving_a_million_images": million,
        "lines": made.lines,
        "prices": {
            name: price for name, price in PRICES.items() if any(line.unit == price.unit for line in made.lines)
        },
        "prices_checked_on": CHECKED_ON,
        "measured": {"on": MEASURED_ON, "by": MEASURED_BY},
    }
