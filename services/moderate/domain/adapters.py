"""What MODERATE says of adapters whose time is nearly over."""

from datetime import datetime

from services.moderate.domain.sending import SOURCE
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from shared.contracts.words import Severity
from shared.policy.model import Policy


def adapter_deprecated_alert(policy: Policy, at: datetime) -> CloudEvent[AlertRaised]:
    """One alert a day for each policy: the id repeats, so receivers drop the others."""
    return CloudEvent(
        id=event_id(ALERT_RAISED, "adapter-deprecated", policy.name, at.strftime("%Y-%m-%d")),
        source=SOURCE,
        type=ALERT_RAISED,
        subject=policy.name,
        time=at,
        data=AlertRaised(
            code="adapter-deprecated",
            severity=Severity.WARNING,
            text=f"Policy {policy.name} names an adapter of an older base model. Rekognition uses it for 60 to 90 days "
            "from the newer one on, and then ignores it without a word. Train it anew and promote it.",
        ),
    )
