import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Transient
from shared.telemetry.context import about
from shared.telemetry.logs import FRAMES_KEPT, event_logger, outline, to_stdout

CANARY = "canary-4711"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    to_stdout(stream=stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers, root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(stream: io.StringIO) -> None:
    event_logger("shared.test").info("case.opened", round=2, queue="reviews", late=None)
    (line,) = lines(stream)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "case.opened",
        "logger": "shared.test",
        "round": 2,
        "queue": "reviews",
        "late": None,
    }


def test_the_item_in_hand_is_named_unless_the_event_names_another(stream: io.StringIO) -> None:
    log = event_logger("shared.test")
    about("a" * 26)
    log.info("case.opened")
    log.info("case.opened", media_id="b" * 26)
    assert [line["media_id"] for line in lines(stream)] == ["a" * 26, "b" * 26]


def test_a_field_cannot_pose_as_the_head_of_a_line(stream: io.StringIO) -> None:
    event_logger("shared.test").info("case.opened", level="none", logger="nobody")
    (line,) = lines(stream)
    assert (line["level"], line["logger"]) == ("info", "shared.test")


def test_what_is_no_plain_value_is_told_by_its_type(stream: io.StringIO) -> None:
    event_logger("shared.test").info("case.opened", path=Path(CANARY))  # type: ignore[arg-type]
    assert lines(stream)[0]["path"] == "PosixPath"


def test_a_library_is_told_by_place_and_never_by_its_words(stream: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("somebody.else").exception("failed for %s", CANARY)
    (line,) = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line["event"] == "library.logged"
    assert line["place"].startswith("test_logs:")
    assert line["error"][0] == "builtins.ValueError"


def test_libraries_are_only_heard_from_warnings_on(stream: io.StringIO) -> None:
    logging.getLogger("botocore").info("found credentials")
    event_logger("services.test").info("service.started")
    assert [line["event"] for line in lines(stream)] == ["service.started"]


def deep(depth: int) -> None:
    if depth == 0:
        raise Transient("sqs-failed", CANARY)
    deep(depth - 1)


def test_an_outline_has_types_codes_and_places_of_every_cause() -> None:
    try:
        try:
            deep(0)
        except Transient as cause:
            raise KeyError(CANARY) from cause
    except KeyError as error:
        found = outline(error)
    assert [line for line in found if not line.startswith(" ")] == [
        "builtins.KeyError",
        "shared.errors.Transient(sqs-failed)",
    ]
    assert any(line.endswith(" deep") for line in found)
    assert CANARY not in str(found)


def test_an_outline_keeps_the_innermost_places_of_a_deep_stack() -> None:
    try:
        deep(100)
    except Transient as error:
        found = outline(error)
    assert len(found) == 1 + FRAMES_KEPT
    assert found[-1].endswith(" deep")


def test_an_outline_of_errors_that_cause_each_other_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert outline(first) == ["builtins.ValueError", "builtins.ValueError"]


def test_an_aws_error_is_told_with_its_code() -> None:
    class ClientError(Exception):
        response = {"Error": {"Code": "AccessDenied", "Message": CANARY}}  # noqa: RUF012  as botocore's has it

    assert outline(ClientError(CANARY))[0].endswith("ClientError(AccessDenied)")
