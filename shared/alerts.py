"""Raises alerts so that people go on reading them: the first few of a kind as they are, the rest as a count.

A kind is a code and a tenant; its hour begins anew with the clock's. Of a kind's alerts in one hour the first five
(or as many as the stack says) are published, then one that says that the others are held back, and from then on one
at every tenfold number. A storm of 500 rejections is 8 alerts, and where nothing is told, nothing was missed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlencode

import msgspec

from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from shared.telemetry import metrics, spans

WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An event for people's eyes: what subscribers by e-mail get in its place."""

    subject: str
    text: str


class AlertTopic(Protocol):
    async def publish(
        self, event: CloudEvent[AlertRaised], *, attributes: Mapping[str, str], group: str, mail: Mail | None = None
    ) -> None: ...


class AlertCounts(Protocol):
    async def count(self, kind: str, since: datetime) -> int:
        """How many alerts of this kind there have been in the window that began then, this one included."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Takes the place of the alerts' topic. `singly` are told one by one of each kind and hour; `console_url` is where
    links lead, None where there is no console.

    A repeat of a message counts again, since it may be that its alert was never published.
    """

    topic: AlertTopic
    counts: AlertCounts
    clock: Clock
    stack: str
    singly: int
    console_url: str | None = None

    async def publish(self, event: CloudEvent[AlertRaised], *, attributes: Mapping[str, str], group: str) -> None:
        spans.keep("alert")
        now = self.clock().astimezone(UTC)
        since = now.replace(minute=0, second=0, microsecond=0)
        alert = event.data
        kind = f"{alert.code}#{alert.tenant or ''}"
        count = await self.counts.count(kind, since)
        if count > self.singly:
            if count != self.singly + 1 and not math.log10(count).is_integer():
                return
            event = _digest(event, kind, count, since)
        linked = msgspec.structs.replace(event.data, link=event.data.link or self._link(event.data))
        event = msgspec.structs.replace(event, data=linked)
        metrics.record(metrics.ALERTS, 1, {metrics.CODE: alert.code})
        await self.topic.publish(event, attributes=attributes, group=group, mail=_mail(linked, self.stack))

    def _link(self, alert: AlertRaised) -> str | None:
        if self.console_url is None:
            return None
        if alert.count > 1:
            # Many items' trouble is looked at from above.
            page = f"?{urlencode({'period': '1h'} | ({'tenant': alert.tenant} if alert.tenant else {}))}"
        else:
            page = f"items/{alert.media_id}" if alert.media_id else ""
        return f"{self.console_url.rstrip('/')}/{page}"


def _digest(event: CloudEvent[AlertRaised], kind: str, count: int, since: datetime) -> CloudEvent[AlertRaised]:
    """The newest alert, as one of so many."""
    alert = event.data
    text = (
        f"{count:,} alerts {alert.code!r} since {since:%H:%M} UTC; of those to come until {since + WINDOW:%H:%M} UTC "
        f"only their number is told. The newest: {alert.text}"
    )
    return msgspec.structs.replace(
        event,
        id=event_id(ALERT_RAISED, kind, f"{since:%Y-%m-%dT%H}", str(count)),
        data=msgspec.structs.replace(alert, text=text, count=count),
    )


def _mail(alert: AlertRaised, stack: str) -> Mail:
    lines = [alert.text, "", f"Severity: {alert.severity}", f"Code: {alert.code}", f"Stack: {stack}"]
    if alert.tenant:
        lines.append(f"Tenant: {alert.tenant}")
    if alert.link:
        lines += ["", alert.link]
    lines += ["", f"What to do: docs/runbook.md, {alert.code}"]
    return Mail(subject=f"[gavel {stack}] {alert.severity}: {alert.code}", text="\n".join(lines))
