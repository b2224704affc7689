"""Looks after the adapters that policies name, so that people hear of an end before it comes."""

from datetime import timedelta
from typing import Final

from services.moderate.domain.adapters import adapter_deprecated_alert
from services.moderate.domain.images import adapter_ignored_alert
from services.moderate.handler.ports import AdapterPorts
from shared.custom_moderation.projects import USABLE, VersionStatus
from shared.sweep import only_logged

SWEEP: Final = "adapters"
EVERY: Final = timedelta(hours=1)
ONCE_IN: Final = timedelta(hours=23)
"""One look a day, by whichever task is first; it is told again until somebody does something."""


async def look_after_adapters(ports: AdapterPorts, *, sweeper: str) -> int:
    """Ask after the adapter of every policy that a tenant follows. Returns how many won't be used, or not for long.

    `sweeper` is a name of this look's own.
    """
    now = ports.clock()
    if not await ports.ledger.lease("adapter-sweep", sweeper, now=now, ttl_s=int(ONCE_IN.total_seconds())):
        return 0
    number = 0
    for name in sorted({tenant.policy for tenant in (await ports.policies.tenants()).tenants}):
        with only_logged(SWEEP):
            number += await _look_after(name, ports)
    return number


async def _look_after(name: str, ports: AdapterPorts) -> bool:
    policy, now = await ports.policies.current(name), ports.clock()
    if policy.adapter is None:
        return False
    status = await ports.statuses.status(policy.adapter)
    if status is VersionStatus.DEPRECATED:
        alert = adapter_deprecated_alert(policy, now)
    elif status not in USABLE:
        # Items will tell of it too; but there may be none before morning.
        alert = adapter_ignored_alert(policy, now)
    else:
        return False
    attributes = {"code": alert.data.code, "severity": str(alert.data.severity)}
    await ports.alerts.publish(alert, attributes=attributes, group=policy.name)
    return True
