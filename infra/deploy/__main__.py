"""`python -m infra.deploy preview|up|down|image|tidy <stack>`: what the make targets of these names run."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.deploy import stack
from infra.deploy.aws import Aws, AwsReviews
from infra.deploy.image import image
from infra.deploy.ports import Refused
from infra.deploy.stack_files import configuration, set_image_tag
from infra.deploy.tidy import tidy

ROOT: Final = Path(__file__).parents[2]
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra.deploy", description=__doc__)
    parser.add_argument("command", choices=[*STACK_COMMANDS, "image", "tidy"])
    parser.add_argument("stack", nargs="?", default="")
    parser.add_argument("--yes", action="store_true", help="go on without asking")
    chosen = parser.parse_args(arguments)
    try:
        config = configuration(chosen.stack)
        machine, cloud = ThisMachine(), Aws(config.region)
        if chosen.command == "image":
            image(config, machine, cloud, say=_say, set_tag=set_image_tag)
        elif chosen.command == "tidy":
            tidy(config, cloud, AwsReviews(config.region), is_sure=chosen.yes, say=_say)
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
