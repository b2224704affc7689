"""The Pulumi program: wires one stack's components together. `pulumi up` runs it, and so does `infra.local`."""

import pulumi
import pulumi_aws as aws

from infra.api import ResultsApi, ResultsApiArgs
from infra.api_entrance import ApiEntrance, ApiEntranceArgs
from infra.cluster import Cluster, ClusterArgs
from infra.config import API, DESK, ConfigError, StackConfig, from_pulumi
from infra.console import OperatorConsole, OperatorConsoleArgs
from infra.datasets import dataset_review
from infra.desk import ReviewDesk, ReviewDeskArgs, desk_problems, has_desk
from infra.encryption import Encryption, EncryptionArgs
from infra.entrance import DeskEntrance, DeskEntranceArgs
from infra.fields import KeyHolder
from infra.human_review import HumanReview, HumanReviewArgs, teams_of
from infra.iam import Account
from infra.limits import WITHOUT_FARGATE
from infra.messaging import Messaging, MessagingArgs
from infra.network import Network, NetworkArgs
from infra.observability import Observability, ObservabilityArgs
from infra.outputs import publish_outputs
from infra.policy_files import DeployedPolicies, DeployedPoliciesArgs, policy_files, problems
from infra.registry import Registry, RegistryArgs
from infra.reviewers import Reviewers, ReviewersArgs
from infra.storage import Storage, StorageArgs, bucket_name
from infra.video_jobs import VideoJobs, VideoJobsArgs
from infra.worker import Worker, WorkerArgs
from infra.workloads.every import workloads
from infra.workloads.workload import Surroundings
from shared.contracts.words import BackendName


def program() -> None:
    """Declare every resource of the stack that Pulumi runs. Raises ConfigError with every problem there is."""
    config = from_pulumi()
    files = policy_files(config.policies)
    policies = [file.policy for file in files]
    if found := (*problems(config, files), *desk_problems(config, policies)):
        raise ConfigError(config.stack, found)

    provider = aws.Provider(
        "aws",
        region=config.region,
        # A stack goes into no account but its own, whatever credentials are around.
        allowed_account_ids=[config.account_id] if config.account_id else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags={"gavel:stack": config.stack, **config.tags}),
    )
    asked = pulumi.InvokeOptions(provider=provider)
    opts = pulumi.ResourceOptions(providers=[provider])
    account = Account(id=aws.get_caller_identity(opts=asked).account_id, region=config.region)
    zones = zones_of(config, asked)

    key_arn = None
    if config.encryption is KeyHolder.CUSTOMER_KEY:
        media_bucket = bucket_name(config, account, "media")
        args = EncryptionArgs(account=account, config=config, media_bucket=media_bucket)
        key_arn = Encryption("encryption", args, opts).key_arn
    storage = Storage("storage", StorageArgs(config=config, account=account, key_arn=key_arn), opts)
    DeployedPolicies(
        "policies",
        DeployedPoliciesArgs(
            bucket=storage.policies, media_bucket=storage.media.name, files=files, tenants=config.tenants
        ),
        opts,
    )
    messaging = Messaging(
        "messaging",
        MessagingArgs(config=config, account=account, key_arn=key_arn, media_bucket=storage.media),
        opts,
    )
    video_jobs = VideoJobs(
        "video-jobs",
        VideoJobsArgs(config=config, account=account, key_arn=key_arn, completions=messaging.video_completions),
        opts,
    )
    teams = teams_of(policies, config.default_team)
    desk = None
    if has_desk(config, policies):
        desk = ReviewDesk("review-desk", ReviewDeskArgs(config=config, account=account, key_arn=key_arn), opts)
    reviewers = Reviewers(
        "reviewers", ReviewersArgs(config=config, account=account, teams=teams, has_desk=desk is not None), opts
    )
    api, console = None, None
    if config.api:
        api = ResultsApi("results-api", ResultsApiArgs(config=config, account=account), opts)
        console = OperatorConsole(
            "console",
            OperatorConsoleArgs(config=config, key_arn=key_arn, user_pool_id=reviewers.user_pool_id, api_url=api.url),
            opts,
        )
    human_review = None
    if config.review_backend is BackendName.A2I:
        human_review = HumanReview(
            "human-review",
            HumanReviewArgs(config=config, key_arn=key_arn, policies=policies, reviewers=reviewers, storage=storage),
            opts,
        )
    flow_definitions = human_review.flow_definitions if human_review else {}
    dataset_flow = human_review.dataset_flow if human_review else None
    datasets = dataset_review(config, account, reviewers, desk, dataset_flow)

    network = Network(
        "network",
        NetworkArgs(config=config, account=account, zones=zones, key_arn=key_arn, has_desk=desk is not None),
        opts,
    )
    entrance = None
    if desk is not None and config.desk_entrance is not None:
        entrance = DeskEntrance(
            "desk-entrance",
            DeskEntranceArgs(
                config=config, entrance=config.desk_entrance, network=network, logs=storage.logs, key_arn=key_arn
            ),
            opts,
        )
    api_entrance = None
    if entrance is not None and api is not None:
        api_entrance = ApiEntrance("api-entrance", ApiEntranceArgs(config=config, network=network, desk=entrance), opts)
    entrances = {DESK: entrance, API: api_entrance}
    registry = Registry("registry", RegistryArgs(config=config, key_arn=key_arn), opts)
    cluster = Cluster("cluster", ClusterArgs(prefix=config.prefix), opts)
    around = Surroundings(
        config=config,
        account=account,
        key_arn=key_arn,
        storage=storage,
        messaging=messaging,
        video_jobs=video_jobs,
        flow_definitions=flow_definitions,
        reviewers=reviewers,
        desk=desk,
        api=api,
        console=console,
    )
    services = workloads(around)
    # Before the first image is pushed there is nothing to run: the registry comes first, then the image, then services.
    for workload in services if config.has_image else ():
        Worker(
            workload.name,
            WorkerArgs(
                config=config,
                account=account,
                key_arn=key_arn,
                cluster=cluster,
                network=network,
                registry=registry,
                workload=workload,
                entrance=entrances.get(workload.name),
            ),
            opts,
        )
    Observability(
        "observability",
        ObservabilityArgs(
            config=config,
            account=account,
            key_arn=key_arn,
            messaging=messaging,
            storage=storage,
            cluster=cluster,
            consumed={workload.name: workload.consumes for workload in services},
            entrance=entrance,
            api_entrance=api_entrance,
        ),
        opts,
    )
    publish_outputs(
        config,
        storage,
        messaging,
        reviewers,
        desk,
        api,
        console,
        entrance,
        registry,
        cluster,
        flow_definitions,
        datasets,
        provider,
    )


def zones_of(config: StackConfig, asked: pulumi.InvokeOptions) -> list[str]:
    """The names of the zones that the network spans. Raises ConfigError when there are too few."""
    found = aws.get_availability_zones(
        state="available",
        # An account can have opted in to local zones, which have hardly anything of what is needed.
        filters=[aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])],
        exclude_zone_ids=[*WITHOUT_FARGATE, *config.avoided_zones],
        opts=asked,
    )
    if len(found.names) < config.zones:
        raise ConfigError(config.stack, (f"zones: {config.zones} is over the {len(found.names)} that can be used",))
    return list(found.names[: config.zones])


if __name__ == "__main__":
    program()
