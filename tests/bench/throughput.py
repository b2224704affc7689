"""Who empties a queue how fast, at what cost in CPU and requests, on one server and in turns."""

from collections import defaultdict
from typing import Any

from cli.screen import out
from tests.bench.contestants import BARE, OURS, OURS_TRACED, PEERS_TRIED, Contestant, Heat, heat
from tests.bench.place import open_place
from tests.bench.report import Figure, middle, number, spread

PART = "consumer"


def measure(*, messages: int, peer_messages: int, rounds: int) -> tuple[list[Figure], dict[str, Any]]:
    heats: defaultdict[str, list[Heat]] = defaultdict(list)
    with open_place() as place:
        heat(place, BARE, 500)  # what the server does once only
        for number_ in range(rounds):
            for contestant in _in_turn(number_):
                run = heat(place, contestant, peer_messages if contestant.is_peer else messages)
                heats[contestant.name].append(run)
                out.print(
                    f"[dim]{contestant.name}: {run.per_s:,.0f}/s, {run.consuming / run.messages:.3f} requests each[/]"
                )
    return _figures(heats), dict(heats)


def _in_turn(round_: int) -> list[Contestant]:
    """Bare and ours beside each other, the other way round each time; peers in the first two rounds."""
    own = [BARE, OURS, OURS_TRACED]
    return [*(own if round_ % 2 == 0 else reversed(own)), *(PEERS_TRIED if round_ < 2 else ())]


def _figures(heats: dict[str, list[Heat]]) -> list[Figure]:
    rate = {name: middle(run.per_s for run in runs) for name, runs in heats.items()}
    requests = {name: middle(run.consuming / run.messages for run in runs) for name, runs in heats.items()}
    ours, bare = rate[OURS.name], rate[BARE.name]
    peers = [peer.name for peer in PEERS_TRIED]
    celery = max((name for name in peers if name.startswith("celery")), key=lambda name: rate[name])
    told = [*peers, BARE.name]

    def cpu(contestant: Contestant) -> float:
        """In times of the bare loop's, round by round."""
        pairs = zip(heats[contestant.name], heats[BARE.name], strict=True)
        return middle(run.whole_cpu_s / other.whole_cpu_s for run, other in pairs)

    return [
        Figure(
            part=PART,
            what="SQS requests per message, draining",
            value=round(requests[OURS.name], 2),  # as its target is told: 0.2 is ten to every request, without a rest
            said=f"{requests[OURS.name]:.4f}",
            at_most=0.20,
            beside=", ".join(f"{name} {requests[name]:.2f}" for name in told),
        ),
        Figure(
            part=PART,
            what="messages a second",
            value=ours,
            unit="/s",
            beside=", ".join(f"{name} {spread([run.per_s for run in heats[name]])}" for name in told),
        ),
        Figure(
            part=PART, what="as fast as celery[sqs]", value=ours / rate[celery], unit="×", at_least=4, beside=celery
        ),
        Figure(part=PART, what="as fast as taskiq-aio-sqs", value=ours / rate["taskiq"], unit="×", at_least=3),
        Figure(part=PART, what="as fast as dramatiq-sqs", value=ours / rate["dramatiq"], unit="×"),
        Figure(part=PART, what="as fast as the bare loop", value=100 * ours / bare, unit="%", at_least=85),
        Figure(part=PART, what="CPU of the bare loop, 1 % traced", value=cpu(OURS), unit="×", at_most=1.3),
        Figure(part=PART, what="CPU of the bare loop, all traced", value=cpu(OURS_TRACED), unit="×", at_most=1.6),
        Figure(
            part=PART,
            what="CPU per 1,000 messages",
            value=middle(1e6 * run.cpu_s / run.messages for run in heats[OURS.name]),
            unit="ms",
            beside=", ".join(
                f"{name} {number(middle(1e6 * run.cpu_s / run.messages for run in heats[name]))}" for name in told
            ),
        ),
        Figure(
            part=PART,
            what="messages left behind after SIGTERM",
            value=sum(run.left for run in [*heats[OURS.name], *heats[OURS_TRACED.name]]),
            at_most=0,
        ),
    ]
