"""MODERATE's composition root: settings, clients, adapters, and the consumer of both lanes."""

import asyncio
from functools import partial
from uuid import uuid4

from services.moderate.handler import Ports, on_moderation_requested
from services.moderate.settings import Settings, load
from shared.aws.alerts import alerts
from shared.aws.clients import open_clients
from shared.aws.evidence import EvidenceStore
from shared.aws.ledger import DynamoLedger
from shared.aws.membership import DynamoMembership
from shared.aws.policies import S3PolicyStore
from shared.aws.quarantine import S3QuarantineStore
from shared.aws.rekognition import Rekognition
from shared.aws.sqs import SqsOutbox, SqsQueue
from shared.clock import utc_now
from shared.consumer.consume import consume_many
from shared.consumer.identify import by_subject
from shared.consumer.line import Source
from shared.limiter import RateLimiter
from shared.service import consumer_settings, run


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with (
        open_clients("sqs", "sns", "s3", "dynamodb", region=settings.region) as clients,
        # Every attempt must be seen by the limiter, so the SDK may not retry by itself.
        open_clients("rekognition", region=settings.region, retries=0) as detectors,
        RateLimiter(
            settings.rekognition_tps,
            member=uuid4().hex,
            membership=DynamoMembership(clients["dynamodb"], settings.ledger_table, "detect-moderation-labels"),
            operation="DetectModerationLabels",
        ) as quota,
    ):
        sqs, s3 = clients["sqs"], clients["s3"]
        ledger = DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now)
        flows = settings.flow_definitions
        ports = Ports(
            ledger=ledger,
            policies=S3PolicyStore(s3, settings.policy_bucket),
            detector=Rekognition(detectors["rekognition"]),
            raw_evidence=EvidenceStore(s3, settings.evidence_bucket),
            reviews=SqsOutbox(sqs, settings.review_requests_url),
            alerts=alerts(settings, clients),
            quota=quota,
            clock=utc_now,
            default_backend=settings.review_backend,
            integrated_flows={policy: arns["integrated"] for policy, arns in flows.items() if "integrated" in arns},
        )
        handle = partial(on_moderation_requested, ports=ports)
        lanes = (settings.moderation_requests_url, settings.moderation_backfill_url)
        await consume_many(
            [
                Source(queue=SqsQueue(sqs, url), handle=handle, identify=by_subject, priority=priority)
                for priority, url in enumerate(lanes)
            ],
            quarantine=S3QuarantineStore(s3, settings.evidence_bucket, ledger, clock=utc_now),
            settings=consumer_settings(settings),
            stop=stop,
        )


if __name__ == "__main__":
    run("moderate", load, serve)
