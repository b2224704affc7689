"""The desk's settings: the only reader of its environment."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from shared.settings import Positive, TaskSettings, Url, read, variables

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Settings(TaskSettings, frozen=True, kw_only=True):
    """`desk_url` is where browsers find the desk; `desk_host` and `desk_port` are where it listens.

    `desk_groups` are the groups of the user pool whose members may sign in. `desk_shown` are the places whose objects
    a page may show, as `bucket/prefix`. `desk_serves_a2i`: the emulator is there, whose A2I has no worker portal.
    A reminder to pause comes after `desk_break_after` items without a pause of `desk_break_s`.
    """

    desk_url: Url
    desk_host: str = "0.0.0.0"  # noqa: S104  a task has its own network interface, behind its security group
    desk_port: Port = 8080
    desk_table: str
    verified_table: str
    desk_groups: tuple[str, ...]
    desk_shown: tuple[str, ...]
    desk_serves_a2i: bool = False
    desk_break_after: Positive = 40
    desk_break_s: Positive = 600
    evidence_bucket: str
    user_pool_id: str
    user_pool_client_id: str
    aws_endpoint: Url | None = None


ENVIRONMENT: Final = variables(Settings)


def load(environ: Mapping[str, str]) -> Settings:
    return read(environ, Settings)
