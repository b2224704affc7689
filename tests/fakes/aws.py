"""An AWS client that answers what it was told to, one answer after the other, and keeps what it was asked."""

from typing import Any

from botocore.exceptions import ClientError

Answer = dict[str, Any] | Exception


class ScriptedClient:
    """`ScriptedClient(describe_human_loop=[refusal("ThrottlingException"), {…}])`"""

    def __init__(self, **answers: list[Answer]) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:
        async def answer(**request: Any) -> dict[str, Any]:
            self.asked.append((operation, request))
            given = self._answers[operation].pop(0)
            if isinstance(given, Exception):
                raise given
            return given

        return answer


def refusal(code: str, message: str = "", *, status: int = 400) -> ClientError:
    """What botocore raises for an error answer."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},
        "Operation",
    )
