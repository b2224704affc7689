"""All findings of a video, packed for S3 and read again."""

import gzip
from itertools import permutations

import pytest

from shared.contracts.frames import FrameFinding, pack, strongest, unpack
from shared.contracts.messages import ContentType, Finding
from shared.errors import Permanent


def finding(label: str, at_ms: int, confidence: float, *content_types: ContentType) -> FrameFinding:
    found = Finding(label=label, parent="Violence", level=2, confidence=confidence, timestamp_ms=at_ms)
    return FrameFinding(finding=found, content_types=content_types)


ANIMATED = ContentType(name="Animated", confidence=97.5)
FOUND = [
    finding("Weapons", 0, 71.25, ANIMATED),
    finding("Graphic Violence", 500, 88.1),
    finding("Weapons", 500, 93.0, ANIMATED),
    finding("Weapons", 1000, 93.0),
]


def test_what_was_packed_comes_back_in_order_of_time() -> None:
    assert list(unpack(pack(reversed(FOUND)))) == FOUND


def test_the_same_findings_in_any_order_are_the_same_object() -> None:
    assert {pack(order) for order in permutations(FOUND)} == {pack(FOUND)}


def test_a_video_without_findings_is_an_object_too() -> None:
    assert list(unpack(pack([]))) == []


def test_of_each_label_the_strongest_is_told_with_its_first_time() -> None:
    assert [(each.label, each.timestamp_ms) for each in strongest(reversed(FOUND))] == [
        ("Weapons", 500),
        ("Graphic Violence", 500),
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"no gzip", id="not gzip"),
        pytest.param(gzip.compress(b'{"labels": 3}'), id="another shape"),
        pytest.param(pack(FOUND)[:-12], id="cut off"),
        pytest.param(gzip.compress(b'{"labels":[],"content_types":[[]],"findings":[[0,0,1.0,0]]}'), id="no such label"),
        pytest.param(
            gzip.compress(b'{"labels":[["A","",1]],"content_types":[[]],"findings":[[0,0,1.0,-1]]}'), id="no such types"
        ),
    ],
)
def test_what_is_not_the_findings_of_a_video_is_refused_before_the_first_one(body: bytes) -> None:
    with pytest.raises(Permanent, match="frames-unreadable"):
        unpack(body)
