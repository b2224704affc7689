"""AWS clients for code that runs inside the emulator.

    events = client("events", account_id=context.account_id, region=context.region)
    events.put_events(Entries=[{"Source": "aws.sagemaker", "DetailType": "…", "Detail": json.dumps(detail)}])

They are boto3 clients on the emulator's own gateway: a call goes through the same parsing and the same providers as one
from a task. LocalStack's EventBridge takes events whose source is `aws.…`. LocalStack marks these requests as internal,
so `GET /_gavel/requests` doesn't count them. Clients are cached: ask for one where it is needed.
"""

from typing import Any

from localstack.aws.connect import connect_to


def client(service: str, *, account_id: str, region: str) -> Any:
    """A boto3 client of `service` acting as `account_id` in `region`."""
    # LocalStack takes the account from the access key: twelve digits are the account itself.
    factory = connect_to(aws_access_key_id=account_id, aws_secret_access_key="test", region_name=region)  # noqa: S106
    return getattr(factory, service.replace("-", "_"))
