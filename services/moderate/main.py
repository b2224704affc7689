"""MODERATE's composition root: settings, clients, adapters, consumers for images and for videos, and the sweeps."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from services.moderate.adapters.gate import GatedQueue
from services.moderate.adapters.turnstile import Turnstile
from services.moderate.handler.images import on_moderation_requested
from services.moderate.handler.lost_videos import SWEEP as SWEEP_OF_JOBS
from services.moderate.handler.lost_videos import look_after_slots
from services.moderate.handler.old_adapters import EVERY, look_after_adapters
from services.moderate.handler.old_adapters import SWEEP as SWEEP_OF_ADAPTERS
from services.moderate.handler.ports import AdapterPorts, ImagePorts, VideoPorts
from services.moderate.handler.video_requests import on_video_requested
from services.moderate.handler.video_results import on_video_ended
from services.moderate.handler.waiting_videos import SWEEP as SWEEP_OF_WAITING
from services.moderate.handler.waiting_videos import Round, look_after_waiting
from services.moderate.settings import Settings, load
from shared.aws.adapter_statuses import AdapterStatuses
from shared.aws.alerts import alerts
from shared.aws.bulk_answers import BulkAnswers
from shared.aws.clients import open_clients
from shared.aws.evidence import EvidenceStore
from shared.aws.ledger import DynamoLedger
from shared.aws.membership import DynamoMembership
from shared.aws.policies import S3PolicyStore
from shared.aws.quarantine import S3QuarantineStore
from shared.aws.rekognition import Rekognition
from shared.aws.rekognition_videos import RekognitionVideos
from shared.aws.slots import DynamoSlotAccount
from shared.aws.sqs import SqsOutbox, SqsQueue
from shared.clock import utc_now
from shared.consumer.consume import consume_many
from shared.consumer.identify import by_subject, unknown
from shared.consumer.line import Source
from shared.contracts.words import Lane
from shared.limiter import RateLimiter
from shared.service import consumer_settings, run
from shared.sweep import sweep_until

READ_AT_A_TIME: Final = 2
"""Videos whose findings are in memory. Six hours with ten labels in each of two frames a second, 432,000 findings, hold
83 MB, and 144 MB while they are packed (measured): two of them fit into a task beside everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quotas:
    images: RateLimiter
    starts: RateLimiter
    results: RateLimiter


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with (
        open_clients("sqs", "sns", "s3", "dynamodb", "rekognition", region=settings.region) as clients,
        # Every attempt must be seen by the limiter, so the SDK may not retry by itself.
        open_clients("rekognition", region=settings.region, retries=0) as detectors,
        _quotas(settings, clients) as quotas,
    ):
        turnstile = Turnstile(
            DynamoSlotAccount(clients["dynamodb"], settings.ledger_table, "video-jobs"),
            slots=settings.video_slots,
            clock=utc_now,
        )
        videos = _video_ports(settings, clients, detectors, quotas, turnstile)
        interval = timedelta(seconds=settings.sweep_interval_s)
        look = partial(look_after_slots, videos, sweeper=uuid4().hex, grace=interval, interval=interval)
        look_at_waiting = partial(
            look_after_waiting,
            videos,
            Round(),
            sweeper=uuid4().hex,
            grace=timedelta(seconds=settings.video_again_after_s),
            interval=interval,
        )
        ledger = DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now)
        adapters = AdapterPorts(
            ledger=ledger,
            policies=S3PolicyStore(clients["s3"], settings.policy_bucket),
            statuses=AdapterStatuses(clients["rekognition"]),
            alerts=alerts(settings, clients),
            clock=utc_now,
        )

        async def look_at_adapters() -> int:
            return await look_after_adapters(adapters, sweeper=uuid4().hex)

        quarantine = S3QuarantineStore(clients["s3"], settings.evidence_bucket, ledger, clock=utc_now)
        ours = consumer_settings(settings)
        # Each with places of its own: neither a video that waits nor one with many findings holds up an image.
        consumers = (
            (_images(settings, clients, _image_ports(settings, clients, detectors, quotas)), ours),
            (_waiting_videos(settings, clients, videos, turnstile), replace(ours, concurrency=settings.video_slots)),
            (_ended_videos(settings, clients, videos), replace(ours, concurrency=settings.video_slots)),
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(sweep_until(stop, look, name=SWEEP_OF_JOBS, interval=interval))
            group.create_task(sweep_until(stop, look_at_waiting, name=SWEEP_OF_WAITING, interval=interval))
            group.create_task(sweep_until(stop, look_at_adapters, name=SWEEP_OF_ADAPTERS, interval=EVERY))
            for sources, how in consumers:
                group.create_task(consume_many(sources, quarantine=quarantine, settings=how, stop=stop))


def _images(settings: Settings, clients: Mapping[str, Any], ports: ImagePorts) -> list[Source]:
    lanes = (settings.moderation_requests_url, settings.moderation_backfill_url)
    return [
        Source(
            queue=SqsQueue(clients["sqs"], url),
            handle=partial(on_moderation_requested, ports=ports),
            identify=by_subject,
            priority=priority,
        )
        for priority, url in enumerate(lanes)
    ]


def _waiting_videos(
    settings: Settings, clients: Mapping[str, Any], ports: VideoPorts, turnstile: Turnstile
) -> list[Source]:
    """Which lane goes first, the turnstile says."""
    lanes = {Lane.LIVE: settings.video_requests_url, Lane.BACKFILL: settings.video_backfill_url}
    return [
        Source(
            queue=GatedQueue(SqsQueue(clients["sqs"], url), turnstile, lane),
            handle=partial(on_video_requested, ports=ports),
            identify=by_subject,
        )
        for lane, url in lanes.items()
    ]


def _ended_videos(settings: Settings, clients: Mapping[str, Any], ports: VideoPorts) -> list[Source]:
    queue = SqsQueue(clients["sqs"], settings.video_completions_url)
    return [Source(queue=queue, handle=partial(on_video_ended, ports=ports), identify=unknown)]


def _image_ports(
    settings: Settings, clients: Mapping[str, Any], detectors: Mapping[str, Any], quotas: _Quotas
) -> ImagePorts:
    flows = settings.flow_definitions
    return ImagePorts(
        ledger=DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now),
        policies=S3PolicyStore(clients["s3"], settings.policy_bucket),
        detector=Rekognition(detectors["rekognition"]),
        raw_evidence=EvidenceStore(clients["s3"], settings.evidence_bucket),
        answers=BulkAnswers(clients["s3"], settings.evidence_bucket),
        reviews=SqsOutbox(clients["sqs"], settings.review_requests_url),
        alerts=alerts(settings, clients),
        quota=quotas.images,
        clock=utc_now,
        default_backend=settings.review_backend,
        integrated_flows={policy: arns["integrated"] for policy, arns in flows.items() if "integrated" in arns},
    )


