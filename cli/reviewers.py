"""`gavel reviewers`: the people who review. Nothing else in the system knows who is behind a worker id.

It calls Cognito in the name of whoever runs it, so that IAM (`cognito-idp:ListUsersInGroup`, `AdminCreateUser` and so
on, on this one pool) says who may see names. A2I makes worker ids of its own, which nobody can work out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError
from rich.markup import escape
from rich.table import Table

from cli.connection import connect
from cli.options import Json, Stack
from cli.screen import Exit, err, out, print_json
from shared.aws.clients import open_clients
from shared.identity import worker_id

app = typer.Typer(no_args_is_help=True, help="Invite, list and remove the people who review.")

Email = Annotated[str, typer.Argument(help="the reviewer's e-mail address")]
Team = Annotated[str | None, typer.Option(help="the work team; the stack's own when left out")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """`status` is Cognito's: FORCE_CHANGE_PASSWORD until the first sign-in, then CONFIRMED."""

    email: str
    worker: str
    status: str
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The stack's user pool; `group` is that of the team that was asked for, `prefix` that of all the stack's."""

    cognito: Any
    id: str
    group: str
    prefix: str


class ReviewersProblem(Exception):
    """Cognito refused; the text says what and why, and `exit_code` how bad that is."""

    def __init__(self, text: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@app.command()
def invite(email: Email, team: Team = None, stack: Stack = "local", json: Json = False) -> None:
    """Invite a reviewer by e-mail, or into one more team. Whoever hasn't signed in yet is invited anew."""
    reviewer = _run(_invite(email, team, stack))
    if json:
        print_json(reviewer)
    else:
        out.print(f"[green]{escape(email)}[/] may review, as worker {reviewer.worker} ({reviewer.status})")


@app.command("list")
def list_(team: Team = None, stack: Stack = "local", json: Json = False) -> None:
    """List a team's reviewers with the worker ids that stand for them everywhere else."""
    reviewers = _run(_list(team, stack))
    if json:
        print_json(reviewers)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("e-mail", "worker", "status"):
        table.add_column(heading, overflow="fold")
    for reviewer in reviewers:
        status = reviewer.status if reviewer.is_enabled else "[red]disabled[/]"
        table.add_row(escape(reviewer.email), reviewer.worker, status)
    out.print(table)


@app.command()
def remove(email: Email, team: Team = None, stack: Stack = "local", json: Json = False) -> None:
    """Take a reviewer off a team, or off every team without --team; off the last one, the sign-in is disabled too.

    Answers stay, under the worker id.
    """
    left = _run(_remove(email, team, stack))
    if json:
        print_json({"email": email, "teams_left": left})
    elif left:
        out.print(f"{escape(email)} is still in {', '.join(left)}")
    else:
        out.print(f"{escape(email)} reviews no more and can't sign in")


async def _invite(email: str, team: str | None, stack: str) -> Reviewer:
    async with _pool(stack, team) as pool:
        # Before anybody is invited into a team that isn't there.
        await pool.cognito.get_group(UserPoolId=pool.id, GroupName=pool.group)
        user = await _user(pool, email)
        if user is not None and not user["Enabled"]:
            await pool.cognito.admin_enable_user(UserPoolId=pool.id, Username=user["Username"])
        if user is None:
            created = await pool.cognito.admin_create_user(
                UserPoolId=pool.id,
                Username=email,
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
                DesiredDeliveryMediums=["EMAIL"],
            )
            user = created["User"]
        elif user["UserStatus"] == "FORCE_CHANGE_PASSWORD":
            await pool.cognito.admin_create_user(
                UserPoolId=pool.id, Username=email, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"]
            )
        await pool.cognito.admin_add_user_to_group(UserPoolId=pool.id, Username=user["Username"], GroupName=pool.group)
        return _reviewer(pool, {**user, "Enabled": True})


async def _list(team: str | None, stack: str) -> list[Reviewer]:
    async with _pool(stack, team) as pool:
        found: list[Reviewer] = []
        page: dict[str, Any] = {}
        while True:
            page = await pool.cognito.list_users_in_group(
                UserPoolId=pool.id, GroupName=pool.group, **({"NextToken": page["NextToken"]} if page else {})
            )
            found += [_reviewer(pool, user) for user in page["Users"]]
            if not page.get("NextToken"):
                return sorted(found, key=lambda reviewer: reviewer.email)


async def _remove(email: str, team: str | None, stack: str) -> list[str]:
    """The teams that the reviewer is still in."""
    async with _pool(stack, team) as pool:
        user = await _user(pool, email)
        if user is None:
            raise ReviewersProblem(f"nobody has the address {email} in this pool", Exit.NOT_FOUND)
        name = user["Username"]
        groups = await _groups(pool, name)
        leaving = [group for group in groups if team is None or group == pool.group]
        for group in leaving:
            await pool.cognito.admin_remove_user_from_group(UserPoolId=pool.id, Username=name, GroupName=group)
        left = [group for group in groups if group not in leaving]
        if not left:
            await pool.cognito.admin_disable_user(UserPoolId=pool.id, Username=name)
            await pool.cognito.admin_user_global_sign_out(UserPoolId=pool.id, Username=name)
        return [group.removeprefix(pool.prefix) for group in left]


async def _groups(pool: Pool, name: str) -> list[str]:
    """The teams of this stack; a workforce's pool may have groups of others, too."""
    answer = await pool.cognito.admin_list_groups_for_user(UserPoolId=pool.id, Username=name, Limit=60)
    return [group["GroupName"] for group in answer["Groups"] if group["GroupName"].startswith(pool.prefix)]


async def _user(pool: Pool, email: str) -> dict[str, Any] | None:
    try:
        found = await pool.cognito.admin_get_user(UserPoolId=pool.id, Username=email)
    except pool.cognito.exceptions.UserNotFoundException:
        return None
    return {**found, "Attributes": found["UserAttributes"]}


def _reviewer(pool: Pool, user: dict[str, Any]) -> Reviewer:
    attributes = {each["Name"]: each["Value"] for each in user["Attributes"]}
    return Reviewer(
        email=attributes.get("email", user["Username"]),
        worker=worker_id(pool.id, attributes["sub"]),
        status=user["UserStatus"],
        is_enabled=user["Enabled"],
    )


@asynccontextmanager
async def _pool(stack: str, team: str | None) -> AsyncIterator[Pool]:
    async with (
        connect(stack) as connection,
        open_clients("cognito-idp", region=connection.outputs.region) as clients,
    ):
        prefix = f"gavel-{stack}-"
        group = f"{prefix}{team}" if team else connection.outputs.reviewers_group
        yield Pool(cognito=clients["cognito-idp"], id=connection.outputs.user_pool_id, group=group, prefix=prefix)


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except ReviewersProblem as problem:
        err.print(f"[red]{escape(str(problem))}[/]")
        raise typer.Exit(problem.exit_code) from None
    except ClientError as error:
        told = error.response["Error"]
        err.print(f"[red]Cognito answered {told['Code']}[/]: {escape(told.get('Message', ''))}")
        raise typer.Exit(Exit.FAILED) from None
