"""What MODERATE says of adapters whose time is nearly over, and of those that a canary tries in vain."""

from datetime import datetime

from services.moderate.domain.sending import SOURCE
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from shared.contracts.words import Severity
from shared.policy.model import Policy


def adapter_deprecated_alert(policy: Policy, at: datetime) -> CloudEvent[AlertRaised]:
    return _daily(
        "adapter-deprecated",
        f"Policy {policy.name} names an adapter of an older base model. Rekognition uses it for 60 to 90 days "
        "from the newer one on, and then ignores it without a word. Train it anew and promote it.",
        policy,
        at,
    )


def canary_deprecated_alert(policy: Policy, at: datetime) -> CloudEvent[AlertRaised]:
    return _daily(
        "canary-deprecated",
        f"The canary of policy {policy.name} names an adapter of an older base model, which Rekognition uses for 60 to "
        "90 days from the newer one on. Train it anew and have the canary try that one.",
        policy,
        at,
    )


def canary_unanswered_alert(policy: Policy, at: datetime) -> CloudEvent[AlertRaised]:
    return _daily(
        "canary-unanswered",
        f"The canary of policy {policy.name} names an adapter that Rekognition doesn't use: expired, deleted or not "
        "trained. Nothing is compared. Name another one, or take the canary out of the policy.",
        policy,
        at,
    )


def _daily(code: str, text: str, policy: Policy, at: datetime) -> CloudEvent[AlertRaised]:
    """One alert a day for each policy: the id repeats, so receivers drop the others."""
    return CloudEvent(
        id=event_id(ALERT_RAISED, code, policy.name, at.strftime("%Y-%m-%d")),
        source=SOURCE,
        type=ALERT_RAISED,
        subject=policy.name,
        time=at,
        data=AlertRaised(code=code, severity=Severity.WARNING, text=text),
    )
