"""REVIEW's composition root: settings, clients, adapters, the consumer of its three queues, and the sweep."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from services.review.adapters.a2i import A2iBackend
from services.review.adapters.desk import DeskBackend, DeskRules
from services.review.desk.adapters.loops import DeskLoops
from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import on_loop_event, sweep
from services.review.handler.ports import Ports, ReviewBackend
from services.review.settings import Settings, load
from shared.aws.a2i import HumanLoops
from shared.aws.alerts import alerts
from shared.aws.clients import open_clients
from shared.aws.evidence import EvidenceStore
from shared.aws.golden import DynamoGolden
from shared.aws.ledger import DynamoLedger
from shared.aws.policies import S3PolicyStore
from shared.aws.quarantine import S3QuarantineStore
from shared.aws.sqs import SqsOutbox, SqsQueue
from shared.aws.verified import DynamoWords
from shared.clock import utc_now
from shared.consumer.consume import consume_many
from shared.consumer.identify import by_subject, unknown
from shared.consumer.line import Source
from shared.contracts.words import BackendName
from shared.service import consumer_settings, run
from shared.sweep import sweep_until

READ_AT_A_TIME: Final = 2
"""Videos whose findings are in memory: six hours with ten labels in every frame come to some 130 MB while they are
decided. More at once would be no sooner done, since deciding is computing."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    names = ("sqs", "sns", "s3", "dynamodb", "sagemaker-a2i-runtime", "events")
    async with open_clients(*names, region=settings.region) as clients:
        sqs, s3 = clients["sqs"], clients["s3"]
        ledger = DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now)
        ports = Ports(
            ledger=ledger,
            golden=DynamoGolden(clients["dynamodb"], settings.ledger_table, clock=utc_now),
            verified=DynamoWords(clients["dynamodb"], settings.verified_table),
            policies=S3PolicyStore(s3, settings.policy_bucket),
            frames=EvidenceStore(s3, settings.evidence_bucket),
            reading=asyncio.Semaphore(READ_AT_A_TIME),
            backends=_backends(settings, clients),
            default_backend=settings.review_backend,
            outcomes=SqsOutbox(sqs, settings.outcomes_url),
            alerts=alerts(settings, clients),
            clock=utc_now,
        )
        interval = timedelta(seconds=settings.sweep_interval_s)
        look = partial(sweep, ports, holder=uuid4().hex, grace=interval, interval=interval)
        sweeping = asyncio.create_task(sweep_until(stop, look, name="loops", interval=interval))
        await consume_many(
            [
                Source(
                    queue=SqsQueue(sqs, settings.human_loop_events_url),
                    handle=partial(on_loop_event, ports=ports),
                    identify=unknown,
                ),
                Source(
                    queue=SqsQueue(sqs, settings.review_requests_url),
                    handle=partial(on_review_requested, ports=ports),
                    identify=by_subject,
                ),
                Source(
                    queue=SqsQueue(sqs, settings.appeals_url),
                    handle=partial(on_appeal_requested, ports=ports),
                    identify=unknown,
                ),
            ],
            quarantine=S3QuarantineStore(s3, settings.evidence_bucket, ledger, clock=utc_now),
            settings=consumer_settings(settings),
            stop=stop,
        )
        await sweeping


def _backends(settings: Settings, clients: Mapping[str, Any]) -> dict[BackendName, ReviewBackend]:
    """What this deployment has: A2I where there are flow definitions, the desk where it has a table."""
    outputs = EvidenceStore(clients["s3"], settings.evidence_bucket)
    backends: dict[BackendName, ReviewBackend] = {}
    if flows := settings.flow_definitions:
        backends[BackendName.A2I] = A2iBackend(HumanLoops(clients["sagemaker-a2i-runtime"]), outputs, flows)
    if settings.desk_table is not None and settings.desk_flows is not None:
        bucket = settings.evidence_bucket
        desk = DeskLoops(
            clients["dynamodb"], settings.desk_table, clients["s3"], bucket, clients["events"], clock=utc_now
        )
        rules = DeskRules(
            flows=settings.desk_flows, groups=settings.team_groups, default_team=settings.default_team, bucket=bucket
        )
        backends[BackendName.DESK] = DeskBackend(desk, outputs, rules, clock=utc_now)
    return backends


if __name__ == "__main__":
    run("review", load, serve)
