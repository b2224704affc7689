"""RESULTS' composition root: settings, clients, adapters, and the consumer of outcomes and of dead letters."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

from services.results.handler import Ports, on_dead_letter, on_outcome
from services.results.settings import Settings, load
from shared.aws.alerts import alerts
from shared.aws.clients import open_clients
from shared.aws.ledger import DynamoLedger
from shared.aws.quarantine import S3QuarantineStore
from shared.aws.sns import SnsTopic
from shared.aws.sqs import SqsQueue, queue_name
from shared.clock import utc_now
from shared.consumer.consume import consume, consume_many
from shared.consumer.identify import by_subject, unknown
from shared.consumer.line import Source
from shared.service import consumer_settings, run

LONGEST_POLL_S: Final = 20
"""ReceiveMessage, WaitTimeSeconds."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with open_clients("sqs", "sns", "s3", "dynamodb", region=settings.region) as clients:
        sqs = clients["sqs"]
        ledger = DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now)
        ports = Ports(
            ledger=ledger,
            verdicts=SnsTopic(clients["sns"], settings.verdicts_topic_arn),
            alerts=alerts(settings, clients),
            clock=utc_now,
        )
        dead_letters = [
            Source(
                # Named by the queue that they come from: quarantine files a message once, whichever queue told of it.
                queue=SqsQueue(sqs, url, name=queue_name(url).removesuffix("-dlq")),
                handle=on_dead_letter,
                identify=unknown,
            )
            for url in settings.dead_letter_urls.values()
        ]
        quarantine = S3QuarantineStore(clients["s3"], settings.evidence_bucket, ledger, clock=utc_now)
        consuming = consumer_settings(settings)
        async with asyncio.TaskGroup() as consumers:
            consumers.create_task(
                consume(
                    SqsQueue(sqs, settings.outcomes_url),
                    partial(on_outcome, ports=ports),
                    identify=by_subject,
                    quarantine=quarantine,
                    settings=consuming,
                    stop=stop,
                )
            )
            # Nearly always empty, so asked as seldom as SQS allows: an empty poll costs as much as a full one.
            patient = replace(consuming, wait_s=LONGEST_POLL_S)
            consumers.create_task(consume_many(dead_letters, quarantine=quarantine, settings=patient, stop=stop))


if __name__ == "__main__":
    run("results", load, serve)
