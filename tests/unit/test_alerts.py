"""How many alerts people get of how many that were raised, and what each says."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from shared.alerts import Alerts, Mail
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from shared.contracts.words import Severity

NOW = datetime(2026, 11, 21, 14, 25, tzinfo=UTC)
ATTRIBUTES = {"code": "policy-alert", "severity": "critical"}


class Topic:
    def __init__(self) -> None:
        self.published: list[tuple[CloudEvent[AlertRaised], Mapping[str, str], str, Mail | None]] = []

    async def publish(
        self, event: CloudEvent[AlertRaised], *, attributes: Mapping[str, str], group: str, mail: Mail | None = None
    ) -> None:
        self.published.append((event, attributes, group, mail))


class Counts:
    def __init__(self) -> None:
        self.counts: dict[tuple[str, datetime], int] = {}

    async def count(self, kind: str, since: datetime) -> int:
        self.counts[kind, since] = self.counts.get((kind, since), 0) + 1
        return self.counts[kind, since]


class Storm:
    """Alerts raised one after the other, by a clock that can be put forward."""

    def __init__(self, *, singly: int = 5, console_url: str | None = None) -> None:
        self.topic = Topic()
        self.now = NOW
        self._alerts = Alerts(
            topic=self.topic,
            counts=Counts(),
            clock=lambda: self.now,
            stack="prod",
            singly=singly,
            console_url=console_url,
        )

    async def of(self, number: int, *, tenant: str | None = "shop", code: str = "policy-alert") -> None:
        for each in range(number):
            alert = AlertRaised(
                code=code, severity=Severity.CRITICAL, text=f"m{each} got reject.", media_id=f"m{each}", tenant=tenant
            )
            event = CloudEvent(
                id=f"alert-{each}", source="t", type=ALERT_RAISED, subject=f"m{each}", time=self.now, data=alert
            )
            await self._alerts.publish(event, attributes=ATTRIBUTES, group=tenant or "")

    @property
    def told(self) -> list[AlertRaised]:
        return [event.data for event, *_ in self.topic.published]


async def test_a_few_alerts_are_told_as_they_are() -> None:
    storm = Storm()
    await storm.of(5)
    assert [alert.text for alert in storm.told] == [f"m{number} got reject." for number in range(5)]
    assert {alert.count for alert in storm.told} == {1}
    assert storm.topic.published[0][1:3] == (ATTRIBUTES, "shop")


async def test_a_storm_of_five_hundred_is_told_eight_times_and_none_of_it_is_lost_sight_of() -> None:
    storm = Storm()
    await storm.of(500)
    assert [alert.count for alert in storm.told] == [1, 1, 1, 1, 1, 6, 10, 100]
    assert storm.told[-1].text == (
        "100 alerts 'policy-alert' since 14:00 UTC; of those to come until 15:00 UTC only their number is told. "
        "The newest: m99 got reject."
    )
    assert len({event.id for event, *_ in storm.topic.published}) == 8


@pytest.mark.parametrize("other", [{"tenant": "blog"}, {"tenant": None}, {"code": "review-overdue"}], ids=str)
async def test_a_storm_holds_back_no_alerts_of_another_kind(other: dict[str, str | None]) -> None:
    storm = Storm()
    await storm.of(500)
    before = len(storm.told)
    await storm.of(1, **other)  # type: ignore[arg-type]
    assert [alert.count for alert in storm.told[before:]] == [1]


async def test_the_next_hour_begins_anew() -> None:
    storm = Storm()
    await storm.of(50)
    before = len(storm.told)
    storm.now = NOW + timedelta(hours=1)
    await storm.of(1)
    assert [alert.count for alert in storm.told[before:]] == [1]


async def test_what_people_get_says_what_how_bad_and_where() -> None:
    storm = Storm(console_url="https://console.example.org/")
    await storm.of(1)
    ((event, _, _, mail),) = storm.topic.published
    assert event.data.link == "https://console.example.org/items/m0"
    assert mail is not None
    assert mail.subject == "[gavel prod] critical: policy-alert"
    assert mail.text.splitlines() == [
        "m0 got reject.",
        "",
        "Severity: critical",
        "Code: policy-alert",
        "Stack: prod",
        "Tenant: shop",
        "",
        "https://console.example.org/items/m0",
        "",
        "What to do: docs/runbook.md, policy-alert",
    ]


@pytest.mark.parametrize(("tenant", "place"), [("shop", "?period=1h&tenant=shop"), (None, "?period=1h")])
async def test_a_storm_leads_to_the_whole_flow(tenant: str | None, place: str) -> None:
    storm = Storm(singly=1, console_url="https://console.example.org")
    await storm.of(2, tenant=tenant)
    assert [alert.link for alert in storm.told] == [
        "https://console.example.org/items/m0",
        f"https://console.example.org/{place}",
    ]


async def test_without_a_console_there_is_no_link() -> None:
    storm = Storm()
    await storm.of(1)
    assert storm.told[0].link is None
