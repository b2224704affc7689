"""REVIEW's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.contracts.words import BackendName
from shared.settings import Positive, ServiceSettings, Url, read, variables


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """`sweep_interval_s` is how often loops are asked after, and how old one must be to be asked after.

    `flow_definitions` holds, per policy, the ARNs of its `custom`, `appeal` and `integrated` flow definitions.
    """

    review_requests_url: Url
    appeals_url: Url
    human_loop_events_url: Url
    outcomes_url: Url
    review_backend: BackendName
    sweep_interval_s: Positive = 300
    flow_definitions: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
