"""Reads a service's settings out of the environment, all of them at once, so that a deployment is corrected once.

A settings class is a frozen struct; each field is one variable, named by `variable`. What a value must look like is
the field's type: texts and numbers as they are, tables and lists as JSON.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec.inspect import (
    BoolType,
    EnumType,
    FloatType,
    IntType,
    LiteralType,
    NoneType,
    StrType,
    Type,
    UnionType,
    type_info,
)

T = TypeVar("T", bound=msgspec.Struct)

FOREIGN_NAMES: Final = {
    "region": "AWS_REGION",
    "aws_endpoint": "AWS_ENDPOINT_URL",
    "otlp_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT",
}
"""Fields whose variable isn't ours to name: every AWS and OpenTelemetry SDK reads the same ones."""

Url = Annotated[str, msgspec.Meta(pattern="^https?://[^ ]+$")]
Arn = Annotated[str, msgspec.Meta(pattern="^arn:[^ ]+$")]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class SettingsError(Exception):
    """The environment doesn't fit; `problems` names every variable that is missing or wrong, never its value."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(("the environment doesn't fit:", *problems)))
        self.problems = problems


def variable(field: str) -> str:
    """The name of the variable that a field is read from: `ledger_table` is GAVEL_LEDGER_TABLE."""
    return FOREIGN_NAMES.get(field, f"GAVEL_{field.upper()}")


class TaskSettings(msgspec.Struct, frozen=True, kw_only=True, rename=variable):
    """What every task is told, whatever it does. `stop_timeout_s` is what ECS leaves between SIGTERM and SIGKILL;
    `liveness_file` is what the task touches while it lives, where somebody looks at it."""

    stack: str
    region: str
    stop_timeout_s: Positive = 60
    liveness_file: str | None = None
    otlp_endpoint: Url | None = None
    trace_ratio: Ratio = 1.0


class ServiceSettings(TaskSettings, frozen=True, kw_only=True):
    """What every service of the pipeline is told. `visibility_s` is for how long a message is hidden that a task holds,
    extended while it does: what a crash costs in time. `alerts_singly` and `console_url` are as `shared.alerts` has
    them."""

    ledger_table: str
    evidence_bucket: str
    policy_bucket: str
    alerts_topic_arn: Arn
    alerts_singly: Positive = 5
    console_url: Url | None = None
    concurrency: Positive = 32
    visibility_s: Positive = 60


def variables(settings: type[msgspec.Struct]) -> frozenset[str]:
    """The names of all variables that these settings are read from."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(settings))


def read(environ: Mapping[str, str], settings: type[T]) -> T:
    """The settings, each value of its field's type; an empty variable counts as missing.

    Raises SettingsError, which the service can't mend: it ends with the text.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(settings):
        text = environ.get(field.encode_name, "").strip()
        if not text:
            if field.required:
                problems.append(f"{field.encode_name} is missing")
            continue
        try:
            values[field.name] = _value(text, field.type)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            problems.append(f"{field.encode_name}: {error}")
    if problems:
        raise SettingsError(tuple(problems))
    return settings(**values)


def _value(text: str, type_: Any) -> Any:
    return (
        msgspec.convert(text, type_, strict=False)
        if _is_scalar(type_info(type_))
        else msgspec.json.decode(text, type=type_)
    )


def _is_scalar(type_: Type) -> bool:
    if isinstance(type_, UnionType):
        return all(_is_scalar(each) for each in type_.types)
    return isinstance(type_, BoolType | EnumType | FloatType | IntType | LiteralType | NoneType | StrType)
