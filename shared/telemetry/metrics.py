"""Every metric that Gavel records: its name, kind, unit, meaning and attributes, in one place.

Names are OpenTelemetry's where it has one, `gavel.…` otherwise:
https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-metrics.md
`docs/metrics.md` is this list as a table (`shared.telemetry.metrics_table`).
"""

from typing import Final

from shared.telemetry.instruments import Kind, Metric, record

__all__ = ["REGISTRY", "Kind", "Metric", "record"]

DESTINATION: Final = "messaging.destination.name"
ERROR_TYPE: Final = "error.type"
SETTLEMENT: Final = "gavel.settlement"
CODE: Final = "gavel.code"
VERDICT: Final = "gavel.verdict"
DECIDED_BY: Final = "gavel.decided_by"
TENANT: Final = "gavel.tenant"
MEDIA_KIND: Final = "gavel.media.kind"
POLICY: Final = "gavel.policy"
"""Name and version: `standard@1f0c…`."""
LANE: Final = "gavel.lane"
BACKEND: Final = "gavel.backend"
OUTCOME: Final = "gavel.outcome"
AGREES: Final = "gavel.agrees"
RIGHT: Final = "gavel.right"
OPERATION: Final = "rpc.method"
HTTP_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
AGES_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)
"""A message can wait for days: while a quota is used up, or while its queue's consumer is down."""

CONSUMED = Metric(
    name="messaging.client.consumed.messages",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages received, each delivery counted",
    attributes=(DESTINATION,),
)
SENT = Metric(
    name="messaging.client.sent.messages",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages sent and accepted, or (with error.type) refused",
    attributes=(DESTINATION, ERROR_TYPE),
)
PROCESS_DURATION = Metric(
    name="messaging.process.duration",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long a handler took for one message; error.type is the code of the error it ended with",
    attributes=(DESTINATION, ERROR_TYPE),
    buckets=SECONDS,
)
QUEUE_AGE = Metric(
    name="gavel.consumer.queue_age",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long the oldest message of a receive had been in its queue",
    attributes=(DESTINATION,),
    buckets=AGES_S,
)
SETTLED = Metric(
    name="gavel.consumer.settled",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Handled messages that didn't just succeed: retry, put_back, quarantine or defect, with the reason's code",
    attributes=(DESTINATION, SETTLEMENT, CODE),
)
GIVEN_BACK = Metric(
    name="gavel.consumer.given_back",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages made visible again without having been handled to the end, because the consumer stops or pauses",
    attributes=(DESTINATION,),
)
SETTLEMENT_FAILED = Metric(
    name="gavel.consumer.settlement_failed",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Deletes and visibility changes that the queue refused; each ends in a redelivery",
    attributes=(DESTINATION, CODE),
)
RECEIVE_FAILED = Metric(
    name="gavel.consumer.receive_failed",
    kind=Kind.COUNTER,
    unit="{request}",
    meaning="Receives that failed; the consumer waits and tries again",
    attributes=(DESTINATION, CODE),
)
EXTENDED = Metric(
    name="gavel.consumer.extended",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Extensions of visibility for messages still in hand",
    attributes=(DESTINATION,),
)
BREAKER_OPENED = Metric(
    name="gavel.consumer.breaker_opened",
    kind=Kind.COUNTER,
    unit="{time}",
    meaning="Times that a consumer stopped receiving because its messages kept failing",
    attributes=(DESTINATION,),
)

