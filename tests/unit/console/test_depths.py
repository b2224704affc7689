"""What waits in the queues, told in the order of the pipeline."""

from typing import Any

from services.results.console.adapters.depths import DELAYED, UNDER_WAY, WAITING, QueueDepths
from services.results.console.ports import Depth


class Sqs:
    """Every queue has as many messages as its address has characters; dead letters are counted by their own."""

    async def get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        length = len(request["QueueUrl"])
        return {"Attributes": {WAITING: str(length), UNDER_WAY: "1", DELAYED: "2"}}


async def test_queues_come_from_left_to_right_whatever_their_names_and_unknown_ones_last() -> None:
    names = ("appeals", "media-events", "moderation-requests", "more", "outcomes")
    depths = QueueDepths(Sqs(), dict.fromkeys(names, "12345"), dict.fromkeys(names, ""))
    found = await depths.depths()
    assert [depth.queue for depth in found] == [
        "media-events",
        "moderation-requests",
        "appeals",
        "outcomes",
        "more",
    ]
    assert found[0] == Depth(queue="media-events", waiting=7, under_way=1, dead_letters=3)
