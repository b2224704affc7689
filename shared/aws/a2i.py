"""Starts, asks after and stops human loops of Amazon Augmented AI."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.errors import error_code, translated
from shared.errors import Deferred, GavelError, Permanent, Transient

INPUT_LIMIT_BYTES: Final = 3_145_728
"""StartHumanLoop, HumanLoopInput.InputContent."""
QUOTA_DELAY_S: Final = 300
"""5,000 loops in flight for a flow definition of a private team, not adjustable; they end when people answer.
https://docs.aws.amazon.com/general/latest/gr/a2i.html"""
RUNNING: Final = frozenset({"InProgress", "Stopping"})


class A2IClient(Protocol):
    async def start_human_loop(self, **request: Any) -> dict[str, Any]: ...
    async def describe_human_loop(self, **request: Any) -> dict[str, Any]: ...
    async def stop_human_loop(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopDescription:
    """`status` is A2I's word: InProgress | Stopping | Completed | Failed | Stopped. `output_uri` is named from the
    start on; the object is there when the loop is Completed."""

    name: str
    arn: str
    flow_definition_arn: str
    status: str
    created_at: datetime
    failure_code: str | None = None
    output_uri: str | None = None


class HumanLoops:
    """Every method raises Transient when A2I can't be reached, throttles, or refuses this role (as it does accounts
    that never had A2I)."""

    def __init__(self, client: A2IClient) -> None:
        self._client = client

    async def start(self, name: str, flow_definition_arn: str, content: str) -> str:
        """Start a loop with this JSON input; returns its ARN, also when it was started before.

        Raises Deferred when the flow definition has no room for another, Permanent when the input is refused or the
        name belongs to a loop of another flow definition, Transient when the flow definition isn't there (yet).
        """
        if (size := len(content.encode())) > INPUT_LIMIT_BYTES:
            raise Permanent("loop-input-too-large", f"{size} of {INPUT_LIMIT_BYTES} bytes")
        with translated("a2i", {"ValidationException": "loop-refused"}):
            try:
                answer = await self._client.start_human_loop(
                    HumanLoopName=name,
                    FlowDefinitionArn=flow_definition_arn,
                    HumanLoopInput={"InputContent": content},
                )
            except ClientError as error:
                if error_code(error) == "ConflictException":
                    return await self._started_before(name, flow_definition_arn)
                if remedy := _start_remedy(error):
                    raise remedy from error
                raise
        return str(answer["HumanLoopArn"])

    async def describe(self, name: str) -> LoopDescription | None:
        """The loop as it stands; None when there is none of this name (A2I forgets a loop after 30 days)."""
        with translated("a2i"):
            try:
                answer = await self._client.describe_human_loop(HumanLoopName=name)
            except ClientError as error:
                if error_code(error) == "ResourceNotFoundException":
                    return None
                raise
        return LoopDescription(
            name=answer["HumanLoopName"],
            arn=answer["HumanLoopArn"],
            flow_definition_arn=answer["FlowDefinitionArn"],
            status=answer["HumanLoopStatus"],
            created_at=answer["CreationTime"],
            failure_code=answer.get("FailureCode"),
            output_uri=answer.get("HumanLoopOutput", {}).get("OutputS3Uri"),
        )

    async def stop(self, name: str) -> None:
        """Ask for the loop's end; nothing happens when there is none, or when it is over."""
        with translated("a2i"):
            try:
                await self._client.stop_human_loop(HumanLoopName=name)
            except ClientError as error:
                if error_code(error) not in {"ResourceNotFoundException", "ValidationException", "ConflictException"}:
                    raise
                # What AWS answers for a loop that is over isn't documented; so it is asked whether it is.
                loop = await self.describe(name)
                if loop is not None and loop.status == "InProgress":
                    raise Permanent("loop-stop-refused", f"a2i answered {error_code(error)}") from error

    async def _started_before(self, name: str, flow_definition_arn: str) -> str:
        """A conflict says that the name is taken by a loop with other input.

        The same case gives the same input, so it was ours to start, and words of the input have changed since (as a
        deployment of another version may do): one item, one review. Unless it is another flow definition's.
        """
        loop = await self.describe(name)
        if loop is None:
            raise Transient("loop-name-in-doubt", "a2i answered ConflictException, then found no such loop")
        if loop.flow_definition_arn != flow_definition_arn:
            raise Permanent("loop-name-taken", "a loop of another flow definition has this name")
        return loop.arn


def _start_remedy(error: ClientError) -> GavelError | None:
    code, text = error_code(error), str(error.response["Error"].get("Message", "")).lower()
    if code == "ServiceQuotaExceededException":
        return Deferred("human-loop-quota", f"a2i answered {code}", delay_s=QUOTA_DELAY_S)
    # StartHumanLoop has no ResourceNotFoundException in its model: a flow definition that isn't there is told in words.
    if code == "ResourceNotFoundException" or (code == "ValidationException" and "flow definition" in text):
        return Transient("flow-definition-missing", f"a2i answered {code}")
    return None
