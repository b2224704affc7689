"""How many messages wait in the pipeline's queues, as SQS counts them: roughly, and some seconds late."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from services.results.console.ports import Depth
from shared.aws.errors import translated

WAITING: Final = "ApproximateNumberOfMessages"
UNDER_WAY: Final = "ApproximateNumberOfMessagesNotVisible"
DELAYED: Final = "ApproximateNumberOfMessagesDelayed"
PIPELINE: Final = (
    *("media-events", "moderation-requests", "moderation-backfill"),
    *("video-requests", "video-backfill", "video-completions"),
    *("review-requests", "human-loop-events", "appeals", "outcomes"),
)
"""Its queues from left to right; the settings have them by the alphabet."""


class Sqs(Protocol):
    async def get_queue_attributes(self, **request: Any) -> dict[str, Any]: ...


class QueueDepths:
    def __init__(self, sqs: Sqs, queues: Mapping[str, str], dead_letters: Mapping[str, str]) -> None:
        self._sqs = sqs
        places = {name: place for place, name in enumerate(PIPELINE)}
        self._queues = dict(sorted(queues.items(), key=lambda queue: places.get(queue[0], len(places))))
        self._dead_letters = dead_letters

    async def depths(self) -> list[Depth]:
        return list(await asyncio.gather(*(self._depth(name) for name in self._queues)))

    async def _depth(self, name: str) -> Depth:
        own, dead = await asyncio.gather(self._counts(self._queues[name]), self._counts(self._dead_letters[name]))
        return Depth(
            queue=name,
            waiting=own[WAITING] + own[DELAYED],
            under_way=own[UNDER_WAY],
            dead_letters=sum(dead.values()),
        )

    async def _counts(self, url: str) -> dict[str, int]:
        wanted = [WAITING, UNDER_WAY, DELAYED]
        with translated("sqs"):
            answer = await self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
        return {name: int(answer["Attributes"].get(name, 0)) for name in wanted}
