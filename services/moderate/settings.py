"""MODERATE's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.contracts.words import BackendName
from shared.settings import Arn, Positive, ServiceSettings, Url, read, variables


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """The account's quotas, shared by all tasks: `rekognition_tps` for DetectModerationLabels, `video_start_tps` and
    `video_results_tps` for StartContentModeration and GetContentModeration, `video_slots` video jobs at once.

    Rekognition tells the ends of jobs on `video_topic_arn`, as `video_role_arn`. `sweep_interval_s` is how often those
    are asked after whose end wasn't told, and how old one must be to be asked after. A video at which nothing has
    happened for `video_again_after_s` is asked for again. `flow_definitions` holds, per policy, the ARNs of its
    `custom` and `integrated` flow definitions.
    """

    moderation_requests_url: Url
    moderation_backfill_url: Url
    video_requests_url: Url
    video_backfill_url: Url
    video_completions_url: Url
    video_topic_arn: Arn
    video_role_arn: Arn
    review_requests_url: Url
    rekognition_tps: Positive
    video_slots: Positive = 20
    video_start_tps: Positive = 5
    video_results_tps: Positive = 5
    sweep_interval_s: Positive = 300
    video_again_after_s: Positive = 86_400
    review_backend: BackendName
    flow_definitions: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
