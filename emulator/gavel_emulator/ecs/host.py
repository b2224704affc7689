"""Where tasks run: this machine, as far as a task may see of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localstack import config
from localstack.constants import DEFAULT_AWS_ACCOUNT_ID

_INHERITED = ("PATH", "HOME", "LANG", "TZ")
"""All that a task sees of the emulator's own environment: enough to find programs and a home folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHost:
    """`programs`: a folder searched before PATH. `folder`: where tasks work. `logs`: where their output is kept."""

    programs: Path | None
    folder: Path
    logs: Path
    endpoint: str

    def environment(self, *, account_id: str, region: str, task_id: str) -> dict[str, str]:
        """What every task gets; its definition's variables come on top."""
        own = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        if self.programs:
            own["PATH"] = os.pathsep.join(part for part in (str(self.programs), own.get("PATH")) if part)
        return own | {
            "AWS_ENDPOINT_URL": self.endpoint,
            # LocalStack reads the account from the key: twelve digits are an account, anything else is the default one.
            "AWS_ACCESS_KEY_ID": "test" if account_id == DEFAULT_AWS_ACCOUNT_ID else account_id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "GAVEL_TASK_ID": task_id,
        }


def from_environment(environment: Mapping[str, str]) -> TaskHost:
    """GAVEL_TASK_PATH, GAVEL_TASK_CWD (else the current folder), GAVEL_TASK_LOGS (else LocalStack's temporary one)."""
    programs = environment.get("GAVEL_TASK_PATH")
    return TaskHost(
        programs=Path(programs) if programs else None,
        folder=Path(environment.get("GAVEL_TASK_CWD") or Path.cwd()),
        logs=Path(environment.get("GAVEL_TASK_LOGS") or Path(config.dirs.tmp) / "tasks"),
        endpoint=config.external_service_url(),
    )
