"""Every event type has examples that its reader takes and its schema allows."""

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import schema
from shared.contracts.cloudevents import decode, decode_header, encode, event_id
from shared.contracts.messages import MEDIA_SUBMITTED, PAYLOADS, MediaSubmitted
from shared.errors import ContractError

EXAMPLES = Path(schema.__file__).parent / "examples"
CASES = sorted(EXAMPLES.glob("*/*.json"))


def test_every_event_type_has_examples_and_no_others_do() -> None:
    assert {case.parent.name for case in CASES} == set(PAYLOADS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_an_example_survives_reading_and_writing(case: Path) -> None:
    type_ = case.parent.name
    event = decode(case.read_text(), type_, PAYLOADS[type_])
    again = decode(encode(event), type_, PAYLOADS[type_])
    assert again == event


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_an_example_fits_the_published_schema(case: Path) -> None:
    published = json.loads((schema.FOLDER / f"{case.parent.name}.json").read_text())
    jsonschema.validate(json.loads(case.read_text()), published, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("type_", PAYLOADS)
def test_the_published_schema_is_in_step_with_the_code(type_: str) -> None:
    assert (schema.FOLDER / f"{type_}.json").read_text() == schema.text(type_)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ("[]", "not-a-cloudevent"),
        ('"text"', "not-a-cloudevent"),
        ('{"specversion":"1.0"}', "not-a-cloudevent"),
        ('{"specversion":"0.3","id":"1","source":"s","type":"t"}', "unknown-specversion"),
        ('{"specversion":"1.0","id":"1","source":"s","type":"gavel.media.submitted.v9"}', "unknown-event-type"),
        ('{"specversion":"1.0","id":"1","source":"s","type":"gavel.media.submitted.v1"}', "bad-event-data"),
        (
            '{"specversion":"1.0","id":"1","source":"s","type":"gavel.media.submitted.v1","data":{"media":7}}',
            "bad-event-data",
        ),
    ],
)
def test_what_is_no_such_event_is_refused_with_its_own_code(body: str, code: str) -> None:
    with pytest.raises(ContractError) as caught:
        decode(body, MEDIA_SUBMITTED, MediaSubmitted)
    assert caught.value.code == code
    assert caught.value.detail


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_is_an_event_or_a_contract_error(value: Any) -> None:
    with contextlib.suppress(ContractError):
        decode_header(msgspec.json.encode(value))


def test_the_same_cause_gives_the_same_id_and_another_cause_another() -> None:
    assert event_id("t", "a", "b") == event_id("t", "a", "b")
    assert len({event_id("t", "a", "b"), event_id("t", "ab"), event_id("u", "a", "b")}) == 3
