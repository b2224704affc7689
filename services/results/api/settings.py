"""The API's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from shared.settings import TaskSettings, Url, read, variables

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Settings(TaskSettings, frozen=True, kw_only=True):
    """`api_host` and `api_port` are where it listens. `api_shown` are the places whose objects may be shown, as
    `bucket/prefix`. `queues` are the addresses of the pipeline's queues by their names, for messages that go again."""

    api_host: str = "0.0.0.0"  # noqa: S104  a task has its own network interface, behind its security group
    api_port: Port = 8090
    api_shown: tuple[str, ...]
    ledger_table: str
    evidence_bucket: str
    policy_bucket: str
    media_events_url: Url
    appeals_url: Url
    queues: dict[str, Url]
    user_pool_id: str
    aws_endpoint: Url | None = None


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
