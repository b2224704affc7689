"""The API's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from services.results.console.domain.operators import Grant
from shared.settings import TaskSettings, Url, read, variables

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Settings(TaskSettings, frozen=True, kw_only=True):
    """`api_host` and `api_port` are where it listens. `api_shown` are the places whose objects may be shown, as
    `bucket/prefix`. `queues` are the addresses of the pipeline's queues by their names, for messages that go again, and
    `dead_letter_urls` those of their dead-letter queues.

    The console is in the same task: `console_url` is where browsers find it, `console_groups` which groups of the user
    pool may use it and what for. `desk_table` is the review desk's, where there is one; `trace_url` is where browsers
    find a trace, with `{trace_id}` or `{xray_id}` in it.
    """

    api_host: str = "0.0.0.0"  # noqa: S104  a task has its own network interface, behind its security group
    api_port: Port = 8090
    api_shown: tuple[str, ...]
    ledger_table: str
    evidence_bucket: str
    policy_bucket: str
    media_events_url: Url
    appeals_url: Url
    queues: dict[str, Url]
    dead_letter_urls: dict[str, Url]
    user_pool_id: str
    console_url: Url
    console_table: str
    console_groups: dict[str, Grant]
    console_pool_id: str
    console_client_id: str
    desk_table: str | None = None
    trace_url: Url | None = None
    aws_endpoint: Url | None = None


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
