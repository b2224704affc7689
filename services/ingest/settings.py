"""INGEST's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Final

from shared.settings import Positive, ServiceSettings, Url, read, variables

MIB: Final = 1024 * 1024


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """The three bounds keep any image from filling the task's memory: `max_image_bytes` of one original,
    `max_decode_bytes` of one decoder, `parallel_decodes` of them at a time. The defaults take what Rekognition takes
    (10,000 × 10,000 px) and what phones make (108 megapixels), and fit into a task of 2 GB."""

    media_events_url: Url
    moderation_requests_url: Url
    moderation_backfill_url: Url
    video_requests_url: Url
    video_backfill_url: Url
    outcomes_url: Url
    work_bucket: str
    max_image_bytes: Positive = 64 * MIB
    max_decode_bytes: Positive = 640 * MIB
    parallel_decodes: Positive = 2


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
