"""The services' own AWS clients, aimed at the emulator."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Clients(Protocol):
    """`async with clients("s3", "dynamodb") as opened: opened["s3"]`; see `shared.aws.clients.open_clients`."""

    def __call__(
        self, *services: str, account: str = ..., retries: int = ...
    ) -> AbstractAsyncContextManager[dict[str, Any]]: ...
