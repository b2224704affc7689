"""Amazon A2I: workforce, teams, task pages, and the flow definitions of every policy."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import iam, sagemaker

from infra.config import StackConfig
from infra.datasets import EXPIRES_AFTER_S, TIME_LIMIT_S, dataset_flow_name
from infra.encryption import FLOW_USE
from infra.iam import Statement, document, trusted_by
from infra.reviewers import Reviewers
from infra.storage import Storage
from services.review.templates.generate import dataset, image_custom, image_integrated, video_custom
from shared.contracts.words import BackendName, MediaKind
from shared.policy.activation import activation_conditions
from shared.policy.appeals import answers_on_appeal
from shared.policy.model import Integration, Policy

INTEGRATED_SOURCE: Final = "AWS/Rekognition/DetectModerationLabels/Image/V3"
OUTPUT_PREFIX: Final = "human-loops"
NAME_LIMIT: Final = 63
"""CreateFlowDefinition and CreateHumanTaskUi: 1 to 63 of `[a-z0-9](-*[a-z0-9])*`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanReviewArgs:
    """`key_arn` of None where AWS holds the buckets' keys."""

    config: StackConfig
    key_arn: pulumi.Input[str] | None
    policies: Sequence[Policy]
    reviewers: Reviewers
    storage: Storage


