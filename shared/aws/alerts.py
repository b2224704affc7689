"""Alerts as every service raises them: counted in the ledger's table, published on the stack's topic."""

from collections.abc import Mapping
from typing import Any

from shared.alerts import Alerts
from shared.aws.alert_counts import DynamoAlertCounts
from shared.aws.sns import SnsTopic
from shared.clock import utc_now
from shared.settings import ServiceSettings


def alerts(settings: ServiceSettings, clients: Mapping[str, Any]) -> Alerts:
    """`clients` has those of SNS and DynamoDB (`shared.aws.clients.open_clients`)."""
    return Alerts(
        topic=SnsTopic(clients["sns"], settings.alerts_topic_arn),
        counts=DynamoAlertCounts(clients["dynamodb"], settings.ledger_table),
        clock=utc_now,
        stack=settings.stack,
        singly=settings.alerts_singly,
        console_url=settings.console_url,
    )
