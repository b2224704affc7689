"""One kind of queue for everything that Gavel sends: encrypted, TLS only, with a dead-letter queue of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import sqs

from infra.iam import Account, Statement, document, only_by, only_from, task_role_name, tls_only

RECEIVES_BEFORE_DEAD_LETTER: Final = 8
RETENTION_S: Final = 7 * 24 * 3600
LONGEST_RETENTION_S: Final = 14 * 24 * 3600
"""SQS's longest. A message that moves to its dead-letter queue keeps its age, so that one keeps messages at least as
long as the queue itself; RESULTS empties it at once."""

MAX_MESSAGE_BYTES: Final = 1024 * 1024
"""SQS's limit since 2025; pulumi-aws would set the old one, 256 KiB."""

CONSUMING: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:PurgeQueue")
"""What makes messages go away. Nobody but the queue's consumer may, so that nothing is lost by another's hand."""

LONG_POLL_S: Final = 20
KEY_REUSE_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An AWS service that puts messages into the queue for one resource (or, with wildcards, some) of this account."""

    sid: str
    service: str
    source_arn: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueArgs:
    """`consumer` is the service that consumes the queue, `dead_letter_consumer` the one that files what it couldn't
    handle.

    `visibility_s` is what a receive is given at first: consumers extend it while they work, so that a crashed one's
    messages come back soon. What has waited for `retention_s`, SQS deletes. `dead_letter_senders` send to the
    dead-letter queue what they couldn't deliver."""

    account: Account
    prefix: str
    consumer: str
    dead_letter_consumer: str
    visibility_s: int
    key_arn: pulumi.Input[str] | None
    retention_s: int = RETENTION_S
    senders: Sequence[Sender] = ()
    dead_letter_senders: Sequence[Sender] = ()


class Queue(pulumi.ComponentResource):
    """`short_name` is what the queue is called in every stack, as in `outcomes`; `retention_s` how long it keeps what
    nobody receives."""

    short_name: str
    retention_s: int
    name: pulumi.Output[str]
    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Queue", name, None, opts)
        self.short_name, self.retention_s = name, args.retention_s
        self._child = pulumi.ResourceOptions(parent=self)
        dead_letters = self._queue(f"{name}-dlq", args, retention_s=LONGEST_RETENTION_S)
        queue = self._queue(
            name,
            args,
            retention_s=args.retention_s,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": RECEIVES_BEFORE_DEAD_LETTER}
            ),
        )
        sqs.RedriveAllowPolicy(
            f"{name}-dlq-sources",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
            ),
            opts=self._child,
        )
        self._policy(f"{name}-policy", queue, args, args.consumer, args.senders)
        self._policy(f"{name}-dlq-policy", dead_letters, args, args.dead_letter_consumer, args.dead_letter_senders)
        self.name, self.url, self.arn = queue.name, queue.url, queue.arn
        self.dead_letter_name = dead_letters.name
        self.dead_letter_url, self.dead_letter_arn = dead_letters.url, dead_letters.arn
        self.register_outputs({"url": self.url, "dead_letter_url": self.dead_letter_url})

    def _queue(
        self, name: str, args: QueueArgs, *, retention_s: int, redrive_policy: pulumi.Input[str] | None = None
    ) -> sqs.Queue:
        encrypted_by_us = args.key_arn is not None
        return sqs.Queue(
            name,
            name=f"{args.prefix}-{name}",
            visibility_timeout_seconds=args.visibility_s,
            message_retention_seconds=retention_s,
            receive_wait_time_seconds=LONG_POLL_S,
            max_message_size=MAX_MESSAGE_BYTES,
            redrive_policy=redrive_policy,
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=KEY_REUSE_S if encrypted_by_us else None,
            # SSE-SQS, since S3 and EventBridge may not use the key that AWS would manage in KMS.
            sqs_managed_sse_enabled=None if encrypted_by_us else True,
            opts=self._child,
        )

    def _policy(self, name: str, queue: sqs.Queue, args: QueueArgs, consumer: str, senders: Sequence[Sender]) -> None:
        own = only_by(args.account, [task_role_name(args.prefix, consumer)], CONSUMING, queue.arn)
        allowed = [
            Statement(
                sid=sender.sid,
                principals={"Service": f"{sender.service}.amazonaws.com"},
                actions=["sqs:SendMessage"],
                resources=[queue.arn],
                conditions=only_from(args.account, sender.source_arn),
            )
            for sender in senders
        ]
        sqs.QueuePolicy(
            name, queue_url=queue.url, policy=document(tls_only("sqs:*", queue.arn), own, *allowed), opts=self._child
        )
