"""Jobs' ends told to the emulator's own SNS."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from gavel_emulator.aws_calls import client
from gavel_emulator.rekognition.job_book import Place

LOG = logging.getLogger(__name__)


def publish(place: Place, topic_arn: str, message: Mapping[str, Any]) -> None:
    """A notification that isn't taken is lost, as it is in AWS where the role may not publish."""
    sns = client("sns", account_id=place.account_id, region=place.region)
    try:
        sns.publish(TopicArn=topic_arn, Message=json.dumps(message))
    except ClientError as refusal:
        LOG.warning("the notification of %s was not taken: %s", message["JobId"], refusal)
