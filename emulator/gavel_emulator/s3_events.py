"""Makes LocalStack's S3 write an object's key into events as AWS does.

A notification to SQS or SNS carries the key form-encoded (a space is `+`), an EventBridge event carries it as it is.
LocalStack percent-encodes it in both, so code that reads AWS's form would break on the emulator or, worse, the reverse.
"""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from localstack.services.s3 import notifications
from localstack.services.s3.notifications import EventBridgeNotifier, S3EventNotificationContext


def write_keys_as_aws() -> None:
    """Patch LocalStack; once per process."""
    notifications.quote = partial(quote_plus, safe="/")
    payload_of = EventBridgeNotifier._get_event_payload

    def payload_with_plain_key(context: S3EventNotificationContext, config_id: str | None = None) -> Any:
        return payload_of(replace(context, key_name=unquote_plus(context.key_name)), config_id)

    EventBridgeNotifier._get_event_payload = staticmethod(payload_with_plain_key)