VERDICTS = Metric(
    name="gavel.verdicts",
    kind=Kind.COUNTER,
    unit="{verdict}",
    meaning="Verdicts given; a repeated delivery counts once",
    attributes=(VERDICT, DECIDED_BY, TENANT, MEDIA_KIND, POLICY),
    open=(TENANT, POLICY),
)
VERDICT_LATENCY = Metric(
    name="gavel.verdict.latency",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="From the moment that INGEST accepted an item to its verdict; the waits of people are in it",
    attributes=(DECIDED_BY, MEDIA_KIND, LANE),
    buckets=AGES_S,
)
ALERTS = Metric(
    name="gavel.alerts",
    kind=Kind.COUNTER,
    unit="{alert}",
    meaning="Alerts raised, by their code; what is held back as a repeat isn't counted",
    attributes=(CODE,),
)
REUSED = Metric(
    name="gavel.verdicts.reused",
    kind=Kind.COUNTER,
    unit="{item}",
    meaning="Items that got the verdict of their tenant's same bytes under the same policy version, without a new look",
    attributes=(TENANT, MEDIA_KIND),
    open=(TENANT,),
)
QUARANTINED = Metric(
    name="gavel.quarantined",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages filed in quarantine, by reason; a message that is filed again is counted again",
    attributes=(DESTINATION, CODE),
)
REKOGNITION_CALLS = Metric(
    name="gavel.rekognition.calls",
    kind=Kind.COUNTER,
    unit="{request}",
    meaning="Requests to Rekognition; error.type is AWS's code of its error, as ThrottlingException",
    attributes=(OPERATION, ERROR_TYPE),
)
QUOTA_SHARE = Metric(
    name="gavel.quota.share",
    kind=Kind.GAUGE,
    unit="{request}/s",
    meaning="The part of a quota that this task may use now; the tasks' parts add up to the quota in use",
    attributes=(OPERATION,),
)
QUOTA_WAIT = Metric(
    name="gavel.quota.wait",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long a request waited for room in its quota",
    attributes=(OPERATION, LANE),
    buckets=AGES_S,
)
VIDEO_SLOTS_HELD = Metric(
    name="gavel.video.slots_held",
    kind=Kind.GAUGE,
    unit="{slot}",
    meaning="Slots for video jobs that are held in the whole account, as this task has heard last",
    attributes=(),
)
VIDEO_SLOT_WAIT = Metric(
    name="gavel.video.slot_wait",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long a received video waited for its slot; most of them wait in their queue instead",
    attributes=(LANE,),
    buckets=AGES_S,
)
ADAPTER_IGNORED = Metric(
    name="gavel.adapter.ignored",
    kind=Kind.COUNTER,
    unit="{item}",
    meaning="Items of a policy with an adapter that the base model judged, since Rekognition ignored the adapter",
    attributes=(POLICY,),
    open=(POLICY,),
)
CANARY_LOOKS = Metric(
    name="gavel.canary.looks",
    kind=Kind.COUNTER,
    unit="{item}",
    meaning="Items that a canary drew, by what the two models differ in: same, labels or decision; or unanswered",
    attributes=(POLICY, OUTCOME),
    open=(POLICY,),
)
LOOPS_OPENED = Metric(
    name="gavel.loops.opened",
    kind=Kind.COUNTER,
    unit="{loop}",
    meaning="Human loops opened",
    attributes=(BACKEND, POLICY),
    open=(POLICY,),
)
LOOPS_ENDED = Metric(
    name="gavel.loops.ended",
    kind=Kind.COUNTER,
    unit="{loop}",
    meaning="Human loops that are over, by how: ruled, tie, no-answers, failed, expired, stopped or superseded",
    attributes=(BACKEND, OUTCOME),
)
LOOP_DURATION = Metric(
    name="gavel.loop.duration",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="From the opening of a human loop to its end",
    attributes=(BACKEND, OUTCOME),
    buckets=(10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0, 259_200.0, 864_000.0),
)
LOOPS_WAITING = Metric(
    name="gavel.loops.waiting",
    kind=Kind.GAUGE,
    unit="{loop}",
    meaning="Items that wait for people, as the sweep counted them",
    attributes=(BACKEND,),
)
OLDEST_LOOP = Metric(
    name="gavel.loops.oldest_age",
    kind=Kind.GAUGE,
    unit="s",
    meaning="The age of the oldest human loop that isn't over, as the sweep found it",
    attributes=(BACKEND,),
)
REVIEWS_OVERDUE = Metric(
    name="gavel.reviews.overdue",
    kind=Kind.COUNTER,
    unit="{case}",
    meaning="Cases that have waited longer than their policy's target, each counted once",
    attributes=(POLICY,),
    open=(POLICY,),
)
ANSWERS = Metric(
    name="gavel.answers",
    kind=Kind.COUNTER,
    unit="{answer}",
    meaning="Reviewers' answers in rounds that came to a ruling, by whether they agree with it",
    attributes=(BACKEND, AGREES),
)
GOLDEN_ANSWERS = Metric(
    name="gavel.golden.answers",
    kind=Kind.COUNTER,
    unit="{answer}",
    meaning="Reviewers' answers about golden items, by whether they are right; a repeated delivery counts once",
    attributes=(BACKEND, RIGHT),
)
POLICY_LOOK_FAILED = Metric(
    name="gavel.policy.look_failed",
    kind=Kind.COUNTER,
    unit="{time}",
    meaning="Looks for new policies that failed; the policies at hand stay in force",
    attributes=(CODE,),
)
REQUEST_DURATION = Metric(
    name="http.server.request.duration",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long an answer over HTTP took; without a route nothing of ours was asked for",
    attributes=(HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS, ERROR_TYPE),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)
COST = Metric(
    name="gavel.cost.estimate",
    kind=Kind.COUNTER,
    unit="USD",
    meaning="What AWS charges for detection, by list price, before volume discounts",
    attributes=(OPERATION,),
)

REGISTRY: Final = tuple(value for value in tuple(globals().values()) if isinstance(value, Metric))
