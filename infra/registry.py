"""The registry of the one image that all services run from."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from infra.config import StackConfig

KEPT_IMAGES = 30
KEPT_COLLECTORS = 3

LIFECYCLE = {
    "rules": [
        # What one rule has looked at, a later one leaves alone: many services' images don't push the collector's out.
        {
            "rulePriority": 1,
            "description": f"the last {KEPT_COLLECTORS} copies of the collector",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["collector-*"],
                "countType": "imageCountMoreThan",
                "countNumber": KEPT_COLLECTORS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"the last {KEPT_IMAGES} images are enough to go back to",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
            "action": {"type": "expire"},
        },
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryArgs:
    config: StackConfig
    key_arn: pulumi.Input[str] | None


class Registry(pulumi.ComponentResource):
    """`image` is what the configuration says to run: a reference of its own, or a tag in here."""

    repository_arn: pulumi.Output[str]
    repository_url: pulumi.Output[str]
    image: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        config = args.config
        repository = ecr.Repository(
            "images",
            name=config.prefix,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="AES256" if args.key_arn is None else "KMS", kms_key=args.key_arn
                )
            ],
            force_delete=not config.protected,
            opts=child,
        )
        ecr.LifecyclePolicy(
            "images-lifecycle", repository=repository.name, policy=pulumi.Output.json_dumps(LIFECYCLE), opts=child
        )
        self.repository_arn = repository.arn
        self.repository_url = repository.repository_url
        tagged = pulumi.Output.concat(repository.repository_url, ":", config.image_tag or "none")
        self.image = pulumi.Output.from_input(config.image) if config.image else tagged
        self.register_outputs({"repository_url": self.repository_url})
