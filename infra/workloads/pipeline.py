"""The services of the pipeline: what each is told and may do."""

from collections.abc import Mapping

import pulumi

from infra import permissions as may
from infra.desk import ReviewDesk
from infra.human_review import OUTPUT_PREFIX
from infra.iam import Statement
from infra.queues import Queue
from infra.workloads.workload import Surroundings, Workload, as_json, every_task, may_keep_loops, use_of_key


def ingest(around: Surroundings) -> Workload:
    storage, messaging = around.storage, around.messaging
    return _of_pipeline(
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
    return _of_pipeline(
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
            "GAVEL_FLOW_DEFINITIONS": as_json(around.flow_definitions),
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
    return _of_pipeline(
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
            "GAVEL_FLOW_DEFINITIONS": as_json(around.flow_definitions),
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
            *(may_keep_loops(around, around.desk) if around.desk else []),
        ],
        consumes=queues,
    )


def _desk_of_review(around: Surroundings, desk: ReviewDesk) -> Mapping[str, pulumi.Input[str]]:
    return {
        "GAVEL_DESK_TABLE": desk.table.name,
        "GAVEL_DESK_FLOWS": desk.flows,
        "GAVEL_TEAM_GROUPS": as_json(around.reviewers.groups),
        "GAVEL_DEFAULT_TEAM": around.config.default_team,
    }


def results(around: Surroundings) -> Workload:
    storage, messaging = around.storage, around.messaging
    return _of_pipeline(
        "results",
        around,
        environment={
            "GAVEL_OUTCOMES_URL": messaging.outcomes.url,
            "GAVEL_VERDICTS_TOPIC_ARN": messaging.verdicts.arn,
            "GAVEL_DEAD_LETTER_URLS": as_json({queue.short_name: queue.dead_letter_url for queue in messaging.queues}),
        },
        statements=[
            may.receive(messaging.outcomes),
            may.receive_dead_letters(messaging.queues),
            may.publish(messaging.verdicts, messaging.alerts),
            may.write(storage.evidence, "quarantine"),
        ],
        consumes=(messaging.outcomes,),
    )


def _of_pipeline(
    name: str,
    around: Surroundings,
    *,
    environment: Mapping[str, pulumi.Input[str]],
    statements: list[Statement],
    consumes: tuple[Queue, ...],
    scales_with: tuple[Queue, ...] | None = None,
) -> Workload:
    config = around.config
    shared = every_task(around) | {
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
    everybody = [may.keep_ledger(around.storage.ledger), *use_of_key(around)]
    return Workload(
        name=name,
        module=f"services.{name}.main",
        environment=shared | dict(environment),
        statements=(*statements, *everybody),
        consumes=consumes,
        scales_with=consumes if scales_with is None else scales_with,
    )
