"""`make preview`, `make up`, `make down`: Pulumi's own commands, once everything that they need has been seen."""

from collections.abc import Callable
from typing import Final

from infra.config import StackConfig
from infra.deploy.ports import Cloud, Machine, Refused

INSTALL: Final = "https://www.pulumi.com/docs/install/"

Say = Callable[[str], None]


def preview(config: StackConfig, machine: Machine, cloud: Cloud, *, is_sure: bool, say: Say) -> None:
    _ready(config, machine, cloud)
    machine.run("pulumi", "preview", "--diff", "--stack", config.stack)


def up(config: StackConfig, machine: Machine, cloud: Cloud, *, is_sure: bool, say: Say) -> None:
    """The first time there is no image yet, and no registry to push one to: everything but the services is made."""
    _ready(config, machine, cloud)
    if not config.has_image:
        say("There is no image yet, so this makes the registry and everything else but the services.")
    machine.run("pulumi", "up", "--stack", config.stack, *_yes(is_sure))
    if not config.has_image:
        say(f"Next: make image ENV={config.stack}, and make up ENV={config.stack} once more.")


def down(config: StackConfig, machine: Machine, cloud: Cloud, *, is_sure: bool, say: Say) -> None:
    if config.protected:
        raise Refused(
            f"{config.stack} is protected: set gavel:protected to false in infra/Pulumi.{config.stack}.yaml and "
            f"make up ENV={config.stack} first. With it go ledger, evidence and media, for good."
        )
    _ready(config, machine, cloud)
    machine.run("pulumi", "destroy", "--stack", config.stack, *_yes(is_sure))


def _yes(is_sure: bool) -> list[str]:
    return ["--yes"] if is_sure else []


def _ready(config: StackConfig, machine: Machine, cloud: Cloud) -> None:
    if not machine.has("pulumi"):
        raise Refused(f"the Pulumi CLI isn't installed: {INSTALL}")
    if not machine.succeeds("pulumi", "whoami", "--non-interactive"):
        raise Refused(
            "Pulumi doesn't know where to keep its state: `pulumi login` (Pulumi Cloud), "
            "`pulumi login s3://<bucket>` or `pulumi login --local`"
        )
    own_account(config, cloud)
    machine.run("pulumi", "stack", "select", "--create", config.stack)


def own_account(config: StackConfig, cloud: Cloud) -> None:
    """A stack goes into no account but its own, whatever credentials are around. Raises Refused."""
    account = cloud.account()
    if config.account_id and account != config.account_id:
        raise Refused(f"{config.stack} belongs into account {config.account_id}, and the credentials are of {account}")
