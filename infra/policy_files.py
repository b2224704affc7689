"""Puts the moderation policies and the tenants into the policy bucket, where the services look for them."""

import json
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import s3

from infra.buckets import Bucket
from infra.config import StackConfig
from infra.fields import Tenant
from shared.contracts.words import BackendName
from shared.policy.load import load
from shared.policy.model import Policy

FOLDER = Path(__file__).parent / "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    policy: Policy
    text: str


def policy_files(names: tuple[str, ...], folder: Path = FOLDER) -> tuple[PolicyFile, ...]:
    """The policies of these names, or every one in the folder when there are none.

    Raises the loader's own error, which has every problem of a file.
    """
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    files = [PolicyFile(policy=load(text, origin=name), text=text) for name, text in texts.items()]
    return tuple(file for file in files if not names or file.policy.name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedPoliciesArgs:
    bucket: Bucket
    media_bucket: pulumi.Input[str]
    files: tuple[PolicyFile, ...]
    tenants: tuple[Tenant, ...]


class DeployedPolicies(pulumi.ComponentResource):
    """policies/<name>/<version>.yaml, policies/<name>/current (the version, as text), and tenants.json."""

    def __init__(self, name: str, args: DeployedPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:DeployedPolicies", name, None, opts)
        # Only when the bucket has its encryption: what is written before keeps the key of its time.
        child = pulumi.ResourceOptions(parent=self, depends_on=[args.bucket])
        for file in args.files:
            policy = file.policy
            content = s3.BucketObjectv2(
                f"{name}-{policy.name}-{policy.version}",
                bucket=args.bucket.name,
                key=f"policies/{policy.name}/{policy.version}.yaml",
                content=file.text,
                content_type="application/yaml",
                # Items on their way and verdicts given name this version: it stays when a newer one comes.
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(retain_on_delete=True)),
            )
            s3.BucketObjectv2(
                f"{name}-{policy.name}-current",
                bucket=args.bucket.name,
                key=f"policies/{policy.name}/current",
                content=policy.version,
                content_type="text/plain",
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[content])),
            )
        s3.BucketObjectv2(
            f"{name}-tenants",
            bucket=args.bucket.name,
            key="tenants.json",
            content=pulumi.Output.from_input(args.media_bucket).apply(lambda media: tenants_json(args.tenants, media)),
            content_type="application/json",
            opts=child,
        )
        self.register_outputs({})


def problems(config: StackConfig, files: tuple[PolicyFile, ...]) -> tuple[str, ...]:
    """Where the stack's configuration and its policies don't fit together."""
    names = {file.policy.name for file in files}
    missing = [f"policies: there is no policy {name}" for name in config.policies if name not in names]
    unknown = [
        f"tenants: {tenant.name}: there is no policy {tenant.policy}"
        for tenant in config.tenants
        if tenant.policy not in names
    ]
    without_a2i = [
        f"policy {file.policy.name}: it wants A2I, and review_backend is {config.review_backend}"
        for file in files
        if file.policy.review.backend is BackendName.A2I and config.review_backend is not BackendName.A2I
    ]
    operators = {group.name for group in config.operators}
    as_operators = [
        f"policy {file.policy.name}: its team {team} is a group of operators"
        for file in files
        if (team := file.policy.review.team) in operators
    ]
    return (*missing, *unknown, *without_a2i, *as_operators)


def tenants_json(tenants: tuple[Tenant, ...], media_bucket: str) -> str:
    entries = [
        {
            "name": tenant.name,
            "policy": tenant.policy,
            "buckets": [{"bucket": place.bucket or media_bucket, "prefix": place.prefix} for place in tenant.buckets],
        }
        for tenant in tenants
    ]
    return json.dumps({"tenants": entries}, indent=2)
