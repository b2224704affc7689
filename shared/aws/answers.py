"""Reads the answers that SQS gives by the hundred a second as the JSON that they are.

botocore looks every field up in its model to make a richer type of it, which these have none of, and so spends more on
a received message than all of ours that handles it.
"""

from typing import Any, Final

import msgspec

PLAIN: Final = ("ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch", "SendMessageBatch")
"""Their answers hold strings, truths, and lists and maps of these. A binary attribute of a message would come as its
Base64, but those are nobody's here."""

_JSON: Final = msgspec.json.Decoder(dict[str, Any])


def read_plainly(client: Any) -> None:
    """`client` is aiobotocore's for SQS."""
    for operation in PLAIN:
        client.meta.events.register(f"before-parse.sqs.{operation}", _read, unique_id=f"gavel-read-{operation}")


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Give botocore the answer, and nothing to read but its headers. Errors, and what isn't JSON, stay botocore's."""
    if response_dict["status_code"] != 200:
        return
    body = response_dict["body"]
    try:
        answer = _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    customized_response_dict.update(_told(answer) if b"null" in body else answer)
    response_dict["body"] = b""


def _told(value: Any) -> Any:
    """What is null isn't there, as for botocore: SQS has answered `"Messages": null` when there were none.
    https://github.com/aws/aws-sdk-php/issues/2821
    """
    if isinstance(value, dict):
        return {name: _told(each) for name, each in value.items() if each is not None}
    return [_told(each) for each in value] if isinstance(value, list) else value
