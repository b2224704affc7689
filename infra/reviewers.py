"""Who the reviewers are: a Cognito pool that they sign in with, one group per team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cognito

from infra.config import StackConfig
from infra.iam import Account
from shared.contracts.words import BackendName


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewersArgs:
    config: StackConfig
    account: Account
    teams: Sequence[str]
    has_desk: bool


class Reviewers(pulumi.ComponentResource):
    """`groups` has the name of each team's group. A workforce that exists already brings its own pool and client."""

    user_pool_id: pulumi.Output[str]
    user_pool_client_id: pulumi.Output[str]
    groups: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ReviewersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Reviewers", name, None, opts)
        config, existing = args.config, args.config.existing_workforce
        if existing is not None:
            self.user_pool_id = pulumi.Output.from_input(existing.user_pool_id)
            self.user_pool_client_id = pulumi.Output.from_input(existing.user_pool_client_id)
        else:
            self.user_pool_id = self._pool(config)
            self.user_pool_client_id = self._client(config, has_desk=args.has_desk)
            if config.review_backend is BackendName.A2I:
                self._domain(config, args.account)
        self.groups = {
            team: cognito.UserGroup(
                f"team-{team}",
                name=f"{config.prefix}-{team}",
                description=f"Reviewers of team {team}",
                user_pool_id=self.user_pool_id,
                opts=pulumi.ResourceOptions(parent=self),
            ).name
            for team in args.teams
        }
        self.register_outputs({})

    def _domain(self, config: StackConfig, account: Account) -> None:
        """What A2I's portal signs in at. A pool that has one can't be reached by an endpoint in the network any more.

        https://docs.aws.amazon.com/cognito/latest/developerguide/vpc-interface-endpoints.html
        """
        cognito.UserPoolDomain(
            "reviewers-domain",
            domain=config.sign_in_domain or f"{config.prefix}-{account.id}",
            user_pool_id=self.user_pool_id,
            # A pool has one at a time.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _pool(self, config: StackConfig) -> pulumi.Output[str]:
        """Reviewers are invited, never sign up by themselves; A2I tells e-mail addresses apart by case."""
        return cognito.UserPool(
            "reviewers",
            name=f"{config.prefix}-reviewers",
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            admin_create_user_config=cognito.UserPoolAdminCreateUserConfigArgs(allow_admin_create_user_only=True),
            password_policy=cognito.UserPoolPasswordPolicyArgs(
                minimum_length=14,
                require_lowercase=True,
                require_uppercase=True,
                require_numbers=True,
                require_symbols=False,
                temporary_password_validity_days=7,
            ),
            mfa_configuration="OPTIONAL",
            software_token_mfa_configuration=cognito.UserPoolSoftwareTokenMfaConfigurationArgs(enabled=True),
            deletion_protection="ACTIVE" if config.protected else "INACTIVE",
            # SageMaker writes its own invitation into the pool when the workforce is made.
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["admin_create_user_config"], protect=config.protected
            ),
        ).id

    def _client(self, config: StackConfig, *, has_desk: bool) -> pulumi.Output[str]:
        """A workforce needs a client with a secret and the code flow; the desk passes on what reviewers type, which
        takes the desk's own AWS permissions besides the password."""
        at_desk = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"] if has_desk else []
        return cognito.UserPoolClient(
            "reviewers-client",
            name=f"{config.prefix}-reviewers",
            user_pool_id=self.user_pool_id,
            generate_secret=True,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=["email", "openid", "profile"],
            supported_identity_providers=["COGNITO"],
            callback_urls=[config.sign_in_callback_url],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            explicit_auth_flows=[*at_desk, "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            # Whoever reviews signs in once for a day's work.
            id_token_validity=8,
            token_validity_units=cognito.UserPoolClientTokenValidityUnitsArgs(id_token="hours"),  # noqa: S106  a unit
            # SageMaker sets the labeling portal's addresses when the workforce is made.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["callback_urls", "logout_urls"]),
        ).id
