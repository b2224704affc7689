"""The stacks' configuration files, as far as deploying reads and writes them."""

import re
from pathlib import Path
from typing import Final

from infra.config import LOCAL, NAMESPACE, ConfigError, StackConfig, load, stack_file
from infra.deploy.ports import Refused

FOLDER: Final = Path(__file__).parents[1]
SETTING: Final = f"{NAMESPACE}:image_tag"


def stacks() -> list[str]:
    """Those that go to AWS."""
    names = (file.name.split(".")[1] for file in FOLDER.glob("Pulumi.*.yaml"))
    return sorted(name for name in names if name != LOCAL)


def configuration(stack: str) -> StackConfig:
    """Raises Refused with every problem that the stack's file has."""
    if stack not in stacks():
        raise Refused(f"there is no stack {stack!r}: say ENV={'|'.join(stacks())}, or add infra/Pulumi.<stack>.yaml")
    try:
        return load(stack, stack_file(stack))
    except ConfigError as error:
        raise Refused(str(error)) from error


def with_image_tag(text: str, tag: str) -> str:
    """A stack file's text with this tag, and everything else as it was, comments included. The tag is quoted: digits
    with an `e` among them would be a number to YAML."""
    line = f'  {SETTING}: "{tag}"'
    changed, count = re.subn(rf"^  {re.escape(SETTING)}:.*$", line, text, flags=re.MULTILINE)
    return changed if count else text.rstrip("\n") + f"\n{line}\n"


def set_image_tag(stack: str, tag: str, folder: Path = FOLDER) -> None:
    file = folder / f"Pulumi.{stack}.yaml"
    file.write_text(with_image_tag(file.read_text(encoding="utf-8"), tag), encoding="utf-8")
