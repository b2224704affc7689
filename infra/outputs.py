"""What the program tells the world: Pulumi's outputs, and the same in one SSM parameter, where the CLI looks."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ssm

from infra.api import ResultsApi
from infra.cluster import Cluster
from infra.config import API, DESK, SERVICES, StackConfig
from infra.console import OperatorConsole
from infra.desk import ReviewDesk
from infra.entrance import DeskEntrance
from infra.messaging import Messaging
from infra.registry import Registry
from infra.reviewers import Reviewers
from infra.storage import Storage


def publish_outputs(
    config: StackConfig,
    storage: Storage,
    messaging: Messaging,
    reviewers: Reviewers,
    desk: ReviewDesk | None,
    api: ResultsApi | None,
    console: OperatorConsole | None,
    entrance: DeskEntrance | None,
    registry: Registry,
    cluster: Cluster,
    flow_definitions: Mapping[str, Mapping[str, pulumi.Output[str]]],
    dataset_review: Mapping[str, object],
    provider: pulumi.ProviderResource,
) -> None:
    outputs: dict[str, object] = {
        "region": config.region,
        "ledger_table": storage.ledger.name,
        "media_bucket": storage.media.name,
        "work_bucket": storage.work.name,
        "evidence_bucket": storage.evidence.name,
        "policy_bucket": storage.policies.name,
        "queues": {queue.short_name: queue.url for queue in messaging.queues},
        "dead_letters": {queue.short_name: queue.dead_letter_url for queue in messaging.queues},
        "topics": {"verdicts": messaging.verdicts.arn, "alerts": messaging.alerts.arn},
        "flow_definitions": flow_definitions,
        "dataset_review": dataset_review,
        "rekognition_tps": config.rekognition_tps,
        "bulk_backend": config.bulk_backend.value,
        "cluster": cluster.name,
        "user_pool_id": reviewers.user_pool_id,
        "user_pool_client_id": reviewers.user_pool_client_id,
        "reviewers_group": reviewers.groups[config.default_team],
        "services": [*SERVICES, *([DESK] if desk else []), *([API] if api else [])] if config.has_image else [],
        "desk_url": desk.url if desk else "",
        "desk_table": desk.table.name if desk else "",
        "verified_table": storage.verified.name,
        "api_url": api.url if api else "",
        "api_token_url": api.token_url if api else "",
        "api_user_pool_id": api.user_pool_id if api else "",
        "api_clients": api.clients if api else {},
        "console_url": console.url if console else "",
        "operator_groups": list(console.groups) if console else [],
        # Where the desk's domain is to point.
        "desk_entrance": entrance.address if entrance else "",
        "registry": registry.repository_url,
    }
    ssm.Parameter(
        "outputs",
        name=f"/gavel/{config.stack}/outputs",
        description="What the gavel command needs to know of this stack",
        type="String",
        # Free up to 4 KB, and what has more policies' flow definitions in it may have 8.
        tier="Intelligent-Tiering",
        insecure_value=pulumi.Output.json_dumps(
            outputs, sort_keys=True
        ),  # names and addresses; nothing of it is secret
        opts=pulumi.ResourceOptions(provider=provider),
    )
    for name, value in outputs.items():
        pulumi.export(name, value)
