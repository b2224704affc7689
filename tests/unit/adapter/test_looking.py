"""Images are known by their bytes, and the base model is asked once for each, and never again for what was paid."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.adapter.looking import Answer, Kept, unasked, with_content, with_predictions
from cli.adapter.manifest import Image, SetProblems
from shared.contracts.messages import Finding, MediaRef
from shared.detection import Detection, LoopRequest
from shared.errors import GavelError, Permanent, Transient
from shared.limiter import RateLimiter
from tests.fakes.membership import MemoryMembership
from tests.fakes.policy_bucket import MemoryS3


def image(key: str, *, content: str | None = None, predicted: dict[str, float] | None = None) -> Image:
    return Image(bucket="photos", key=key, labels=frozenset(), content=content, predicted=predicted)


def bucket(**objects: bytes) -> MemoryS3:
    s3 = MemoryS3()
    s3.objects = dict(objects)
    return s3


class Seeing:
    """A base model that sees Smoking at 60 everywhere; `fails` are raised first, by key. `versions` is what it answers
    as, one after the other and then as the last."""

    def __init__(self, fails: dict[str, list[GavelError]] | None = None, versions: tuple[str, ...] = ("7.0",)) -> None:
        self.asked: list[str] = []
        self._fails = fails or {}
        self._versions = versions

    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        assert (min_confidence, adapter, loop) == (5.0, None, None)
        self.asked.append(image.key)
        if waiting := self._fails.get(image.key):
            raise waiting.pop(0)
        found = Finding(label="Smoking", parent="", level=3, confidence=60.0)
        version = self._versions[min(len(self.asked), len(self._versions)) - 1]
        return Detection(
            findings=(found,), content_types=(), model_version=version, adapter_used=None, loop=None, raw={}
        )


async def predicted(images: Sequence[Image], kept: Kept, detector: Seeing) -> tuple[Image, ...]:
    limiter = RateLimiter(1000, member="m", membership=MemoryMembership(), operation="DetectModerationLabels")
    async with limiter:
        return await with_predictions(images, kept, detector, limiter, lambda: None)


async def test_etags_tell_the_same_bytes_where_they_are_digests() -> None:
    s3 = bucket(a=b"one", b=b"one", c=b"two")
    a, b, c = await with_content([image("a"), image("b"), image("c")], s3)
    assert a.content == b.content != c.content
    assert s3.requests == []


async def test_where_an_etag_says_nothing_everything_is_read() -> None:
    s3 = bucket(a=b"one", b=b"one", c=b"two")
    s3.digestless = {"b"}
    a, b, c = await with_content([image("a"), image("b"), image("c")], s3)
    assert a.content == b.content != c.content
    assert sorted(s3.requests) == ["a", "b", "c"]


async def test_digests_of_the_manifest_count_where_every_line_has_one() -> None:
    s3 = bucket(a=b"one", b=b"two")
    known = [image("a", content="x"), image("b", content="x")]
    assert list(await with_content(known, s3)) == known
    mixed = await with_content([image("a", content="x"), image("b")], s3)
    assert mixed[0].content != "x"


async def test_images_that_are_not_there_or_too_large_are_told_together() -> None:
    s3 = bucket(a=b"one", empty=b"", large=b"x" * (15 * 1024 * 1024 + 1))
    with pytest.raises(SetProblems) as caught:
        await with_content([image("a"), image("gone"), image("empty"), image("large")], s3)
    assert caught.value.problems == (
        "s3://photos/gone: there is no such image",
        "s3://photos/empty: has 0 bytes; Rekognition takes 15,728,640",
        "s3://photos/large: has 15,728,641 bytes; Rekognition takes 15,728,640",
    )


async def test_the_base_model_is_asked_once_for_the_same_bytes_and_not_where_the_answer_is_known(
    tmp_path: Path,
) -> None:
    detector, path = Seeing(), tmp_path / "kept" / "predictions.jsonl"
    images = [
        image("a", content="1"),
        image("b", content="1"),
        image("c", content="2"),
        image("d", content="3", predicted={}),
    ]
    assert len(unasked(images, Kept(path))) == 2
    found = await predicted(images, Kept(path), detector)
    assert [one.predicted for one in found] == [{"Smoking": 60.0}] * 3 + [{}]
    assert len(detector.asked) == 2
    with path.open("a") as file:
        file.write('{"content": "cut o')
    assert await predicted(images, Kept(path), detector) == found
    assert len(detector.asked) == 2


async def test_what_an_older_base_model_saw_counts_no_more_once_a_newer_one_has_answered(tmp_path: Path) -> None:
    path, detector = tmp_path / "p.jsonl", Seeing(versions=("7.0", "7.0", "10.1"))
    images = [image(key, content=key) for key in "abc"]
    await predicted(images[:2], Kept(path), detector)
    # Two images more would be paid for than were spoken of.
    with pytest.raises(Permanent, match="base-model-changed"):
        await predicted(images, Kept(path), detector)
    assert sorted(detector.asked) == ["a", "b", "c"]
    assert [one.key for one in unasked(images, Kept(path))] == ["a", "b"]
    await predicted(images, Kept(path), detector)
    assert sorted(detector.asked) == ["a", "a", "b", "b", "c"]
    assert unasked(images, Kept(path)) == ()


async def test_answers_that_do_not_say_whose_they_are_count_until_one_does(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"content": "a", "labels": {}}\n')
    assert image("a", content="a") in Kept(path)
    Kept(path).add(image("b", content="b"), Answer(model_version="7.0", labels={}))
    assert image("a", content="a") not in Kept(path)


async def test_throttles_are_waited_out_and_refused_images_told(tmp_path: Path) -> None:
    detector = Seeing({"a": [Transient("rekognition-throttled")] * 9, "b": [Permanent("image-format-refused")]})
    kept = Kept(tmp_path / "p.jsonl")
    with pytest.raises(SetProblems) as caught:
        await predicted([image("a", content="1"), image("b", content="2")], kept, detector)
    assert caught.value.problems == ("s3://photos/b: image-format-refused",)
    assert detector.asked.count("a") == 10
    assert image("a", content="1") in kept


async def test_without_the_right_to_ask_nothing_is_tried_again(tmp_path: Path) -> None:
    detector = Seeing({"a": [Transient("rekognition-access-denied")]})
    with pytest.raises(Transient):
        await predicted([image("a", content="1")], Kept(tmp_path / "p.jsonl"), detector)
    assert detector.asked == ["a"]
