"""`python -m infra.deploy preview|up|down|image <stack>`: what the make targets of these names run."""

import argparse
import base64
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy import stack
from infra.deploy.image import image
from infra.deploy.ports import Login, Refused
from infra.deploy.stack_files import configuration, set_image_tag

ROOT: Final = Path(__file__).parents[2]
CREDENTIALS: Final = "https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-authentication.html"
STACK_COMMANDS: Final = {"preview": stack.preview, "up": stack.up, "down": stack.down}


class ThisMachine:
    def has(self, tool: str) -> bool:
        return shutil.which(tool) is not None

    def output(self, *command: str) -> str:
        try:
            done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            told = getattr(error, "stderr", None) or str(error)
            raise Refused(f"{' '.join(command)}: {told.strip()}") from error
        return done.stdout

    def succeeds(self, *command: str) -> bool:
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 0  # noqa: S603

    def run(self, *command: str, given: str | None = None) -> None:
        done = subprocess.run(command, cwd=ROOT, check=False, input=given, text=True)  # noqa: S603
        if done.returncode:
            raise Refused(f"{' '.join(command)} ended with status {done.returncode}")


class Aws:
    def __init__(self, region: str) -> None:
        self._region = region

    @cached_property
    def _ecr(self) -> Any:
        return boto3.Session(region_name=self._region).client("ecr")

    def account(self) -> str:
        sts = boto3.Session(region_name=self._region).client("sts")
        return str(_asked(sts.get_caller_identity)["Account"])

    def registry(self, repository: str) -> str | None:
        which = {"repositoryNames": [repository]}
        found = _asked(self._ecr.describe_repositories, missing="RepositoryNotFoundException", **which)
        return str(found["repositories"][0]["repositoryUri"]) if found else None

    def has_image(self, repository: str, tag: str) -> bool:
        which = {"repositoryName": repository, "imageIds": [{"imageTag": tag}]}
        return _asked(self._ecr.describe_images, missing="ImageNotFoundException", **which) is not None

    def login(self) -> Login:
        (granted,) = _asked(self._ecr.get_authorization_token)["authorizationData"]
        user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
        return Login(user=user, password=password, host=granted["proxyEndpoint"].removeprefix("https://"))


def _asked(call: Callable[..., Any], *, missing: str = "", **request: Any) -> Any:
    """The answer, or None when it is this error."""
    try:
        return call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] == missing:
            return None
        raise Refused(f"AWS refuses: {error}") from error
    except BotoCoreError as error:
        raise Refused(f"AWS can't be asked ({error}): {CREDENTIALS}") from error


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra.deploy", description=__doc__)
    parser.add_argument("command", choices=[*STACK_COMMANDS, "image"])
    parser.add_argument("stack", nargs="?", default="")
    parser.add_argument("--yes", action="store_true", help="don't let Pulumi ask")
    chosen = parser.parse_args(arguments)
    try:
        config = configuration(chosen.stack)
        machine, cloud = ThisMachine(), Aws(config.region)
        if chosen.command == "image":
            image(config, machine, cloud, say=_say, set_tag=set_image_tag)
        else:
            STACK_COMMANDS[chosen.command](config, machine, cloud, is_sure=chosen.yes, say=_say)
    except Refused as reason:
        print(reason, file=sys.stderr)  # noqa: T201  a command's last word
        return 1
    return 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  a command tells what it does


if __name__ == "__main__":
    sys.exit(main())
