"""The services that people and programs come to: what each is told and may do."""

import pulumi

from infra import permissions as may
from infra.api import ResultsApi
from infra.config import API, DESK, LOCAL
from infra.console import OperatorConsole
from infra.desk import ReviewDesk
from infra.human_review import OUTPUT_PREFIX
from infra.workloads.workload import Surroundings, Workload, as_json, every_task, may_keep_loops, use_of_key
from shared.aws.verification_parts import FOLDER as PARTS_FOLDER


def desk(around: Surroundings, desk: ReviewDesk) -> Workload:
    """It knows nothing of the pipeline: no ledger, no queue, no policy."""
    config, storage, reviewers = around.config, around.storage, around.reviewers
    return Workload(
        name=DESK,
        module="services.review.desk.main",
        environment=every_task(around)
        | {
            "GAVEL_DESK_URL": desk.url,
            # On a laptop nobody else's browser has any business here.
            "GAVEL_DESK_HOST": "127.0.0.1" if config.stack == LOCAL else "0.0.0.0",  # noqa: S104  its own interface
            "GAVEL_DESK_PORT": str(config.desk_port),
            "GAVEL_DESK_TABLE": desk.table.name,
            "GAVEL_VERIFIED_TABLE": storage.verified.name,
            "GAVEL_DESK_GROUPS": as_json(list(reviewers.groups.values())),
            "GAVEL_DESK_SHOWN": as_json([pulumi.Output.from_input(place) for place in storage.shown(config)]),
            "GAVEL_DESK_SERVES_A2I": str(config.desk_serves_a2i).lower(),
            "GAVEL_DESK_BREAK_AFTER": str(config.desk_break_after),
            "GAVEL_EVIDENCE_BUCKET": storage.evidence.name,
            "GAVEL_USER_POOL_ID": reviewers.user_pool_id,
            "GAVEL_USER_POOL_CLIENT_ID": reviewers.user_pool_client_id,
        },
        statements=(
            *may_keep_loops(around, desk),
            may.list_tasks(desk.table),
            may.read(storage.evidence, OUTPUT_PREFIX, sid="ReadInputs"),
            may.read(storage.evidence, PARTS_FOLDER, sid="ReadSets"),
            may.add_words(storage.verified),
            may.show_verified(storage.verified),
            may.show_media(config, storage),
            may.sign_people_in(around.account, reviewers.user_pool_id),
            *use_of_key(around),
        ),
    )


def api(around: Surroundings, api: ResultsApi, console: OperatorConsole) -> Workload:
    """It reads the ledger, writes down there who sent an item again or discarded it, and sends what callers submit,
    appeal against or want to go again, which can have come from any queue. The console is in its tasks: it shows people
    the same, and how the flow is. So its role may put and update whatever is in the ledger, and send to every queue."""
    config, storage, messaging = around.config, around.storage, around.messaging
    return Workload(
        name=API,
        module="services.results.api.main",
        environment=every_task(around)
        | {
            "GAVEL_API_HOST": "127.0.0.1" if config.stack == LOCAL else "0.0.0.0",  # noqa: S104  its own interface
            "GAVEL_API_PORT": str(config.api_port),
            "GAVEL_API_SHOWN": as_json([pulumi.Output.from_input(place) for place in storage.shown(config)]),
            "GAVEL_LEDGER_TABLE": storage.ledger.name,
            "GAVEL_EVIDENCE_BUCKET": storage.evidence.name,
            "GAVEL_POLICY_BUCKET": storage.policies.name,
            "GAVEL_MEDIA_EVENTS_URL": messaging.media_events.url,
            "GAVEL_APPEALS_URL": messaging.appeals.url,
            "GAVEL_QUEUES": as_json({queue.short_name: queue.url for queue in messaging.queues}),
            "GAVEL_USER_POOL_ID": api.user_pool_id,
            "GAVEL_CONSOLE_URL": console.url,
            "GAVEL_CONSOLE_TABLE": console.table.name,
            "GAVEL_CONSOLE_GROUPS": as_json(console.groups),
            "GAVEL_CONSOLE_POOL_ID": console.user_pool_id,
            "GAVEL_CONSOLE_CLIENT_ID": console.client_id,
            "GAVEL_DEAD_LETTER_URLS": as_json({queue.short_name: queue.dead_letter_url for queue in messaging.queues}),
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
            *use_of_key(around),
        ),
        answers=True,
    )
