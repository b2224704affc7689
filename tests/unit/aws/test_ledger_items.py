from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.attributes import Attribute, from_attribute, instant, size_bytes, to_attribute
from shared.aws.ledger_items import ITEM_LIMIT_BYTES, entry_from, entry_item
from shared.contracts.messages import Evidence, Finding
from shared.errors import Permanent
from shared.ledger.entries import EvidenceFound

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
JSON = st.recursive(
    st.text() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(0, 100),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FINDINGS = st.builds(
    Finding,
    label=st.sampled_from(["Weapons", "Smoking", "Gambling"]),
    parent=st.sampled_from(["", "Violence"]),
    level=st.integers(1, 3),
    confidence=st.floats(0, 100),
    timestamp_ms=st.none() | st.integers(0, 21_600_000),
)


def evidence(findings: list[Finding]) -> EvidenceFound:
    return EvidenceFound(
        at=NOON, evidence=Evidence(detector="d", model_version="7.0", findings=tuple(findings), raw_uri="s3://b/k")
    )


@given(JSON)
def test_a_value_comes_back_exactly(value: object) -> None:
    assert from_attribute(to_attribute(value)) == value


@given(st.lists(FINDINGS))
def test_packed_findings_come_back_exactly_and_in_order(findings: list[Finding]) -> None:
    assert entry_from(entry_item("m", evidence(findings))) == evidence(findings)


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2))
def test_instants_sort_as_times_do(moments: list[datetime]) -> None:
    moments = [moment.replace(year=2026) for moment in moments if (moment.month, moment.day) != (2, 29)]
    assert sorted(map(instant, moments)) == list(map(instant, sorted(moments)))


def test_an_instant_is_utc() -> None:
    assert instant(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-03-10T12:00:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        instant(NOON.replace(tzinfo=None))


def test_the_size_is_counted_as_dynamodb_counts() -> None:
    item: dict[str, Attribute] = {
        "pk": {"S": "é"},  # 2 + 2
        "n": {"N": "92.6"},  # 1 + at most 4
        "b": {"BOOL": True},  # 1 + 1
        "m": {"M": {"x": {"S": "yz"}}},  # 1 + 3 + 1 + (1 + 2)
        "l": {"L": [{"S": "a"}, {"NULL": True}]},  # 1 + 3 + (1 + 1) + (1 + 1)
    }
    assert size_bytes(item) == 4 + 5 + 2 + 8 + 8


def test_sixteen_thousand_findings_fit_and_two_thousand_more_are_refused() -> None:
    rows = [Finding(label="Smoking", parent="", level=3, confidence=92.59999847412109, timestamp_ms=21_000_000)]
    assert size_bytes(entry_item("m", evidence(rows * 16_000))) < ITEM_LIMIT_BYTES
    with pytest.raises(Permanent):
        entry_item("m", evidence(rows * 18_000))
