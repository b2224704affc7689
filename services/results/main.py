"""RESULTS' composition root: settings, clients, adapters, and the consumer of outcomes and of dead letters."""

import asyncio
from functools import partial

from services.results.handler import Ports, on_dead_letter, on_outcome
from services.results.settings import Settings, load
from shared.aws.clients import open_clients
from shared.aws.ledger import DynamoLedger
from shared.aws.quarantine import S3QuarantineStore
from shared.aws.sns import SnsTopic
from shared.aws.sqs import SqsQueue, queue_name
from shared.clock import utc_now
from shared.consumer.consume import consume_many
from shared.consumer.identify import by_subject, unknown
from shared.consumer.line import Source
from shared.service import consumer_settings, run


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    async with open_clients("sqs", "sns", "s3", "dynamodb", region=settings.region) as clients:
        sqs = clients["sqs"]
        ledger = DynamoLedger(clients["dynamodb"], settings.ledger_table, clock=utc_now)
        ports = Ports(
            ledger=ledger,
            verdicts=SnsTopic(clients["sns"], settings.verdicts_topic_arn),
            alerts=SnsTopic(clients["sns"], settings.alerts_topic_arn),
            clock=utc_now,
        )
        outcomes = Source(
            queue=SqsQueue(sqs, settings.outcomes_url), handle=partial(on_outcome, ports=ports), identify=by_subject
        )
        dead_letters = [
            Source(
                # Named by the queue that they come from: quarantine files a message once, whichever queue told of it.
                queue=SqsQueue(sqs, url, name=queue_name(url).removesuffix("-dlq")),
                handle=on_dead_letter,
                identify=unknown,
                priority=1,
            )
            for url in settings.dead_letter_urls.values()
        ]
        await consume_many(
            [outcomes, *dead_letters],
            quarantine=S3QuarantineStore(clients["s3"], settings.evidence_bucket, ledger, clock=utc_now),
            settings=consumer_settings(settings),
            stop=stop,
        )


if __name__ == "__main__":
    run("results", load, serve)
