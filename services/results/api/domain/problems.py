"""What a caller is told when something can't be done: RFC 9457, `application/problem+json`."""

from collections.abc import Mapping
from typing import Any, Final

CONTENT_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """`code` is a stable word, `detail` a sentence that says what was wrong and what would be right; `errors` are the
    single fields that were, all at once."""

    def __init__(
        self, status: int, code: str, detail: str, *, errors: tuple[Mapping[str, str], ...] = (), retry_after_s: int = 0
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "type": f"urn:gavel:problem:{self.code}",
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
        }
        return told | ({"errors": [dict(each) for each in self.errors]} if self.errors else {})


def not_found() -> Problem:
    """Of what isn't there and of what this caller may not know of: nobody learns which."""
    return Problem(404, "no-such-item", "there is no such item, or it isn't of a tenant of yours")
