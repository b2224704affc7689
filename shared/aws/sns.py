"""Topics on SNS."""

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from shared.alerts import Mail
from shared.aws.batches import GATHER_S, Request, Sender
from shared.aws.sqs import GROUP_LIMIT, sendable, size_bytes, string_attributes
from shared.contracts.cloudevents import CloudEvent, encode
from shared.errors import Permanent
from shared.telemetry import spans
from shared.telemetry.carrier import inject

LIMIT_BYTES: Final = 262_144
"""One message with its attributes, and all messages of one call, on a topic with default settings: 256 KiB.
https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
"""

ATTRIBUTE_LIMIT: Final = 10
"""Of one message: with more, a subscription with raw delivery loses it.
https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
"""

SUBJECT_LIMIT: Final = 100
"""Characters, of ASCII: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


class SNS(Protocol):
    """What this module uses of aiobotocore's client."""

    async def publish_batch(self, **request: Any) -> dict[str, Any]: ...


class SnsTopic:
    """One topic; concurrent publishes share requests, `gather_s` is how long one waits for others."""

    def __init__(self, client: SNS, arn: str, *, gather_s: float = GATHER_S) -> None:
        self.name = arn.rpartition(":")[2]
        self._client = client
        self._arn = arn
        self._sender = Sender("sns", self.name, self._publish, limit_bytes=LIMIT_BYTES, gather_s=gather_s)

    async def publish(
        self, event: CloudEvent[Any], *, attributes: Mapping[str, str], group: str, mail: Mail | None = None
    ) -> None:
        """Return when SNS has the event. Attributes without a value are left out: SNS takes none. Subscribers by
        e-mail get `mail` instead where there is one.

        Raises Transient when it could not be published, Permanent when SNS would never take it.
        """
        with spans.send("aws.sns", self.name, subject=event.subject):
            given = {name: value for name, value in attributes.items() if value} | inject()
            if len(given) > ATTRIBUTE_LIMIT:
                raise Permanent("too-many-attributes", f"{event.type} has {len(given)} of {ATTRIBUTE_LIMIT} attributes")
            body = sendable(encode(event))
            if mail is not None:
                body = json.dumps({"default": body, "email": mail.text})
            size = size_bytes(body, given)
            if size > LIMIT_BYTES:
                raise Permanent("message-too-large", f"{event.type} needs {size} of {LIMIT_BYTES} bytes")
            request: Request = {"Message": body, "MessageAttributes": string_attributes(given)}
            if mail is not None:
                request |= {"MessageStructure": "json", "Subject": mail.subject[:SUBJECT_LIMIT]}
            if group:
                request["MessageGroupId"] = group[:GROUP_LIMIT]
            await self._sender.send(request, size)

    async def flush(self) -> None:
        """Publish what waits for others, and return when SNS has answered."""
        await self._sender.flush()

    async def _publish(self, entries: list[Request]) -> dict[str, Any]:
        return await self._client.publish_batch(TopicArn=self._arn, PublishBatchRequestEntries=entries)
