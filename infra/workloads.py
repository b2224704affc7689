"""What each service is told and may do. `worker` makes a running service of one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra import permissions as may
from infra.api import ResultsApi
from infra.config import API, DESK, LOCAL, StackConfig
from infra.console import OperatorConsole
from infra.desk import ReviewDesk
from infra.encryption import use_of
from infra.human_review import OUTPUT_PREFIX
from infra.iam import Account, Statement
from infra.messaging import Messaging
from infra.queues import Queue
from infra.reviewers import Reviewers
from infra.storage import Storage
from infra.video_jobs import VideoJobs
from shared.aws.verification_parts import FOLDER as PARTS_FOLDER
from shared.contracts.words import BackendName


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the services work with. `flow_definitions` is empty where reviews aren't A2I's, `desk` None where nobody
    works at the review desk, `api` and `console` None where nobody asks the results API."""

    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    storage: Storage
    messaging: Messaging
    video_jobs: VideoJobs
    flow_definitions: Mapping[str, Mapping[str, pulumi.Output[str]]]
    reviewers: Reviewers
    desk: ReviewDesk | None
    api: ResultsApi | None
    console: OperatorConsole | None

    @property
    def has_a2i(self) -> bool:
        return self.config.review_backend is BackendName.A2I


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One service. `consumes` are its queues, `scales_with` those of them whose waiting messages ask for more tasks;
    `answers` when it is its callers who do."""

    name: str
    module: str
    environment: Mapping[str, pulumi.Input[str]]
    statements: tuple[Statement, ...]
    consumes: tuple[Queue, ...] = ()
    scales_with: tuple[Queue, ...] = ()
    answers: bool = False

    @property
    def is_scaled(self) -> bool:
        return self.answers or bool(self.scales_with)


def workloads(around: Surroundings) -> tuple[Workload, ...]:
    pipeline = ingest(around), moderate(around), review(around), results(around)
    return (
        *pipeline,
        *([desk(around, around.desk)] if around.desk else []),
        *([api(around, around.api, around.console)] if around.api and around.console else []),
    )


def ingest(around: Surroundings) -> Workload:
    storage, messaging = around.storage, around.messaging
    return _workload(
        "ingest",
        around,
        environment={
            "GAVEL_MEDIA_EVENTS_URL": messaging.media_events.url,
            "GAVEL_MODERATION_REQUESTS_URL": messaging.moderation_requests.url,
            "GAVEL_MODERATION_BACKFILL_URL": messaging.moderation_backfill.url,
            "GAVEL_VIDEO_REQUESTS_URL": messaging.video_requests.url,
            "GAVEL_VIDEO_BACKFILL_URL": messaging.video_backfill.url,
            "GAVEL_OUTCOMES_URL": messaging.outcomes.url,
            "GAVEL_WORK_BUCKET": storage.work.name,
        },
        statements=[
            may.receive(messaging.media_events),
            may.send(
                *(messaging.moderation_requests, messaging.moderation_backfill),
                *(messaging.video_requests, messaging.video_backfill, messaging.outcomes),
            ),
            may.read_media(around.config, storage),
            may.tell_missing_objects(storage.media, foreign=around.config.foreign_buckets),
            may.write(storage.work, "derivatives"),
            may.write(storage.evidence, "quarantine"),
            may.read_policies(storage.policies),
        ],
        consumes=(messaging.media_events,),
    )


def moderate(around: Surroundings) -> Workload:
    storage, messaging = around.storage, around.messaging
    queues = (
        *(messaging.moderation_requests, messaging.moderation_backfill),
        *(messaging.video_requests, messaging.video_backfill, messaging.video_completions),
    )
    # Rekognition starts a loop of the integrated path in the caller's name.
    loops = [may.start_loops(around.account, around.config.prefix), may.follow_loops(around.account, stop=False)]
    return _workload(
        "moderate",
        around,
        environment={
            "GAVEL_MODERATION_REQUESTS_URL": messaging.moderation_requests.url,
            "GAVEL_MODERATION_BACKFILL_URL": messaging.moderation_backfill.url,
            "GAVEL_VIDEO_REQUESTS_URL": messaging.video_requests.url,
            "GAVEL_VIDEO_BACKFILL_URL": messaging.video_backfill.url,
            "GAVEL_VIDEO_COMPLETIONS_URL": messaging.video_completions.url,
            "GAVEL_VIDEO_TOPIC_ARN": around.video_jobs.topic_arn,
            "GAVEL_VIDEO_ROLE_ARN": around.video_jobs.role_arn,
            "GAVEL_VIDEO_SLOTS": str(around.config.video_slots),
            "GAVEL_VIDEO_START_TPS": str(around.config.video_start_tps),
            "GAVEL_VIDEO_RESULTS_TPS": str(around.config.video_results_tps),
            "GAVEL_SWEEP_INTERVAL_S": str(around.config.sweep_interval_s),
            "GAVEL_VIDEO_AGAIN_AFTER_S": str(around.config.video_again_after_s),
            "GAVEL_REVIEW_REQUESTS_URL": messaging.review_requests.url,
            "GAVEL_REKOGNITION_TPS": str(around.config.rekognition_tps),
            "GAVEL_REVIEW_BACKEND": around.config.review_backend.value,
            "GAVEL_FLOW_DEFINITIONS": _json(around.flow_definitions),
        },
        statements=[
            may.receive(*queues),
            may.send(messaging.review_requests),
            may.publish(messaging.alerts),
            may.detect(),
            *may.moderate_videos(around.video_jobs.role_arn),
            *may.look_at_adapters(around.account),
            may.read_media(around.config, storage),
            may.write(storage.evidence, "evidence", "quarantine"),
            may.read(storage.evidence, "bulk", sid="ReadBulkAnswers"),
            may.read_policies(storage.policies),
            *(loops if around.has_a2i else []),
        ],
        consumes=queues,
        # What waits for one of the account's slots, no task more brings on.
        scales_with=(messaging.moderation_requests, messaging.moderation_backfill, messaging.video_completions),
    )


def review(around: Surroundings) -> Workload:
    storage, messaging = around.storage, around.messaging
    queues = (messaging.review_requests, messaging.human_loop_events, messaging.appeals)
    loops = [may.start_loops(around.account, around.config.prefix), may.follow_loops(around.account, stop=True)]
    return _workload(
        "review",
        around,
        environment={
            "GAVEL_REVIEW_REQUESTS_URL": messaging.review_requests.url,
            "GAVEL_APPEALS_URL": messaging.appeals.url,
            "GAVEL_HUMAN_LOOP_EVENTS_URL": messaging.human_loop_events.url,
            "GAVEL_OUTCOMES_URL": messaging.outcomes.url,
            "GAVEL_VERIFIED_TABLE": storage.verified.name,
            "GAVEL_REVIEW_BACKEND": around.config.review_backend.value,
            "GAVEL_SWEEP_INTERVAL_S": str(around.config.sweep_interval_s),
            "GAVEL_FLOW_DEFINITIONS": _json(around.flow_definitions),
            **(_desk_of_review(around, around.desk) if around.desk else {}),
        },
        statements=[
            may.receive(*queues),
            may.send(messaging.outcomes),
            may.publish(messaging.alerts),
            may.read(storage.evidence, OUTPUT_PREFIX, sid="ReadAnswers"),
            may.read(storage.evidence, "evidence", sid="ReadFrames"),
            may.add_words(storage.verified),
            may.tell_missing_objects(storage.evidence),
            may.write(storage.evidence, "quarantine"),
            may.read_policies(storage.policies),
            *(loops if around.has_a2i else []),
            *(_may_keep_loops(around, around.desk) if around.desk else []),
        ],
        consumes=queues,
    )


def desk(around: Surroundings, desk: ReviewDesk) -> Workload:
    """It knows nothing of the pipeline: no ledger, no queue, no policy."""
    config, storage, reviewers = around.config, around.storage, around.reviewers
    return Workload(
        name=DESK,
        module="services.review.desk.main",
        environment=_every_task(around)
        | {
            "GAVEL_DESK_URL": desk.url,
            # On a laptop nobody else's browser has any business here.
            "GAVEL_DESK_HOST": "127.0.0.1" if config.stack == LOCAL else "0.0.0.0",  # noqa: S104  its own interface
            "GAVEL_DESK_PORT": str(config.desk_port),
            "GAVEL_DESK_TABLE": desk.table.name,
            "GAVEL_VERIFIED_TABLE": storage.verified.name,
            "GAVEL_DESK_GROUPS": _json(list(reviewers.groups.values())),
            "GAVEL_DESK_SHOWN": _json([pulumi.Output.from_input(place) for place in storage.shown(config)]),
            "GAVEL_DESK_SERVES_A2I": str(config.desk_serves_a2i).lower(),
            "GAVEL_DESK_BREAK_AFTER": str(config.desk_break_after),
            "GAVEL_EVIDENCE_BUCKET": storage.evidence.name,
            "GAVEL_USER_POOL_ID": reviewers.user_pool_id,
            "GAVEL_USER_POOL_CLIENT_ID": reviewers.user_pool_client_id,
        },
        statements=(
            *_may_keep_loops(around, desk),
            may.list_tasks(desk.table),
            may.read(storage.evidence, OUTPUT_PREFIX, sid="ReadInputs"),
            may.read(storage.evidence, PARTS_FOLDER, sid="ReadSets"),
            may.add_words(storage.verified),
            may.show_verified(storage.verified),
            may.show_media(config, storage),
            may.sign_people_in(around.account, reviewers.user_pool_id),
            *_use_of_key(around),
        ),
    )


def results(around: Surroundings) -> Workload:
    storage, messaging = around.storage, around.messaging
    return _workload(
        "results",
        around,
        environment={
            "GAVEL_OUTCOMES_URL": messaging.outcomes.url,
            "GAVEL_VERDICTS_TOPIC_ARN": messaging.verdicts.arn,
            "GAVEL_DEAD_LETTER_URLS": _json({queue.short_name: queue.dead_letter_url for queue in messaging.queues}),
        },
        statements=[
            may.receive(messaging.outcomes),
            may.receive_dead_letters(messaging.queues),
            may.publish(messaging.verdicts, messaging.alerts),
            may.write(storage.evidence, "quarantine"),
        ],
        consumes=(messaging.outcomes,),
    )


def api(around: Surroundings, api: ResultsApi, console: OperatorConsole) -> Workload:
    """It reads the ledger, writes down there who sent an item again or discarded it, and sends what callers submit,
    appeal against or want to go again, which can have come from any queue. The console is in its tasks: it shows people
    the same, and how the flow is. So its role may put and update whatever is in the ledger, and send to every queue."""
    config, storage, messaging = around.config, around.storage, around.messaging
    return Workload(
        name=API,
        module="services.results.api.main",
        environment=_every_task(around)
        | {
            "GAVEL_API_HOST": "127.0.0.1" if config.stack == LOCAL else "0.0.0.0",  # noqa: S104  its own interface
            "GAVEL_API_PORT": str(config.api_port),
            "GAVEL_API_SHOWN": _json([pulumi.Output.from_input(place) for place in storage.shown(config)]),
            "GAVEL_LEDGER_TABLE": storage.ledger.name,
            "GAVEL_EVIDENCE_BUCKET": storage.evidence.name,
            "GAVEL_POLICY_BUCKET": storage.policies.name,
            "GAVEL_MEDIA_EVENTS_URL": messaging.media_events.url,
            "GAVEL_APPEALS_URL": messaging.appeals.url,
            "GAVEL_QUEUES": _json({queue.short_name: queue.url for queue in messaging.queues}),
            "GAVEL_USER_POOL_ID": api.user_pool_id,
            "GAVEL_CONSOLE_URL": console.url,
            "GAVEL_CONSOLE_TABLE": console.table.name,
            "GAVEL_CONSOLE_GROUPS": _json(console.groups),
            "GAVEL_CONSOLE_POOL_ID": console.user_pool_id,
            "GAVEL_CONSOLE_CLIENT_ID": console.client_id,
            "GAVEL_DEAD_LETTER_URLS": _json({queue.short_name: queue.dead_letter_url for queue in messaging.queues}),
            **({"GAVEL_DESK_TABLE": around.desk.table.name} if around.desk else {}),
            **({"GAVEL_TRACE_URL": console.trace_url} if console.trace_url else {}),
        },
        statements=(
            may.keep_ledger(storage.ledger),
            may.search_ledger(storage.ledger),
            may.keep_sessions(console.table),
            may.count_messages(messaging.queues),
            may.sign_people_in(around.account, console.user_pool_id),
            may.send(*messaging.queues),
            may.read(storage.evidence, "quarantine", sid="ReadQuarantined"),
            may.read(storage.evidence, "evidence", sid="ReadFrames"),
            may.tell_missing_objects(storage.evidence, storage.policies),
            *([may.read_declines(around.desk.table)] if around.desk else []),
            may.read_media(config, storage),
            may.read_policies(storage.policies),
            *_use_of_key(around),
        ),
        answers=True,
    )


def _desk_of_review(around: Surroundings, desk: ReviewDesk) -> Mapping[str, pulumi.Input[str]]:
    return {
        "GAVEL_DESK_TABLE": desk.table.name,
        "GAVEL_DESK_FLOWS": desk.flows,
        "GAVEL_TEAM_GROUPS": _json(around.reviewers.groups),
        "GAVEL_DEFAULT_TEAM": around.config.default_team,
    }


def _may_keep_loops(around: Surroundings, desk: ReviewDesk) -> list[Statement]:
    """Whoever finds that a loop is over says so: the desk by the last answer, REVIEW by asking."""
    return [
        may.keep_desk(desk.table),
        may.write(around.storage.evidence, OUTPUT_PREFIX),
        may.tell_loop_ends(around.account),
    ]


def _use_of_key(around: Surroundings) -> list[Statement]:
    return [use_of(around.key_arn)] if around.key_arn is not None else []


def _every_task(around: Surroundings) -> dict[str, pulumi.Input[str]]:
    config = around.config
    told: dict[str, pulumi.Input[str]] = {
        "GAVEL_STACK": config.stack,
        "AWS_REGION": around.account.region,
        "GAVEL_STOP_TIMEOUT_S": str(config.stop_timeout_s),
        "GAVEL_TRACE_RATIO": str(config.trace_ratio),
    }
    return told | ({"OTEL_EXPORTER_OTLP_ENDPOINT": config.otlp_endpoint} if config.otlp_endpoint else {})


def _workload(
    name: str,
    around: Surroundings,
    *,
    environment: Mapping[str, pulumi.Input[str]],
    statements: list[Statement],
    consumes: tuple[Queue, ...],
    scales_with: tuple[Queue, ...] | None = None,
) -> Workload:
    config = around.config
    shared = _every_task(around) | {
        "GAVEL_LEDGER_TABLE": around.storage.ledger.name,
        "GAVEL_EVIDENCE_BUCKET": around.storage.evidence.name,
        "GAVEL_POLICY_BUCKET": around.storage.policies.name,
        "GAVEL_ALERTS_TOPIC_ARN": around.messaging.alerts.arn,
        "GAVEL_ALERTS_SINGLY": str(config.alerts_singly),
        "GAVEL_CONCURRENCY": str(config.concurrency),
        "GAVEL_VISIBILITY_S": str(config.visibility_s),
    }
    if console_url := config.console_url or (around.console.url if around.console else None):
        shared["GAVEL_CONSOLE_URL"] = console_url
    everybody = [may.keep_ledger(around.storage.ledger), *_use_of_key(around)]
    return Workload(
        name=name,
        module=f"services.{name}.main",
        environment=shared | dict(environment),
        statements=(*statements, *everybody),
        consumes=consumes,
        scales_with=consumes if scales_with is None else scales_with,
    )


def _json(value: object) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(value, sort_keys=True)