class HumanReview(pulumi.ComponentResource):
    """`flow_definitions` maps each policy's name to the ARNs of its flow definitions: `custom` and `appeal` for images,
    `video` and `video-appeal`, and `integrated` where Rekognition itself starts loops. Those have `custom` too, since
    REVIEW opens every round after the first. `dataset_flow` is the ARN of the one that asks about images for
    datasets."""

    flow_definitions: Mapping[str, Mapping[str, pulumi.Output[str]]]
    dataset_flow: pulumi.Output[str]

    def __init__(self, name: str, args: HumanReviewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:HumanReview", name, None, opts)
        self._args = args
        self._prefix = args.config.prefix
        self._child = pulumi.ResourceOptions(parent=self)
        self._role, rights = self._flow_role()
        # A2I can't change pages and flow definitions, so a change makes new ones under other names. Deleting the old
        # ones would end the loops that people are at: `infra.deploy.tidy` does it when there are none any more.
        self._kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True, depends_on=[rights])
        workforce = self._workforce()
        self._teams = {
            team: self._work_team(team, workforce) for team in teams_of(args.policies, args.config.default_team)
        }
        self.flow_definitions = {
            policy.name: self._flows(policy)
            for policy in args.policies
            if policy.review.backend in {None, BackendName.A2I}
        }
        self.dataset_flow = self._dataset_flow()
        self.register_outputs({})

    def _workforce(self) -> pulumi.Input[str]:
        """The workforce's name. AWS allows one per account and region, so that an existing one is taken over."""
        existing = self._args.config.existing_workforce
        if existing is not None:
            return existing.name
        return sagemaker.Workforce(
            "workforce",
            workforce_name=self._prefix,
            cognito_config=sagemaker.WorkforceCognitoConfigArgs(
                user_pool=self._args.reviewers.user_pool_id, client_id=self._args.reviewers.user_pool_client_id
            ),
            # The labeling portal is served from the pool's domain.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._args.reviewers]),
        ).workforce_name

    def _work_team(self, team: str, workforce: pulumi.Input[str]) -> pulumi.Output[str]:
        reviewers = self._args.reviewers
        return sagemaker.Workteam(
            f"workteam-{team}",
            workteam_name=f"{self._prefix}-{team}",
            description=f"Reviewers of team {team}",
            workforce_name=workforce,
            member_definitions=[
                sagemaker.WorkteamMemberDefinitionArgs(
                    cognito_member_definition=sagemaker.WorkteamMemberDefinitionCognitoMemberDefinitionArgs(
                        user_pool=reviewers.user_pool_id,
                        client_id=reviewers.user_pool_client_id,
                        user_group=reviewers.groups[team],
                    )
                )
            ],
            opts=self._child,
        ).arn

    def _page(self, policy: Policy, kind: str, content: str) -> "Page":
        """What reviewers of this kind of task see: a template of the review service, made for the policy."""
        name = immutable_name(f"{self._prefix}-{policy.name}-{kind}", content)
        page = sagemaker.HumanTaskUI(
            f"page-{policy.name}-{kind}",
            human_task_ui_name=name,
            ui_template=sagemaker.HumanTaskUIUiTemplateArgs(content=content),
            opts=self._kept,
        )
        return Page(name=name, arn=page.arn)

    def _flows(self, policy: Policy) -> dict[str, pulumi.Output[str]]:
        # How many answers a loop gets is the flow definition's to say, so appeals have some of their own.
        answers, on_appeal = policy.review.answers, answers_on_appeal(policy.review, BackendName.A2I)
        image = self._page(policy, "custom", image_custom(policy))
        video = self._page(policy, "video", video_custom(policy))
        flows = {
            "custom": self._flow(policy, "custom", image, answers),
            "appeal": self._flow(policy, "appeal", image, on_appeal),
            "video": self._flow(policy, "video", video, answers, media=MediaKind.VIDEO),
            "video-appeal": self._flow(policy, "video-appeal", video, on_appeal, media=MediaKind.VIDEO),
        }
        if policy.review.integration is Integration.INTEGRATED:
            asked = self._page(policy, "integrated", image_integrated(policy))
            conditions = activation_conditions(policy)
            flows["integrated"] = self._flow(policy, "integrated", asked, answers, conditions=conditions)
        return flows

    def _flow(
        self,
        policy: Policy,
        kind: str,
        page: "Page",
        answers: int,
        *,
        media: MediaKind = MediaKind.IMAGE,
        conditions: str | None = None,
    ) -> pulumi.Output[str]:
        review = policy.review
        team = review.team or self._args.config.default_team
        content = [page.name, team, answers, review.time_limit_s, review.expires_after_s, conditions]
        return sagemaker.FlowDefinition(
            f"flow-{policy.name}-{kind}",
            flow_definition_name=immutable_name(f"{self._prefix}-{policy.name}-{kind}", json.dumps(content)),
            role_arn=self._role.arn,
            human_loop_config=sagemaker.FlowDefinitionHumanLoopConfigArgs(
                workteam_arn=self._teams[team],
                human_task_ui_arn=page.arn,
                task_title=f"Review {'an image' if media is MediaKind.IMAGE else 'a video'} ({policy.name})",
                task_description=f"Look at the {media} and say what is to become of it.",
                task_count=answers,
                task_time_limit_in_seconds=review.time_limit_s,
                task_availability_lifetime_in_seconds=review.expires_after_s,
                task_keywords=["content moderation", media.value],
            ),
            output_config=sagemaker.FlowDefinitionOutputConfigArgs(
                s3_output_path=pulumi.Output.concat("s3://", self._args.storage.evidence.name, f"/{OUTPUT_PREFIX}")
            ),
            # The provider wants both of these or neither.
            human_loop_request_source=_rekognition() if conditions else None,
            human_loop_activation_config=_activated_by(conditions) if conditions else None,
            opts=self._kept,
        ).arn

    def _dataset_flow(self) -> pulumi.Output[str]:
        args, content = self._args, dataset()
        name = dataset_flow_name(args.config)
        page_name = immutable_name(name, content)
        page = sagemaker.HumanTaskUI(
            "page-dataset",
            human_task_ui_name=page_name,
            ui_template=sagemaker.HumanTaskUIUiTemplateArgs(content=content),
            opts=self._kept,
        )
        rules = [page_name, args.config.default_team, TIME_LIMIT_S, EXPIRES_AFTER_S]
        return sagemaker.FlowDefinition(
            "flow-dataset",
            flow_definition_name=immutable_name(name, json.dumps(rules)),
            role_arn=self._role.arn,
            human_loop_config=sagemaker.FlowDefinitionHumanLoopConfigArgs(
                workteam_arn=self._teams[args.config.default_team],
                human_task_ui_arn=page.arn,
                task_title="Does the image show this?",
                task_description="Look at the image and say yes or no.",
                task_count=1,
                task_time_limit_in_seconds=TIME_LIMIT_S,
                task_availability_lifetime_in_seconds=EXPIRES_AFTER_S,
                task_keywords=["image", "dataset"],
            ),
            output_config=sagemaker.FlowDefinitionOutputConfigArgs(
                s3_output_path=pulumi.Output.concat("s3://", args.storage.evidence.name, f"/{OUTPUT_PREFIX}")
            ),
            opts=self._kept,
        ).arn

    def _flow_role(self) -> tuple[iam.Role, iam.RolePolicy]:
        """What A2I does in the stack's name: show the images, write what reviewers answered.

        SageMaker documents the confused-deputy conditions feature by feature, and A2I isn't among them; a condition
        that it doesn't fill in would shut it out. Passing this role takes iam:PassRole in this very account.
        https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
        """
        args = self._args
        role = iam.Role(
            "flow-role", name=f"{self._prefix}-flow", assume_role_policy=trusted_by("sagemaker"), opts=self._child
        )
        statements = [
            Statement(sid="ShowMedia", actions=["s3:GetObject"], resources=args.storage.readable_objects(args.config)),
            Statement(
                sid="WriteAnswers",
                actions=["s3:PutObject"],
                resources=[pulumi.Output.concat(args.storage.evidence.arn, f"/{OUTPUT_PREFIX}/*")],
            ),
        ]
        if args.key_arn is not None:
            statements.append(Statement(sid="UseKey", actions=FLOW_USE, resources=[args.key_arn]))
        rights = iam.RolePolicy("flow-role-policy", role=role.name, policy=document(*statements), opts=self._child)
        return role, rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    name: str
    arn: pulumi.Output[str]


def teams_of(policies: Sequence[Policy], default: str) -> tuple[str, ...]:
    """Every team that a policy asks for, and the stack's own."""
    return tuple(sorted({default} | {policy.review.team for policy in policies if policy.review.team}))


def immutable_name(stem: str, content: str) -> str:
    """A name that changes with the content, cut to what A2I takes."""
    digest = hashlib.sha256(content.encode()).hexdigest()[:10]
    return f"{stem[: NAME_LIMIT - len(digest) - 1].rstrip('-')}-{digest}"


def _rekognition() -> sagemaker.FlowDefinitionHumanLoopRequestSourceArgs:
    return sagemaker.FlowDefinitionHumanLoopRequestSourceArgs(aws_managed_human_loop_request_source=INTEGRATED_SOURCE)


def _activated_by(conditions: str) -> sagemaker.FlowDefinitionHumanLoopActivationConfigArgs:
    by = sagemaker.FlowDefinitionHumanLoopActivationConfigHumanLoopActivationConditionsConfigArgs
    return sagemaker.FlowDefinitionHumanLoopActivationConfigArgs(
        human_loop_activation_conditions_config=by(human_loop_activation_conditions=conditions)
    )
