"""What consuming costs while a queue keeps up, what pacing adds to a message's way, and what producing costs."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from cli.screen import out
from shared.aws.clients import open_clients
from shared.aws.sqs import SqsOutbox, SqsQueue
from shared.clock import utc_now
from shared.consumer.consume import consume
from shared.consumer.identify import unknown
from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.contracts.cloudevents import CloudEvent
from tests.bench.ours import NoQuarantine
from tests.bench.place import REGION, Place, open_place
from tests.bench.report import Figure, middle, percentile, spread

PART = "steady"
LEAD_S = 3.0
"""Before a leg counts: the pace knows the rate after two seconds."""
PACED = ConsumerSettings()
UNPACED = replace(PACED, gap_limit_s=0)
SENDERS = 32
"""As many handlers as a service has at once."""


@dataclass(kw_only=True)
class Leg:
    """One consumer of one queue, fed at a rate. `waits_s` are from the send to the handler."""

    settings: ConsumerSettings
    requests: Counter[str] = field(default_factory=Counter)
    waits_s: list[float] = field(default_factory=list)
    is_counting: bool = False

    def count(self, model: Any, **_: Any) -> None:
        self.requests[str(model.name)] += self.is_counting

    async def handle(self, message: Message) -> None:
        if self.is_counting:
            self.waits_s.append(time.time() - float(message.body))

    @property
    def per_message(self) -> float:
        return self.requests.total() / max(1, len(self.waits_s))

    def wait_ms(self, share: float) -> float:
        return 1000 * percentile(self.waits_s, share)


def measure(*, seconds: float, rounds: int) -> tuple[list[Figure], dict[str, Any]]:
    with open_place() as place:
        return asyncio.run(_all(place, seconds, rounds))


async def _all(place: Place, seconds: float, rounds: int) -> tuple[list[Figure], dict[str, Any]]:
    figures, details = [], {}
    for per_s, at_most, most_added_ms in ((50, 0.30, 60.0), (5, None, 2.0)):
        pairs = [await _pair(place, per_s, seconds, seed) for seed in range(rounds)]
        figures += _figures(per_s, pairs, at_most, most_added_ms)
        details[f"steady {per_s}/s"] = [{"paced": _told(paced), "unpaced": _told(unpaced)} for paced, unpaced in pairs]
    produced = [await _produce(place, messages=1600) for _ in range(rounds)]
    out.print(f"[dim]producing: {spread(produced)} requests each[/]")
    figures.append(Figure(part=PART, what="SQS requests per message, producing", value=middle(produced), at_most=0.12))
    return figures, details | {"producing": produced}


async def _pair(place: Place, per_s: float, seconds: float, seed: int) -> tuple[Leg, Leg]:
    """With and without pacing, side by side on two queues with the same arrivals."""
    legs = Leg(settings=PACED), Leg(settings=UNPACED)
    await asyncio.gather(*(_run(place, leg, per_s, seconds, seed) for leg in legs))
    paced, unpaced = legs
    out.print(
        f"[dim]steady {per_s}/s: {paced.per_message:.3f} requests each, p50 {paced.wait_ms(0.5):.0f} ms; "
        f"without pacing {unpaced.per_message:.3f}, {unpaced.wait_ms(0.5):.0f} ms[/]"
    )
    return legs


async def _run(place: Place, leg: Leg, per_s: float, seconds: float, seed: int) -> None:
    url, stop = place.queue(), asyncio.Event()
    async with open_clients("sqs", region=REGION) as consuming, open_clients("sqs", region=REGION) as sending:
        consuming["sqs"].meta.events.register("before-call", leg.count)
        consumer = asyncio.create_task(
            consume(
                SqsQueue(consuming["sqs"], url),
                leg.handle,
                identify=unknown,
                quarantine=NoQuarantine(),
                settings=leg.settings,
                stop=stop,
            )
        )
        feeding = asyncio.create_task(_feed(sending["sqs"], url, per_s, LEAD_S + seconds, seed))
        await asyncio.sleep(LEAD_S)
        leg.is_counting = True
        await feeding
        leg.is_counting = False
        stop.set()
        await consumer
    place.drop(url)


async def _feed(sqs: Any, url: str, per_s: float, seconds: float, seed: int) -> None:
    """Arrivals by chance (Poisson), each a request of its own, so that nothing comes in batches."""
    draw, began = random.Random(seed), time.monotonic()  # noqa: S311  the same arrivals for both legs
    at = 0.0
    async with asyncio.TaskGroup() as group:
        while (at := at + draw.expovariate(per_s)) < seconds:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            group.create_task(sqs.send_message(QueueUrl=url, MessageBody=str(time.time())))


async def _produce(place: Place, *, messages: int) -> float:
    """As handlers do: many at once, each waiting for its own message to be accepted."""
    url = place.queue()
    async with open_clients("sqs", region=REGION) as clients:
        requests: Counter[str] = Counter()
        clients["sqs"].meta.events.register("before-call", lambda model, **_: requests.update([str(model.name)]))
        outbox = SqsOutbox(clients["sqs"], url)

        async def send(number: int) -> None:
            for one in range(messages // SENDERS):
                event: CloudEvent[dict[str, str]] = CloudEvent(
                    id=f"{number}-{one}", source="bench", type="bench", subject="bench", time=utc_now(), data={}
                )
                await outbox.send(event, group="bench")

        await asyncio.gather(*(send(number) for number in range(SENDERS)))
    place.drop(url)
    return requests.total() / messages


def _figures(per_s: int, pairs: list[tuple[Leg, Leg]], at_most: float | None, most_added_ms: float) -> list[Figure]:
    unpaced = [other.per_message for _, other in pairs]
    added = [leg.wait_ms(0.5) - other.wait_ms(0.5) for leg, other in pairs]
    return [
        Figure(
            part=PART,
            what=f"SQS requests per message, steady {per_s}/s",
            value=middle(leg.per_message for leg, _ in pairs),
            at_most=at_most,
            beside=f"without pacing {spread(unpaced)}",
        ),
        Figure(
            part=PART,
            what=f"what pacing adds at {per_s}/s, p50",
            value=middle(added),
            unit="ms",
            at_most=most_added_ms,
            beside=f"without it p50 {spread([other.wait_ms(0.5) for _, other in pairs])} ms",
        ),
    ]


def _told(leg: Leg) -> dict[str, Any]:
    quantiles = {f"p{share * 100:g}_ms": leg.wait_ms(share) for share in (0.5, 0.95, 0.99)}
    return {"messages": len(leg.waits_s), "requests": dict(leg.requests), **quantiles}
