"""`gavel token`: an access token for the results API, as a program would get it."""

import asyncio
import os
from typing import Annotated

import aiohttp
import typer

from cli.connection import ConnectionProblem, Outputs, connect
from cli.options import Json, Stack
from cli.screen import print_json
from shared.aws.clients import open_clients


def token(
    client: Annotated[str, typer.Option(help="which of the stack's `api_clients`")] = "operator",
    scope: Annotated[
        list[str] | None, typer.Option(help="only this, as gavel/read; all of the client's if left out")
    ] = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Print an access token for the results API, good for an hour. It takes the right to read the client's secret."""
    url, found = asyncio.run(_token(stack, client, scope or []))
    if json:
        print_json({"api_url": url, "access_token": found})
    else:
        print(found)


async def _token(stack: str, client: str, scopes: list[str]) -> tuple[str, str]:
    """The API's address, and the token. Raises ConnectionProblem."""
    async with connect(stack) as connection:
        outputs = connection.outputs
        if not outputs.api_url:
            raise ConnectionProblem(f"stack {stack!r} has no results API: set gavel:api")
        if client not in outputs.api_clients:
            known = ", ".join(outputs.api_clients)
            raise ConnectionProblem(f"there is no client {client!r}; there are {known}")
        return outputs.api_url, await _granted(outputs, client, scopes)


async def _granted(outputs: Outputs, client: str, scopes: list[str]) -> str:
    which = {"UserPoolId": outputs.api_user_pool_id, "ClientId": outputs.api_clients[client]}
    async with open_clients("cognito-idp", region=outputs.region) as clients:
        secret = (await clients["cognito-idp"].describe_user_pool_client(**which))["UserPoolClient"]["ClientSecret"]
    form = {"grant_type": "client_credentials", "client_id": which["ClientId"], "client_secret": secret}
    # The emulator's token endpoint is where everything of it is.
    url = outputs.api_token_url or f"{os.environ['AWS_ENDPOINT_URL']}/oauth2/token"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http,
        http.post(url, data=form | ({"scope": " ".join(scopes)} if scopes else {})) as answer,
    ):
        told = await answer.json(content_type=None)
    if "access_token" not in told:
        raise ConnectionProblem(f"the user pool refused: {told.get('error', answer.status)}")
    return str(told["access_token"])
