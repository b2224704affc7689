"""Looks after the adapters that policies name, so that people hear of an end before it comes."""

from datetime import datetime, timedelta
from typing import Final

from services.moderate.domain.adapters import adapter_deprecated_alert, canary_deprecated_alert, canary_unanswered_alert
from services.moderate.domain.images import adapter_ignored_alert
from services.moderate.handler.ports import AdapterPorts
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import AlertRaised
from shared.custom_moderation.projects import USABLE, VersionStatus
from shared.policy.model import Policy
from shared.sweep import only_logged

SWEEP: Final = "adapters"
EVERY: Final = timedelta(hours=1)
LOOKING: Final = timedelta(minutes=10)
"""For so long a look is one task's, which takes seconds; when it fails, the next one is tried at the next interval."""
ONCE_IN: Final = timedelta(hours=23)
"""One look a day that came to its end, by whichever task; it is told again until somebody does something."""


async def look_after_adapters(ports: AdapterPorts, *, sweeper: str) -> int:
    """Ask after the adapters of every policy that a tenant follows, and of its canary. Returns how many won't be used,
    or not for long.

    `sweeper` is a name of this look's own.
    """
    number = 0
    for name in sorted({tenant.policy for tenant in (await ports.policies.tenants()).tenants}):
        with only_logged(SWEEP):
            number += await _look_after(name, sweeper, ports)
    return number


async def _look_after(name: str, sweeper: str, ports: AdapterPorts) -> int:
    policy, now = await ports.policies.current(name), ports.clock()
    named = (policy.adapter, policy.canary.adapter if policy.canary else None)
    adapters = {adapter for adapter in named if adapter is not None}
    lease, number = f"adapter-sweep#{name}", 0
    if not adapters or not await ports.ledger.lease(lease, sweeper, now=now, ttl_s=int(LOOKING.total_seconds())):
        return 0
    for adapter in sorted(adapters):
        alert = _alert(policy, adapter, await ports.statuses.status(adapter), now)
        if alert is not None:
            attributes = {"code": alert.data.code, "severity": str(alert.data.severity)}
            await ports.alerts.publish(alert, attributes=attributes, group=policy.name)
            number += 1
    await ports.ledger.lease(lease, sweeper, now=now, ttl_s=int(ONCE_IN.total_seconds()))
    return number


def _alert(policy: Policy, adapter: str, status: VersionStatus | None, at: datetime) -> CloudEvent[AlertRaised] | None:
    decides = adapter == policy.adapter
    if status is VersionStatus.DEPRECATED:
        return adapter_deprecated_alert(policy, at) if decides else canary_deprecated_alert(policy, at)
    if status not in USABLE:
        # Items will tell of it too; but there may be none before morning.
        return adapter_ignored_alert(policy, at) if decides else canary_unanswered_alert(policy, at)
    return None
