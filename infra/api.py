"""Who may ask the results API: a user pool of its own for programs, with a scope for each right and for each tenant.

It isn't the reviewers' pool: that may be somebody else's, and must have no domain where the desk reaches it by an
endpoint in the network, while tokens for programs are given at a domain only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cognito

from infra.config import LOCAL, StackConfig
from infra.fields import ApiClient
from infra.iam import Account
from services.results.api.domain.callers import EVERY_TENANT, RESOURCE, TENANT, Permission

GRANT: Final = "client_credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsApiArgs:
    config: StackConfig
    account: Account


class ResultsApi(pulumi.ComponentResource):
    """`url` is where callers find the API, `token_url` where they get tokens; `clients` has each client's id by its
    name. Their secrets Cognito makes and keeps: who may describe the client can read it."""

    user_pool_id: pulumi.Output[str]
    clients: Mapping[str, pulumi.Output[str]]
    url: str
    token_url: str

    def __init__(self, name: str, args: ResultsApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:ResultsApi", name, None, opts)
        config = args.config
        self._config, self._child = config, pulumi.ResourceOptions(parent=self)
        self.user_pool_id = self._pool()
        servers = [
            self._server("gavel", RESOURCE, {each.value: f"May {each.value}" for each in Permission}),
            self._server("tenant", TENANT, {name: f"Items of {name}" for name in self._tenants()}),
        ]
        domain = f"{config.prefix}-api-{args.account.id}"
        cognito.UserPoolDomain("api-domain", domain=domain, user_pool_id=self.user_pool_id, opts=self._child)
        self.clients = {client.name: self._client(client, servers) for client in config.api_clients}
        self.url = config.api_address or f"http://127.0.0.1:{config.api_port}"
        is_local = config.stack == LOCAL  # where the emulator's address is, whoever asks knows
        self.token_url = "" if is_local else f"https://{domain}.auth.{config.region}.amazoncognito.com/oauth2/token"
        self.register_outputs({})

    def _tenants(self) -> list[str]:
        return [EVERY_TENANT, *(tenant.name for tenant in self._config.tenants)]

    def _pool(self) -> pulumi.Output[str]:
        """Nobody signs in or up: a program shows its client's secret."""
        return cognito.UserPool(
            "api-clients",
            name=f"{self._config.prefix}-api-clients",
            admin_create_user_config=cognito.UserPoolAdminCreateUserConfigArgs(allow_admin_create_user_only=True),
            deletion_protection="ACTIVE" if self._config.protected else "INACTIVE",
            opts=pulumi.ResourceOptions(parent=self, protect=self._config.protected),
        ).id

    def _server(self, name: str, prefix: str, scopes: Mapping[str, str]) -> cognito.ResourceServer:
        """Scopes as `services.results.api.domain.callers` reads them: `<identifier>/<scope>`."""
        return cognito.ResourceServer(
            f"api-{name}",
            identifier=prefix.removesuffix("/"),
            name=name,
            user_pool_id=self.user_pool_id,
            scopes=[
                cognito.ResourceServerScopeArgs(scope_name=scope, scope_description=text)
                for scope, text in scopes.items()
            ],
            opts=self._child,
        )

    def _client(self, client: ApiClient, servers: list[cognito.ResourceServer]) -> pulumi.Output[str]:
        return cognito.UserPoolClient(
            f"api-client-{client.name}",
            name=f"{self._config.prefix}-{client.name}",
            user_pool_id=self.user_pool_id,
            generate_secret=True,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=[GRANT],
            allowed_oauth_scopes=[
                *(f"{RESOURCE}{permission}" for permission in client.permissions),
                *(f"{TENANT}{tenant}" for tenant in client.items_of),
            ],
            enable_token_revocation=True,
            # A scope has to be there before a client may have it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=servers),
        ).id
