"""Batch calls of SQS and SNS, whose answer is a 200 even when entries failed: each entry is looked at, always."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from shared.aws.errors import DEPLOYMENT_CODES, THROTTLES, TRANSIENT_CODES, translated
from shared.consumer.coalesce import Coalescer
from shared.consumer.settings import BATCH_LIMIT
from shared.errors import Permanent, Transient
from shared.telemetry import spans
from shared.telemetry.metrics import DESTINATION, ERROR_TYPE, SENT, record

Request = dict[str, Any]
BatchCall = Callable[[list[Request]], Awaitable[dict[str, Any]]]

PAUSES_S: Final = (0.1, 0.4)
"""Before each further try of entries that failed by the service's fault."""

GATHER_S: Final = 0.005
"""How long a send waits for others to share its request."""

REFUSED_CODES: Final = frozenset(
    {
        "InvalidAttributeValue", "InvalidMessageContents", "InvalidParameter", "InvalidParameterValue",
        "InvalidParameterValueException", "MessageNotInflight", "ParameterValueInvalid", "ReceiptHandleIsInvalid",
    }
)  # fmt: skip
"""The entry's own fault, also where an emulator says SenderFault=false of them."""


SYSTEMS: Final = {"sqs": "aws_sqs", "sns": "aws.sns"}
"""OpenTelemetry's `messaging.system`."""


class _Sent(NamedTuple):
    """One entry, and who waits for it."""

    entry: Request
    sending: spans.Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An entry that failed for good. `is_refused` when no other try could succeed."""

    code: str
    is_refused: bool


async def in_batch(call: BatchCall, entries: Sequence[Request]) -> list[Failure | None]:
    """One answer per entry, None where it was accepted; at most ten entries. What failed by the service's fault is
    tried again. Raises what the call as a whole raises.
    """
    answers: list[Failure | None] = [None] * len(entries)
    left = list(range(len(entries)))
    for pause_s in (*PAUSES_S, None):
        answer = await call([{"Id": str(place), **entries[place]} for place in left])
        failed = answer.get("Failed", ())
        for one in failed:
            code = str(one["Code"])
            answers[int(one["Id"])] = Failure(code=code, is_refused=_is_refused(code, bool(one["SenderFault"])))
        for place in set(left) - {int(one["Id"]) for one in failed}:
            answers[place] = None
        left = [int(one["Id"]) for one in failed if _may_succeed(one)]
        if not left or pause_s is None:
            break
        await asyncio.sleep(pause_s)
    return answers


class Sender:
    """Gathers concurrent sends to one destination into batch calls; `limit_bytes` is what one call may hold."""

    def __init__(self, service: str, destination: str, call: BatchCall, *, limit_bytes: int, gather_s: float) -> None:
        self._service = service
        self._destination = destination
        self._call = call
        self._entries: Coalescer[_Sent, Exception | None] = Coalescer(
            self._send, limit=BATCH_LIMIT, linger_s=gather_s, limit_bytes=limit_bytes
        )

    async def send(self, entry: Request, size_bytes: int) -> None:
        """Return when this entry is accepted. Raises Transient or Permanent, or what the service alone knows."""
        sent = _Sent(entry, spans.sending())
        error = await self._entries.submit(sent, size_bytes=size_bytes)
        if error is None:
            record(SENT, 1, {DESTINATION: self._destination})
            return
        record(SENT, 1, {DESTINATION: self._destination, ERROR_TYPE: type(error).__name__})
        raise error

    async def flush(self) -> None:
        await self._entries.flush()

    async def _send(self, sent: Sequence[_Sent]) -> Sequence[Exception | None]:
        system = SYSTEMS[self._service]
        with spans.batch(system, self._destination, [each.sending for each in sent]):
            return await self._request([each.entry for each in sent])

    async def _request(self, entries: Sequence[Request]) -> Sequence[Exception | None]:
        # Each sender gets an error of its own: whoever catches one may add to it.
        try:
            with translated(self._service):
                answers = await in_batch(self._call, entries)
        except Transient as error:
            return [Transient(error.code, error.detail) for _ in entries]
        except (Permanent, ClientError) as error:
            if len(entries) == 1:
                return [error]
            # One entry can spoil the whole call; alone, each gets what it deserves.
            return [(await self._request([entry]))[0] for entry in entries]
        return [self._error(answer) for answer in answers]

    def _error(self, failure: Failure | None) -> Exception | None:
        if failure is None:
            return None
        detail = f"{self._service} answered {failure.code}"
        if failure.is_refused:
            return Permanent(f"{self._service}-entry-refused", detail)
        return Transient(f"{self._service}-entry-failed", detail)


def _may_succeed(failed: Request) -> bool:
    return not failed["SenderFault"] and failed["Code"] not in REFUSED_CODES


def _is_refused(code: str, sender_fault: bool) -> bool:
    """Missing rights, also on a key, count as the sender's fault too, but are mended in the deployment."""
    passing = code in TRANSIENT_CODES | THROTTLES | DEPLOYMENT_CODES or code.lower().startswith("kms")
    return code in REFUSED_CODES or (sender_fault and not passing)
