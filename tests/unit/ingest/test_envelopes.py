import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.envelopes import MAX_BODY_BYTES, Sighting, read
from shared.contracts.messages import MediaRef
from shared.contracts.words import Lane
from shared.errors import ContractError
from tests.unit.ingest.world import cloudevent, eventbridge_event, s3_event, s3_record, sns_wrapped

REF = MediaRef(bucket="photos", key="holiday 1+2/Grüße.jpg", version_id="v1")
SUBMITTED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "s",
    "type": "gavel.media.submitted.v1",
    "data": {"media": {"bucket": "photos", "key": "a.jpg"}},
}


def s3_event_of(ref: MediaRef) -> str:
    return json.dumps({"Records": [s3_record(ref, encoded_key=quote_plus(ref.key))]})


ENVELOPES: dict[str, Callable[[MediaRef], str]] = {
    "cloudevent": cloudevent,
    "s3": s3_event_of,
    "eventbridge": eventbridge_event,
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_all_envelopes_say_the_same(name: str) -> None:
    assert read(ENVELOPES[name](REF)).sightings == (Sighting(media=REF, envelope=name),)


@pytest.mark.parametrize("name", ENVELOPES)
def test_sns_around_an_envelope_changes_nothing_but_its_name(name: str) -> None:
    assert read(sns_wrapped(ENVELOPES[name](REF))).sightings == (Sighting(media=REF, envelope=f"sns+{name}"),)


@given(key=st.text(min_size=1, max_size=200).filter(lambda key: key.isprintable()))
def test_every_key_survives_the_form_encoding_of_notifications(key: str) -> None:
    ref = MediaRef(bucket="photos", key=key)
    assert read(s3_event_of(ref)).sightings[0].media == ref


def test_a_cloudevent_may_name_tenant_external_id_and_lane() -> None:
    [sighting] = read(cloudevent(REF, tenant="shop", external_id="order 7", lane="backfill")).sightings
    assert (sighting.tenant, sighting.external_id, sighting.lane) == ("shop", "order 7", Lane.BACKFILL)


def test_keys_in_eventbridge_events_are_taken_as_they_are() -> None:
    ref = MediaRef(bucket="photos", key="a+b%20c.jpg")
    assert read(eventbridge_event(ref)).sightings[0].media.key == "a+b%20c.jpg"


def test_the_null_version_pins_nothing() -> None:
    ref = MediaRef(bucket="photos", key="a.jpg", version_id="null")
    for envelope in ENVELOPES.values():
        assert read(envelope(ref)).sightings[0].media.version_id is None


def test_newer_minor_versions_of_notifications_are_read() -> None:
    record = s3_record(MediaRef(bucket="photos", key="a.jpg")) | {"eventVersion": "2.6", "newField": {"a": [1]}}
    assert len(read(json.dumps({"Records": [record]})).sightings) == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_test_event_of_s3_says_nothing_and_is_no_problem(wrapped: bool) -> None:
    body = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos", "RequestId": "1"})
    reading = read(sns_wrapped(body) if wrapped else body)
    assert (reading.sightings, reading.problems) == ((), ())


def test_folder_markers_are_passed_over() -> None:
    marker = MediaRef(bucket="photos", key="2026/")
    assert read(json.dumps({"Records": [s3_record(marker, size=0)]})).sightings == ()
    assert read(eventbridge_event(marker, size=0)).sightings == ()


def test_an_object_with_bytes_under_a_folders_name_is_media() -> None:
    assert (
        len(read(json.dumps({"Records": [s3_record(MediaRef(bucket="photos", key="2026/"), size=9)]})).sightings) == 1
    )


def test_good_records_are_told_apart_from_bad_ones() -> None:
    good = MediaRef(bucket="photos", key="a.jpg", version_id="v1")
    removed = s3_record(good) | {"eventName": "ObjectRemoved:Delete"}
    reading = read(json.dumps({"Records": [s3_record(good), removed, 7, s3_record(good)]}))
    assert [sighting.media for sighting in reading.sightings] == [good, good]
    assert [problem.code for problem in reading.problems] == ["unwanted-s3-event", "bad-s3-event"]


def changed(**fields: Any) -> str:
    return json.dumps(SUBMITTED | fields)


def media(**fields: Any) -> str:
    return changed(data={"media": {"bucket": "photos", "key": "a.jpg"} | fields})


def record(**fields: Any) -> str:
    return json.dumps({"Records": [s3_record(MediaRef(bucket="photos", key="a.jpg")) | fields]})


BAD = {
    "nothing": ("", "not-json"),
    "words": ("oops", "not-json"),
    "half an object": ('{"specversion": "1.0"', "not-json"),
    "two objects": ("{}{}", "not-json"),
    "not unicode": ('"\ud800"', "not-json"),
    "deep nesting": ("[" * 50_000, "not-json"),
    "deep nesting inside": ('{"a":' * 20_000, "not-json"),
    "a number": ("7", "not-an-object"),
    "a list": ("[]", "not-an-object"),
    "null": ("null", "not-an-object"),
    "an empty object": ("{}", "unknown-envelope"),
    "something else": ('{"hello": "world"}', "unknown-envelope"),
    "1 MiB": (json.dumps({"specversion": "x" * 1_048_000}), "body-too-large"),
    "just too large": ('"' + "x" * (MAX_BODY_BYTES - 1) + '"', "body-too-large"),
    "another event type": (changed(type="gavel.media.deleted.v1"), "unknown-event-type"),
    "another version of the type": (changed(type="gavel.media.submitted.v2"), "unknown-event-type"),
    "another version of CloudEvents": (changed(specversion="0.3"), "unknown-specversion"),
    "an id that is a number": (changed(id=7), "not-a-cloudevent"),
    "no type": (json.dumps({key: value for key, value in SUBMITTED.items() if key != "type"}), "not-a-cloudevent"),
    "a time that is none": (changed(time="yesterday"), "not-a-cloudevent"),
    "no data": (json.dumps({key: value for key, value in SUBMITTED.items() if key != "data"}), "bad-event-data"),
    "data of the wrong type": (changed(data="s3://photos/a.jpg"), "bad-event-data"),
    "no media": (changed(data={}), "bad-event-data"),
    "no key": (changed(data={"media": {"bucket": "photos"}}), "bad-event-data"),
    "a key that is a number": (media(key=7), "bad-event-data"),
    "an unknown lane": (changed(data=SUBMITTED["data"] | {"lane": "express"}), "bad-event-data"),
    "an empty tenant": (changed(data=SUBMITTED["data"] | {"tenant": ""}), "bad-tenant"),
    "a long tenant": (changed(data=SUBMITTED["data"] | {"tenant": "t" * 129}), "bad-tenant"),
    "a long external id": (
        changed(data=SUBMITTED["data"] | {"external_id": "e" * 257}),
        "bad-external-id",
    ),
    "an empty key": (media(key=""), "bad-key"),
    "a long key": (media(key="ü" * 513), "bad-key"),
    "an empty version": (media(version_id=""), "bad-version"),
    "a long version": (media(version_id="v" * 1025), "bad-version"),
    "an address for a bucket": (media(bucket="https://example.org/photos"), "bad-bucket"),
    "no records": ('{"Records": []}', "bad-s3-event"),
    "records of the wrong type": ('{"Records": {"s3": {}}}', "bad-s3-event"),
    "an empty record": ('{"Records": [{}]}', "bad-s3-event"),
    "another service's record": (record(eventSource="aws:dynamodb"), "unknown-s3-event-version"),
    "another major version": (record(eventVersion="3.0"), "unknown-s3-event-version"),
    "a removal": (record(eventName="ObjectRemoved:Delete"), "unwanted-s3-event"),
    "a key that isn't UTF-8": (
        json.dumps({"Records": [s3_record(REF, encoded_key="%FF%FE.jpg")]}),
        "bad-key",
    ),
    "another event of S3": (
        json.dumps({"detail-type": "Object Deleted", "source": "aws.s3", "detail": {}}),
        "unknown-eventbridge-event",
    ),
    "an event of another service": (
        json.dumps({"detail-type": "Object Created", "source": "aws.ec2", "detail": {}}),
        "unknown-eventbridge-event",
    ),
    "no detail": (json.dumps({"detail-type": "Object Created", "source": "aws.s3"}), "bad-eventbridge-event"),
    "a detail without object": (
        json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": {"bucket": {"name": "photos"}}}),
        "bad-eventbridge-event",
    ),
    "a subscription to confirm": (json.dumps({"Type": "SubscriptionConfirmation", "Token": "t"}), "not-a-notification"),
    "an SNS message of nothing": (json.dumps({"Type": "Notification"}), "bad-sns-envelope"),
    "an SNS type that is a number": (json.dumps({"Type": 1, "Message": "{}"}), "bad-sns-envelope"),
    "words wrapped by SNS": (sns_wrapped("hello"), "not-json"),
    "SNS wrapped by SNS": (sns_wrapped(sns_wrapped(s3_event(REF))), "unknown-envelope"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_its_own_reason(name: str) -> None:
    body, code = BAD[name]
    with pytest.raises(ContractError) as caught:
        read(body)
    assert caught.value.code == code
    assert caught.value.detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["specversion", "type", "data", "id", "source", "Records", "detail-type", "detail", "Type", "Message", "Event"]
)


def never_a_defect(body: str) -> None:
    try:
        reading = read(body)
    except ContractError:
        return
    assert all(isinstance(sighting, Sighting) for sighting in reading.sightings)


@given(st.text() | st.text(alphabet='{}[]":,0123456789tfn\\u ', max_size=60))
def test_no_text_is_a_defect(body: str) -> None:
    never_a_defect(body)


@given(st.binary())
def test_no_bytes_are_a_defect(body: bytes) -> None:
    never_a_defect(body.decode("utf-8", "surrogateescape"))


@given(st.dictionaries(FIELDS, JSON))
def test_no_json_object_with_familiar_names_is_a_defect(outer: dict[str, Any]) -> None:
    never_a_defect(json.dumps(outer))
    never_a_defect(sns_wrapped(json.dumps(outer)))


@given(st.data())
def test_no_field_of_a_good_event_can_be_replaced_to_make_a_defect(data: st.DataObject) -> None:
    good = json.loads(data.draw(st.sampled_from([envelope(REF) for envelope in ENVELOPES.values()])))
    path = data.draw(st.sampled_from(list(paths(good))))
    inner = good
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = data.draw(JSON)
    never_a_defect(json.dumps(good))


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every field of a JSON value."""
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    else:
        return []
    return [way for step, inner in steps for way in ((*so_far, step), *paths(inner, (*so_far, step)))]
