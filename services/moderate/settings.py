"""MODERATE's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.contracts.words import BackendName
from shared.settings import Positive, ServiceSettings, Url, read, variables


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """`rekognition_tps` is the account's quota for DetectModerationLabels, shared by all tasks; `flow_definitions`
    holds, per policy, the ARNs of its `custom` and `integrated` flow definitions."""

    moderation_requests_url: Url
    moderation_backfill_url: Url
    review_requests_url: Url
    rekognition_tps: Positive
    review_backend: BackendName
    flow_definitions: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
