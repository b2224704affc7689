"""Raises an alert for a case that has waited longer than its policy's target: once, and nothing else changes."""

from services.review.domain.overdue import overdue, overdue_alert
from services.review.handler.ports import Ports
from shared.ledger.entries import LoopOpened
from shared.ledger.record import Record
from shared.ledger.views import submission
from shared.telemetry import metrics


async def warn_if_overdue(record: Record, newest: LoopOpened, ports: Ports) -> None:
    """Published first and then written down: a crash in between publishes the same event again."""
    item = submission(record)
    if item is None:
        return
    late = overdue(record, newest, await ports.policies.at(item.policy), ports.clock())
    if late is None:
        return
    alert = overdue_alert(record, late)
    attributes = {"code": alert.data.code, "severity": str(alert.data.severity), "tenant": item.tenant}
    await ports.alerts.publish(alert, attributes=attributes, group=item.tenant)
    if await ports.ledger.add(item.media_id, late):
        metrics.record(metrics.REVIEWS_OVERDUE, 1, {metrics.POLICY: f"{item.policy.name}@{item.policy.version}"})
