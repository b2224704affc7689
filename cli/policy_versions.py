"""Policies as the command line names them: files, and deployed versions."""

from pathlib import Path

from cli.connection import Connection
from cli.items import policies
from shared.aws.policy_history import S3PolicyHistory
from shared.contracts.messages import PolicyRef
from shared.policy.history import NoSuchPolicy
from shared.policy.load import load
from shared.policy.model import Policy


def history(connection: Connection) -> S3PolicyHistory:
    return S3PolicyHistory(connection.s3, connection.outputs.policy_bucket)


async def named(connection: Connection, name: str) -> Policy:
    """A file, `<name>@<version>`, or `<name>` for the version in force. Raises PolicyError, NoSuchPolicy, Transient."""
    if (text := _text(name)) is not None:
        return load(text, origin=name)
    policy, _, version = name.partition("@")
    known = await history(connection).versions(policy)
    if not version:
        version = next((each.version for each in known if each.is_current), "")
        if not version:
            raise NoSuchPolicy(f"no version of policy {policy} is in force")
    if version not in {each.version for each in known}:
        raise NoSuchPolicy(f"policy {policy} was never deployed at {version}; `gavel policy history {policy}` lists")
    return await policies(connection).at(PolicyRef(name=policy, version=version))


def _text(name: str) -> str | None:
    file = Path(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None
