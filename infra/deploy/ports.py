"""What deploying needs of the machine and of AWS, so that its refusals can be tried without either."""

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow definition of A2I's."""

    name: str
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What reviewers of a flow definition's loops see: SageMaker's human task UI."""

    name: str
    arn: str


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


class Reviews(Protocol):
    """A2I in the same region, of the whole account. Raises Refused as `Cloud` does."""

    def outputs(self, stack: str) -> str | None:
        """What the stack's program told of itself, as JSON; None where there is no such stack."""
        ...

    def flows(self) -> Iterable[Flow]: ...

    def page_of(self, flow: Flow) -> str:
        """The ARN of its page."""
        ...

    def is_worked_at(self, flow: Flow) -> bool:
        """Whether any loop of it is open."""
        ...

    def pages(self) -> Iterable[Page]: ...

    def delete_flow(self, flow: Flow) -> None: ...

    def delete_page(self, page: Page) -> None: ...
