"""A program that calls the deployed API: its token from the pool's token endpoint, its requests over HTTP."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import boto3

from cli.local import LocalStack

EVERYTHING = ("gavel/read", "gavel/view", "gavel/submit", "gavel/appeal", "gavel/operate")


@dataclass(frozen=True, kw_only=True)
class ApiCaller:
    http: aiohttp.ClientSession
    url: str
    token: str

    async def get(self, path: str, *, status: int = 200, **query: str) -> Any:
        async with self.http.get(f"{self.url}{path}", params=query, headers=self.headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json(content_type=None)

    async def post(self, path: str, document: Any, *, status: int = 202) -> Any:
        async with self.http.post(f"{self.url}{path}", json=document, headers=self.headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json(content_type=None)

    async def lines(self, path: str, **query: str) -> list[Any]:
        async with self.http.get(f"{self.url}{path}", params=query, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            return [json.loads(line) for line in (await answer.text()).splitlines()]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@asynccontextmanager
async def api_caller(stack: LocalStack, *scopes: str) -> AsyncIterator[ApiCaller]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
        async with http.post(f"{stack.state.endpoint}/oauth2/token", data=form | _client(stack, scopes)) as answer:
            assert answer.status == 200, await answer.text()
            token = (await answer.json())["access_token"]
        yield ApiCaller(http=http, url=stack.api_url, token=token)


def _client(stack: LocalStack, scopes: Sequence[str]) -> dict[str, str]:
    """The deployed client, or one that a team with these scopes alone would be given."""
    cognito = boto3.client("cognito-idp", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    pool = stack.outputs["api_user_pool_id"]
    told = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=stack.outputs["api_clients"]["operator"])
    if not set(scopes) <= set(told["UserPoolClient"]["AllowedOAuthScopes"]):
        told = cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName="team",
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=list(scopes),
        )
    client = told["UserPoolClient"]
    return {"client_id": client["ClientId"], "client_secret": client["ClientSecret"]}
