from enum import StrEnum

import msgspec
import pytest

from shared.settings import Arn, Positive, Ratio, ServiceSettings, SettingsError, Url, read, variable, variables

COMMON = {
    "GAVEL_STACK": "local",
    "AWS_REGION": "us-east-1",
    "GAVEL_LEDGER_TABLE": "gavel-local-ledger",
    "GAVEL_EVIDENCE_BUCKET": "gavel-local-evidence",
    "GAVEL_POLICY_BUCKET": "gavel-local-policies",
    "GAVEL_ALERTS_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:gavel-local-alerts",
}


class Backend(StrEnum):
    A2I = "a2i"
    DESK = "desk"


class Flows(msgspec.Struct, frozen=True):
    custom: Arn
    integrated: Arn | None = None


class Settings(ServiceSettings, frozen=True, kw_only=True):
    requests_url: Url
    backend: Backend = Backend.DESK
    flow_definitions: dict[str, Flows] = msgspec.field(default_factory=dict)
    ratio: Ratio = 0.5
    number: Positive = 1


def test_a_variable_is_named_after_its_field_except_where_the_sdks_name_it() -> None:
    assert variable("ledger_table") == "GAVEL_LEDGER_TABLE"
    assert variable("region") == "AWS_REGION"
    assert {"GAVEL_REQUESTS_URL", "AWS_REGION", "OTEL_EXPORTER_OTLP_ENDPOINT", "GAVEL_CONCURRENCY"} < variables(
        Settings
    )


def test_every_value_has_its_fields_type() -> None:
    settings = read(
        COMMON
        | {
            "GAVEL_REQUESTS_URL": "http://localhost:4566/q",
            "GAVEL_BACKEND": "a2i",
            "GAVEL_CONCURRENCY": " 8 ",
            "GAVEL_RATIO": "0.25",
            "GAVEL_FLOW_DEFINITIONS": '{"standard": {"custom": "arn:aws:x"}}',
            "OTEL_EXPORTER_OTLP_ENDPOINT": "",
            "HOME": "/somewhere",
        },
        Settings,
    )
    assert settings == Settings(
        stack="local",
        region="us-east-1",
        ledger_table="gavel-local-ledger",
        evidence_bucket="gavel-local-evidence",
        policy_bucket="gavel-local-policies",
        alerts_topic_arn="arn:aws:sns:us-east-1:000000000000:gavel-local-alerts",
        requests_url="http://localhost:4566/q",
        backend=Backend.A2I,
        concurrency=8,
        ratio=0.25,
        flow_definitions={"standard": Flows(custom="arn:aws:x")},
    )


def test_every_problem_is_told_at_once_and_no_value_is_repeated() -> None:
    wrong = COMMON | {
        "GAVEL_STACK": "",
        "GAVEL_REQUESTS_URL": "hunter2",
        "GAVEL_BACKEND": "mturk",
        "GAVEL_CONCURRENCY": "many",
        "GAVEL_RATIO": "2",
        "GAVEL_NUMBER": "0",
        "GAVEL_FLOW_DEFINITIONS": "{",
    }
    del wrong["AWS_REGION"]
    with pytest.raises(SettingsError) as caught:
        read(wrong, Settings)
    named = {problem.split(":")[0].split(" ")[0] for problem in caught.value.problems}
    assert named == {
        "GAVEL_STACK",
        "AWS_REGION",
        "GAVEL_REQUESTS_URL",
        "GAVEL_BACKEND",
        "GAVEL_CONCURRENCY",
        "GAVEL_RATIO",
        "GAVEL_NUMBER",
        "GAVEL_FLOW_DEFINITIONS",
    }
    assert "hunter2" not in str(caught.value)
    assert "GAVEL_STACK is missing" in str(caught.value)
