"""A storm of rejections, through all four services: every item gets its verdict, and people a few alerts."""

from collections import Counter

from shared.alerts import Alerts
from shared.contracts.words import Action
from tests.unit.ingest.world import NOW
from tests.unit.pipeline.whole import Whole
from tests.unit.test_alerts import Counts, Topic

ITEMS = 500


async def test_five_hundred_rejections_are_five_hundred_verdicts_and_eight_alerts() -> None:
    topic = Topic()
    alerts = Alerts(topic=topic, counts=Counts(), clock=lambda: NOW, stack="prod", singly=5)
    whole = Whole(seen={"Weapon Violence": 98.4}, alerts=alerts)
    await whole.tell(*(whole.upload(number) for number in range(ITEMS)))
    verdicts = [event.data for event, *_ in whole.results.verdicts.published]
    assert Counter(verdict.verdict for verdict in verdicts) == {Action.REJECT: ITEMS}
    assert len({verdict.media_id for verdict in verdicts}) == ITEMS
    assert [event.data.count for event, *_ in topic.published] == [1, 1, 1, 1, 1, 6, 10, 100]
    assert {event.data.code for event, *_ in topic.published} == {"policy-alert"}
    # Told again, as after a crash behind the last write: no verdict is another, and no alert is one by one again.
    told = len(topic.published)
    await whole.results_again()
    assert len({event.id for event, *_ in whole.results.verdicts.published}) == ITEMS
    assert [event.data.count for event, *_ in topic.published[told:]] == [1_000]
