"""A reviewer who works by script: invited like a person, and going through the desk's own forms."""

import html
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import boto3

from cli.local import LocalStack

_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')
_CLAIM: Final = re.compile(r'action="/tasks/([^"/]+)/claim"')


class DeskProblem(Exception):
    """The desk answered something else than it should."""


def temporary_password() -> str:
    """As the user pool asks for: 14 characters at least, with capitals, small letters and digits."""
    return f"Gavel-{secrets.token_urlsafe(9)}7a"


def invite(stack: LocalStack, email: str, password: str, *, group: str | None = None) -> None:
    """Make a reviewer in the user pool with a password for the first sign-in, and put them into the team's group."""
    cognito = boto3.client("cognito-idp", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    which = {"UserPoolId": stack.outputs["user_pool_id"], "Username": email}
    cognito.admin_create_user(**which, TemporaryPassword=password, MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(**which, GroupName=group or stack.outputs["reviewers_group"])


class DeskReviewer:
    """A browser's part: cookies, forms, redirects. `invite` has to come before."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self._address = address
        self._email = email
        self._password = password
        # The desk is at an IP address here, which a cookie jar refuses unless told otherwise.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        await self._sign_in()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def free(self) -> list[str]:
        """The names of the tasks that can be taken, the most urgent first."""
        return _CLAIM.findall(await self._get("/"))

    async def answer(self, name: str, content: Mapping[str, Any]) -> None:
        """Take the task, look at its page, and submit."""
        page = await self._post(f"/tasks/{name}/claim", await self._get("/"), {})
        await self._get(f"/tasks/{name}/frame")
        await self._post(f"/tasks/{name}/answer", page, {"answerContent": json.dumps(content)})

    async def decline(self, name: str, reason: str) -> None:
        """Take the task, and rather not."""
        page = await self._post(f"/tasks/{name}/claim", await self._get("/"), {})
        await self._post(f"/tasks/{name}/decline", page, {"reason": reason})

    async def verify(self, address: str, words: Sequence[Mapping[str, Any]]) -> str:
        """Say this of images of a set's first page; returns the page as it is then."""
        await self._post(f"{address}/words", await self._get(address), {"page": "1", "words": json.dumps(words)})
        return await self._get(address)

    async def _sign_in(self) -> None:
        """With a new password where the desk asks for one."""
        page = await self._get("/sign-in")
        page = await self._post("/sign-in", page, {"username": self._email, "password": self._password, "next": "/"})
        if 'name="again"' in page:
            self._password = temporary_password()
            await self._post("/challenge", page, {"answer": self._password, "again": self._password, "next": "/"})

    async def _get(self, path: str) -> str:
        async with self._http.get(f"{self._address}{path}") as answer:
            return await self._text(answer)

    async def _post(self, path: str, page: str, fields: Mapping[str, str]) -> str:
        """Submit a form of `page`."""
        found = _CSRF.search(page)
        csrf = html.unescape(found[1]) if found else ""
        async with self._http.post(f"{self._address}{path}", data={"csrf": csrf, **fields}) as answer:
            return await self._text(answer)

    async def _text(self, answer: aiohttp.ClientResponse) -> str:
        if answer.status != 200:
            raise DeskProblem(f"{answer.method} {answer.url.path} answered {answer.status}")
        return await answer.text()
