"""REVIEW's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.contracts.words import BackendName
from shared.settings import Arn, Positive, ServiceSettings, Url, read, variables


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """`sweep_interval_s` is how often loops are asked after, and how old one must be to be asked after.

    `flow_definitions` holds, per policy, the ARNs of its `custom`, `video`, `appeal`, `video-appeal` and `integrated`
    flow definitions.
    `desk_table` and `desk_flows` are there where the stack has a review desk; `team_groups` has each team's group in
    the user pool.
    """

    review_requests_url: Url
    appeals_url: Url
    human_loop_events_url: Url
    outcomes_url: Url
    verified_table: str
    review_backend: BackendName
    sweep_interval_s: Positive = 300
    flow_definitions: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    desk_table: str | None = None
    desk_flows: Arn | None = None
    team_groups: dict[str, str] = msgspec.field(default_factory=dict)
    default_team: str = "moderators"


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
