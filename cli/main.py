"""The `gavel` command: one file per subcommand, put together here."""

import sys

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from cli import appeal, golden, ls, policy, quarantine, review, reviewers, stats, status, submit, token
from cli.adapter import commands as adapter
from cli.bulk import commands as bulk
from cli.connection import ConnectionProblem
from cli.cost import command as cost
from cli.dataset import commands as dataset
from cli.export import command as export
from cli.plan import command as plan
from cli.screen import Exit, err
from cli.verify import commands as verify
from shared.errors import GavelError

app = typer.Typer(
    name="gavel",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Moderates images and videos on AWS and puts people on the cases that a model can't judge.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is in quarantine, 4 timed out waiting, 5 not found.",
)
app.command()(submit.submit)
app.command()(status.status)
app.command()(ls.ls)
app.command()(ls.watch)
app.command()(stats.stats)
app.command()(appeal.appeal)
app.command()(export.export)
app.command()(token.token)
app.add_typer(quarantine.app, name="quarantine")
app.command()(cost.cost)
app.command("plan")(plan.plan_)
app.add_typer(policy.app, name="policy")
app.add_typer(review.app, name="review")
app.add_typer(golden.app, name="golden")
app.add_typer(reviewers.app, name="reviewers")
app.add_typer(dataset.app, name="dataset")
app.add_typer(bulk.app, name="bulk")
app.add_typer(verify.app, name="verify")
app.add_typer(adapter.app, name="adapter")


def run() -> None:
    """Run the command; problems that have an explanation are told in one line, without a traceback."""
    try:
        app()
    except ConnectionProblem as problem:
        err.print(f"[red]{escape(str(problem))}[/]", soft_wrap=True)
        sys.exit(Exit.FAILED)
    except GavelError as error:
        err.print(f"[red]{error.code}[/] {escape(error.detail)}", soft_wrap=True)
        sys.exit(Exit.FAILED)
    except ClientError as error:
        err.print(f"[red]AWS refuses:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(Exit.FAILED)
    except BotoCoreError as error:
        err.print(f"[red]AWS can't be asked:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(Exit.FAILED)
    except OSError as error:
        if error.filename is None:
            raise
        err.print(f"[red]{escape(str(error.filename))}[/]: {error.strerror}", soft_wrap=True)
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    run()
