"""INGEST's composition root: settings, clients, adapters, and the consumer of `media-events`."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import uuid4

from services.ingest.adapters.images import PillowImages
from services.ingest.adapters.objects import S3Objects
from services.ingest.adapters.room import ByteBudget, FewPlaces
from services.ingest.handler.intake import on_media_event
from services.ingest.handler.ports import Ports
from services.ingest.handler.stuck import take_up_again
from services.ingest.settings import Settings, load
from shared.aws.clients import open_clients
from shared.aws.ledger import DynamoLedger
from shared.aws.policies import S3PolicyStore
from shared.aws.quarantine import S3QuarantineStore
from shared.aws.sqs import SqsOutbox, SqsQueue
from shared.clock import utc_now
from shared.consumer.consume import consume
from shared.consumer.identify import unknown
from shared.service import consumer_settings, run
from shared.sweep import sweep_until

SWEEP_INTERVAL_S: Final = 900
LARGE_VIDEOS: Final = 4
"""Read at the same time. Each takes a place of a message for minutes, and two cores' worth of hashing is enough."""
LARGE_VIDEO_AGAIN_S: Final = 20
STUCK_AFTER: Final = timedelta(hours=6)
"""A message is tried eight times with growing pauses, which takes an hour at the most; a backlog may add to that."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with open_clients("sqs", "s3", "dynamodb", region=settings.region) as clients:
        sqs, s3 = clients["sqs"], clients["s3"]
        ledger = DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now)
        ports = Ports(
            ledger=ledger,
            policies=S3PolicyStore(s3, settings.policy_bucket),
            objects=S3Objects(s3),
            images=PillowImages(max_decode_bytes=settings.max_decode_bytes, parallel=settings.parallel_decodes),
            room=ByteBudget(2 * settings.max_image_bytes),
            large_videos=FewPlaces(LARGE_VIDEOS, code="large-videos-in-hand", again_s=LARGE_VIDEO_AGAIN_S),
            moderation=SqsOutbox(sqs, settings.moderation_requests_url),
            backfill=SqsOutbox(sqs, settings.moderation_backfill_url),
            videos=SqsOutbox(sqs, settings.video_requests_url),
            video_backfill=SqsOutbox(sqs, settings.video_backfill_url),
            outcomes=SqsOutbox(sqs, settings.outcomes_url),
            split=SqsOutbox(sqs, settings.media_events_url),
            clock=utc_now,
            work_bucket=settings.work_bucket,
            max_image_bytes=settings.max_image_bytes,
        )
        interval = timedelta(seconds=SWEEP_INTERVAL_S)
        look = partial(take_up_again, ports, holder=uuid4().hex, age=STUCK_AFTER, interval=interval)
        sweeping = asyncio.create_task(sweep_until(stop, look, name="received", interval=interval))
        await consume(
            SqsQueue(sqs, settings.media_events_url),
            partial(on_media_event, ports=ports),
            identify=unknown,
            quarantine=S3QuarantineStore(s3, settings.evidence_bucket, ledger, clock=utc_now),
            settings=consumer_settings(settings),
            stop=stop,
        )
        await sweeping


if __name__ == "__main__":
    run("ingest", load, serve)
