"""RESULTS' settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Final

from shared.settings import Arn, ServiceSettings, Url, read, variables


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """`dead_letter_urls` maps the name of each queue to the address of its dead-letter queue."""

    outcomes_url: Url
    verdicts_topic_arn: Arn
    dead_letter_urls: dict[str, Url]


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
