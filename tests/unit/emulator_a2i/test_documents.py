"""JSON as A2I reads and writes it."""

from datetime import UTC, datetime

import pytest
from gavel_emulator.a2i.documents import camel_cased, instant, read_object, write


@pytest.mark.parametrize("text", ["", "null", "[]", '"text"', "{", '{"a":NaN}', '{"a":-Infinity}', "[" * 100_000])
def test_only_a_json_object_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_object(text)


def test_a_deep_object_is_refused_before_it_can_exhaust_anybody_else() -> None:
    assert read_object('{"a":' * 99 + "{}" + "}" * 99)
    with pytest.raises(ValueError, match="nested deeper"):
        read_object('{"a":' * 101 + "{}" + "}" * 101)


def test_keys_are_written_in_alphabetical_order() -> None:
    assert write({"b": {"z": 1, "a": "ü"}, "a": []}) == '{"a":[],"b":{"a":"\\u00fc","z":1}}'


def test_half_a_surrogate_pair_survives() -> None:
    assert read_object(write(read_object('{"a":"\\ud83d"}'))) == {"a": "\ud83d"}


def test_instants_have_milliseconds() -> None:
    assert instant(datetime(2020, 9, 28, 19, 21, 54, 955_999, tzinfo=UTC)) == "2020-09-28T19:21:54.955Z"
    assert instant(datetime(2020, 9, 28, tzinfo=UTC)) == "2020-09-28T00:00:00.000Z"


def test_only_keys_are_camel_cased_at_every_depth() -> None:
    assert camel_cased({"S3Object": {"Bucket": "B"}, "Labels": [{"Name": "N"}, "Text"]}) == {
        "s3Object": {"bucket": "B"},
        "labels": [{"name": "N"}, "Text"],
    }
