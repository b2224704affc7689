"""`gavel adapter evaluate`, `promote` and `rollback`: what an adapter is worth, and whether policies use it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.adapter.promoting import Promoted, Promotion, evaluation_of, measured_at, promote_adapter, roll_back
from cli.adapter.promotion import figures
from cli.adapter.session import NoSuchAdapter, open_session
from cli.adapter.speaking import Named, run
from cli.options import Json, Stack
from cli.screen import out, print_json
from shared.clock import utc_now
from shared.custom_moderation.evaluation import AtThreshold, Compared, Evaluation, Rate
from shared.custom_moderation.projects import Adapter
from shared.ledger.adapters import AdapterRolledBack, Figures

Threshold = Annotated[
    float | None, typer.Option(help="5, 10, … 100, or the one that it was trained for", min=0, max=100)
]
Force = Annotated[bool, typer.Option("--force", help="whatever speaks against it; the ledger says so")]
File = Annotated[
    Path | None,
    typer.Option(help="the policy's file in your repository: written too", exists=True, dir_okay=False),
]
MARGIN = 0.02


def evaluate(
    adapter: Named,
    threshold: Threshold = None,
    plot: Annotated[Path | None, typer.Option(help="write the plot over all thresholds here, as PNG")] = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Show what was measured on the test set, beside the base model: per label, with 95 % intervals."""

    async def do() -> tuple[Adapter, Evaluation, AtThreshold]:
        async with open_session(stack) as session:
            found = await session.adapter(adapter)
            evaluation = await evaluation_of(found, session)
            if evaluation is None:
                raise NoSuchAdapter(f"{found.label} has no evaluation: it is {found.status}")
            return found, evaluation, measured_at(evaluation, threshold)

    found, evaluation, at = run(do())
    if plot is not None:
        # A second of imports, which no other command should wait for.
        from cli.adapter.plot import as_png

        plot.write_bytes(as_png(evaluation))
    if json:
        print_json(_document(found, evaluation, at))
        return
    measured = figures(evaluation, at)
    out.print(
        f"[bold]{escape(found.label)}[/] at a threshold of {at.confidence_threshold:g}: {evaluation.testing_images:,} "
        f"images of the test set, {evaluation.training_images:,} trained on",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("wrong, of how many (95 %)", overflow="fold")
    for heading in ("named wrongly: base", "adapter", "missed: base", "adapter"):
        table.add_column(heading, justify="right")
    for label, compared in _rows(at):
        rates = (
            compared.base_model.false_positives,
            compared.adapter.false_positives,
            compared.base_model.false_negatives,
            compared.adapter.false_negatives,
        )
        name = "[bold]all labels[/]" if label is None else escape(label)
        # An image counts once for each label, so that all labels together are no sample of anything.
        table.add_row(name, *(_rate(each, with_interval=label is not None) for each in rates))
    out.print(table)
    out.print(_gain(measured), highlight=False)
    if plot is not None:
        out.print(f"plot: {escape(str(plot))}", highlight=False)


def promote(
    adapter: Named,
    policy: Annotated[str, typer.Option(help="the policy that is to use it")],
    margin: Annotated[
        float, typer.Option(help="by how much its F1 must be above the base model's", min=0, max=1)
    ] = MARGIN,
    threshold: Threshold = None,
    file: File = None,
    force: Force = False,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Put an adapter into a new version of a policy and deploy it, if it beats the base model on the test set."""

    async def do() -> Promoted:
        async with open_session(stack) as session:
            wanted = Promotion(
                adapter=await session.adapter(adapter),
                policy=policy,
                margin=margin,
                threshold=threshold,
                is_forced=force,
                file=file,
            )
            return await promote_adapter(wanted, session, utc_now())

    promoted = run(do())
    entry = promoted.entry
    if json:
        print_json({"promoted": entry, "worse": promoted.worse})
        return
    out.print(f"policy [bold]{escape(policy)}[/] is {entry.after} from now on, in place of {entry.before}")
    if entry.figures is not None:
        out.print(_gain(entry.figures), highlight=False)
    for reason in entry.forced:
        out.print(f"[yellow]forced[/] although {escape(reason)}", highlight=False)
    if promoted.worse:
        out.print(f"wrong more often than the base model about {escape(', '.join(promoted.worse))}", highlight=False)
    if file is None:
        out.print(f"write `adapter: {escape(entry.adapter or '')}` into its file too (--file does), or the next")
        out.print("deployment of a changed file takes the adapter out again")


def rollback(
    policy: Annotated[str, typer.Argument(help="the policy whose newest promotion is taken back")],
    file: File = None,
    force: Force = False,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Put the version in force again that the newest promotion has replaced."""

    async def do() -> AdapterRolledBack:
        async with open_session(stack) as session:
            return await roll_back(policy, session, utc_now(), is_forced=force, file=file)

    entry = run(do())
    if json:
        print_json({"rolled_back": entry})
        return
    uses = f"adapter {escape(entry.adapter)}" if entry.adapter else "the base model"
    out.print(f"policy [bold]{escape(policy)}[/] is {entry.after} again, with {uses}", highlight=False, soft_wrap=True)
    if file is None:
        out.print("where its file names the adapter that was taken back, write it as it was too (--file does), or the")
        out.print("next deployment of a changed file puts that adapter in force again")


def _rows(at: AtThreshold) -> Iterator[tuple[str | None, Compared]]:
    yield None, at.aggregated_evaluation_results
    for each in at.label_evaluation_results:
        yield each.label, Compared(base_model=each.base_model, adapter=each.adapter)


def _rate(rate: Rate, *, with_interval: bool) -> str:
    if rate.share is None:
        return "—"
    low, high = rate.interval
    told = f" ({low:.0%}-{high:.0%})" if with_interval else ""
    return f"{rate.wrong}/{rate.of} {rate.share:.0%}{told}"


def _gain(measured: Figures) -> str:
    base, own = measured.compared.base_model.f1, measured.compared.adapter.f1
    if base is None or own is None or measured.gain is None:
        return "the test set has none of the labels, so that F1 isn't known"
    return f"F1 {own:.3f}, the base model's {base:.3f}: a gain of {measured.gain:+.3f}"


def _document(adapter: Adapter, evaluation: Evaluation, at: AtThreshold) -> dict[str, Any]:
    return {
        "adapter": adapter.arn,
        "training_images": evaluation.training_images,
        "testing_images": evaluation.testing_images,
        "threshold": at.confidence_threshold,
        "gain": figures(evaluation, at).gain,
        "labels": [
            {
                "label": label,
                **{
                    model: {
                        which: {"wrong": rate.wrong, "of": rate.of, "share": rate.share, "interval": rate.interval}
                        for which, rate in (
                            ("false_positives", counts.false_positives),
                            ("false_negatives", counts.false_negatives),
                        )
                    }
                    | {"f1": counts.f1}
                    for model, counts in (("base", compared.base_model), ("adapter", compared.adapter))
                },
            }
            for label, compared in _rows(at)
        ],
    }
