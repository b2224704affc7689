"""Finds a deployed stack: its outputs come from SSM, where the infrastructure program put them."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import open_clients
from shared.aws.golden import DynamoGolden
from shared.aws.ledger import DynamoLedger
from shared.contracts.words import BackendName

ROOT = Path(__file__).parent.parent
LOCAL_STATE = ROOT / ".gavel" / "local.json"


class ConnectionProblem(Exception):
    """The stack can't be used; the text says why and what to do."""


class LocalState(msgspec.Struct, frozen=True):
    """What the local stack leaves in `.gavel/local.json` while it is up."""

    endpoint: str
    region: str
    stack: str
    log_dir: str


class A2iFlow(msgspec.Struct, frozen=True):
    flow_definition: str


class DeskFlow(msgspec.Struct, frozen=True):
    """`flow` stands in the place of a flow definition's ARN, `group` is whose members are asked."""

    table: str
    flow: str
    group: str


class DatasetReview(msgspec.Struct, frozen=True):
    """Where people answer about images of datasets: `backend` unless another is asked for."""

    backend: BackendName
    a2i: A2iFlow | None = None
    desk: DeskFlow | None = None


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line needs of the infrastructure program's outputs."""

    region: str
    ledger_table: str
    media_bucket: str
    evidence_bucket: str
    policy_bucket: str
    queues: dict[str, str]
    dead_letters: dict[str, str]
    topics: dict[str, str]
    flow_definitions: dict[str, dict[str, str]] = {}
    user_pool_id: str = ""
    reviewers_group: str = ""
    desk_table: str = ""
    desk_url: str = ""
    verified_table: str = ""
    work_bucket: str = ""
    rekognition_tps: float = 0.0
    bulk_backend: str = "fan-out"
    dataset_review: DatasetReview | None = None
    api_url: str = ""
    api_token_url: str = ""
    api_user_pool_id: str = ""
    api_clients: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    outputs: Outputs
    ledger: DynamoLedger
    golden: DynamoGolden
    s3: Any
    sqs: Any
    dynamodb: Any


def local_state() -> LocalState | None:
    try:
        return msgspec.json.decode(LOCAL_STATE.read_bytes(), type=LocalState)
    except (OSError, msgspec.DecodeError):
        return None


def point_to_local(state: LocalState) -> None:
    """Aim every AWS client of this process at the local stack."""
    os.environ.update(
        AWS_ENDPOINT_URL=state.endpoint,
        AWS_REGION=state.region,
        AWS_DEFAULT_REGION=state.region,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106  the emulator checks no signature
    )
    os.environ.pop("AWS_PROFILE", None)
    os.environ.pop("AWS_SESSION_TOKEN", None)


@asynccontextmanager
async def connect(stack: str) -> AsyncIterator[Connection]:
    """Clients and ledger of one stack. Raises ConnectionProblem when it isn't there."""
    if stack == "local" and "AWS_ENDPOINT_URL" not in os.environ:
        state = local_state()
        if state is None:
            raise ConnectionProblem(
                "no local stack is up here: start one with `make local` (or name another: --stack dev)"
            )
        point_to_local(state)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConnectionProblem("which region? set AWS_REGION to the one that the stack is in")
    async with open_clients("ssm", "s3", "sqs", "dynamodb", region=region) as clients:
        outputs = await _outputs(clients["ssm"], stack)
        yield Connection(
            outputs=outputs,
            ledger=DynamoLedger(clients["dynamodb"], outputs.ledger_table),
            golden=DynamoGolden(clients["dynamodb"], outputs.ledger_table),
            s3=clients["s3"],
            sqs=clients["sqs"],
            dynamodb=clients["dynamodb"],
        )


async def _outputs(ssm: Any, stack: str) -> Outputs:
    name = f"/gavel/{stack}/outputs"
    try:
        answer = await ssm.get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ConnectionProblem(f"no stack {stack!r}: reading SSM parameter {name} gave {code}") from error
    except BotoCoreError as error:
        raise ConnectionProblem(f"can't reach AWS for stack {stack!r}: {type(error).__name__}") from error
    return msgspec.convert(json.loads(answer["Parameter"]["Value"]), Outputs)
