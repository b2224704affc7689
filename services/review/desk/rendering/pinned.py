"""Which version of an object a task's page shows."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from shared.worker_templates.s3_uri import read_s3_uri


class Grant(Protocol):
    def __call__(self, uri: str, version: str | None = None) -> str: ...


def pinned(grant: Grant, task_input: Mapping[str, Any]) -> Callable[[str], str]:
    """`grant_read_access` for this task: of its own object (`taskObject`) the version that was judged
    (`taskObjectVersion`), since its key may have got other bytes while the task waited. Of any other object, and where
    the input names no version, the one that is there now."""
    named, version = task_input.get("taskObject"), task_input.get("taskObjectVersion")
    own = read_s3_uri(named) if isinstance(named, str) else None
    if own is None or not isinstance(version, str) or not version:
        return grant
    return lambda uri: grant(uri, version if read_s3_uri(uri) == own else None)