def _video_ports(
    settings: Settings,
    clients: Mapping[str, Any],
    detectors: Mapping[str, Any],
    quotas: _Quotas,
    turnstile: Turnstile,
) -> VideoPorts:
    sqs = clients["sqs"]
    return VideoPorts(
        ledger=DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now),
        policies=S3PolicyStore(clients["s3"], settings.policy_bucket),
        detector=RekognitionVideos(
            detectors["rekognition"], topic_arn=settings.video_topic_arn, role_arn=settings.video_role_arn
        ),
        evidence=EvidenceStore(clients["s3"], settings.evidence_bucket),
        slots=turnstile,
        start_quota=quotas.starts,
        results_quota=quotas.results,
        reading=asyncio.Semaphore(READ_AT_A_TIME),
        reviews=SqsOutbox(sqs, settings.review_requests_url),
        requests=SqsOutbox(sqs, settings.video_requests_url),
        backfill=SqsOutbox(sqs, settings.video_backfill_url),
        completions=SqsOutbox(sqs, settings.video_completions_url),
        clock=utc_now,
    )


@asynccontextmanager
async def _quotas(settings: Settings, clients: Mapping[str, Any]) -> AsyncIterator[_Quotas]:
    member = uuid4().hex

    def limiter(per_s: int, group: str, operation: str) -> RateLimiter:
        membership = DynamoMembership(clients["dynamodb"], settings.ledger_table, group)
        return RateLimiter(per_s, member=member, membership=membership, operation=operation)

    async with (
        limiter(settings.rekognition_tps, "detect-moderation-labels", "DetectModerationLabels") as images,
        limiter(settings.video_start_tps, "start-content-moderation", "StartContentModeration") as starts,
        limiter(settings.video_results_tps, "get-content-moderation", "GetContentModeration") as results,
    ):
        yield _Quotas(images=images, starts=starts, results=results)


if __name__ == "__main__":
    run("moderate", load, serve)
