"""What deploying needs of the machine and of AWS, so that its refusals can be tried without either."""

from dataclasses import dataclass
from typing import Protocol


class Refused(Exception):
    """It can't be done as things are; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a container tool signs in to the registry with."""

    user: str
    password: str
    host: str


class Machine(Protocol):
    def has(self, tool: str) -> bool:
        """Whether there is such a command."""
        ...

    def output(self, *command: str) -> str:
        """What it prints. Raises Refused when it fails."""
        ...

    def succeeds(self, *command: str) -> bool:
        """Whether it ends well, seen by nobody."""
        ...

    def run(self, *command: str, given: str | None = None) -> None:
        """Run it before everybody's eyes, with this on its standard input. Raises Refused when it fails."""
        ...


class Cloud(Protocol):
    """AWS, in the region of one stack. Every method raises Refused when there are no credentials, or they may not."""

    def account(self) -> str: ...

    def registry(self, repository: str) -> str | None:
        """The address of a repository of images, or None where there is none yet."""
        ...

    def has_image(self, repository: str, tag: str) -> bool: ...

    def login(self) -> Login: ...
