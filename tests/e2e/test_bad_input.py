"""Bad input of every kind ends in quarantine under its own reason, loses nothing, and stops nobody."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cli.local import LocalStack
from shared.contracts.messages import MediaRef
from shared.ledger.entries import Quarantined
from shared.ledger.views import only
from tests import media
from tests.e2e.pictures import mark, unique_jpeg
from tests.e2e.pipeline import Pipeline


@pytest.fixture(autouse=True, scope="module")
def _no_service_restarts_over_any_of_it(stack: LocalStack) -> Iterator[None]:
    before = _restarts(stack)
    yield
    assert _restarts(stack) == before


def _restarts(stack: LocalStack) -> dict[str, int]:
    return {task["service"]: task["restarts"] for task in stack.control("tasks")}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(media.truncated_jpeg, "image-truncated", id="truncated JPEG"),
        pytest.param(media.truncated_png, "image-truncated", id="truncated PNG"),
        pytest.param(media.corrupt_png, "image-unreadable", id="corrupt PNG"),
        pytest.param(media.corrupt_heic, "image-unreadable", id="corrupt HEIC"),
        pytest.param(lambda: b"", "object-empty", id="zero bytes"),
        pytest.param(media.one_pixel_png, "image-too-small", id="one pixel"),
        pytest.param(media.decompression_bomb_png, "image-too-many-pixels", id="decompression bomb"),
        pytest.param(media.svg, "not-media", id="SVG"),
        pytest.param(media.html, "not-media", id="HTML"),
        pytest.param(media.text, "not-media", id="text"),
        pytest.param(media.pdf, "not-media", id="PDF"),
        pytest.param(media.archive, "not-media", id="archive"),
        pytest.param(media.random_bytes, "not-media", id="random bytes"),
        pytest.param(media.mp4, "video-truncated", id="MP4"),
    ],
)
async def test_an_object_that_cannot_be_judged_is_quarantined_with_its_item(
    pipeline: Pipeline, body: Callable[[], bytes], code: str
) -> None:
    item = await pipeline.submit(await pipeline.upload(body()))
    entry = await pipeline.quarantined(item)
    assert entry.code == code
    assert entry.detail
    assert item not in pipeline.verdicts.by_media


async def test_a_png_named_jpg_is_judged_by_what_it_is(pipeline: Pipeline) -> None:
    item = await pipeline.submit(await pipeline.upload(media.png(seed=7_001), name="photo.jpg"))
    assert (await pipeline.verdict(item)).data.verdict == "approve"


async def test_a_picture_of_twenty_thousand_pixels_is_shrunk_and_judged(pipeline: Pipeline) -> None:
    item = await pipeline.submit(await pipeline.upload(media.wide_jpeg(20_000, 100)))
    entry = await pipeline.verdict(item)
    assert entry.data.verdict == "approve"


@dataclass(frozen=True)
class Bad:
    """A message that is no acceptable event; `{mark}` in it tells it from all others."""

    body: str
    code: str


def _event(**change: Any) -> str:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "tests",
        "type": "gavel.media.submitted.v1",
        "subject": "{mark}",
        "time": "2026-11-21T08:00:00Z",
        "datacontenttype": "application/json",
        "data": {"media": {"bucket": "gavel-local-media", "key": "a.jpg"}},
    }
    return json.dumps({name: value for name, value in {**event, **change}.items() if value is not None})


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(Bad("{mark} isn't JSON", "not-json"), id="not JSON"),
        pytest.param(Bad('["{mark}"]', "not-an-object"), id="a JSON array"),
        pytest.param(Bad('{"hello": "{mark}"}', "unknown-envelope"), id="no envelope at all"),
        pytest.param(Bad(_event(type="gavel.media.submitted.v9"), "unknown-event-type"), id="unknown version"),
        pytest.param(Bad(_event(specversion="0.3"), "unknown-specversion"), id="unknown CloudEvents version"),
        pytest.param(Bad(_event(id=None), "not-a-cloudevent"), id="no id"),
        pytest.param(Bad(_event(data=None), "bad-event-data"), id="no data"),
        pytest.param(Bad(_event(data={"media": "a.jpg"}), "bad-event-data"), id="wrong JSON type"),
        pytest.param(Bad(_event(data={"media": {"bucket": "b"}}), "bad-event-data"), id="no key"),
        pytest.param(
            Bad(_event(data={"media": {"bucket": "b", "key": "k"}, "lane": "fast"}), "bad-event-data"),
            id="no such lane",
        ),
        pytest.param(
            Bad(_event(data={"media": {"bucket": "elsewhere", "key": "k"}}), "bucket-not-allowed"), id="foreign bucket"
        ),
        pytest.param(
            Bad(
                _event(data={"media": {"bucket": "gavel-local-media", "key": "k"}, "tenant": "nobody"}),
                "tenant-unknown",
            ),
            id="unknown tenant",
        ),
        pytest.param(
            Bad(_event(data={"media": {"bucket": "gavel-local-media", "key": "{mark}.jpg"}}), "object-missing"),
            id="no such object",
        ),
    ],
)
async def test_a_message_that_is_no_event_is_quarantined_whole(pipeline: Pipeline, bad: Bad) -> None:
    word = mark()
    body = bad.body.replace("{mark}", word)
    await pipeline.send(body)
    entry = await pipeline.quarantined_message(word)
    assert entry.code == bad.code
    assert entry.detail
    assert await pipeline.kept(entry) == body


async def test_a_body_of_one_mebibyte_is_quarantined_whole(pipeline: Pipeline) -> None:
    word = mark()
    body = f'{{"{word}": "{"x" * (1_048_000)}"}}'
    await pipeline.send(body)
    entry = await pipeline.quarantined_message(word)
    assert await pipeline.kept(entry) == body


async def test_a_deleted_object_is_told_from_one_that_never_was(pipeline: Pipeline) -> None:
    word = mark()
    bucket, key = pipeline.connection.outputs.media_bucket, f"quiet/{word}.jpg"
    place = await pipeline.upload(unique_jpeg(), key=key)
    await pipeline.verdict(pipeline.id_of(place))
    await pipeline.connection.s3.delete_object(Bucket=bucket, Key=key)
    await pipeline.send(pipeline.event(MediaRef(bucket=bucket, key=key)))
    entry = await pipeline.quarantined_message(word)
    assert entry.code in {"object-deleted", "object-missing"}


async def test_a_version_that_does_not_exist_is_named_as_the_reason(pipeline: Pipeline) -> None:
    word = mark()
    place = await pipeline.upload(unique_jpeg(), key=f"quiet/{word}.jpg")
    await pipeline.verdict(pipeline.id_of(place))
    wrong = MediaRef(bucket=place.bucket, key=place.key, version_id="AZno.such.version.of.this.object")
    await pipeline.send(pipeline.event(wrong))
    assert (await pipeline.quarantined_message(word)).code == "version-missing"


async def test_s3s_own_test_event_is_acknowledged(pipeline: Pipeline) -> None:
    word = mark()
    await pipeline.send(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": word}))
    item = await pipeline.submit(await pipeline.upload(unique_jpeg()))
    await pipeline.verdict(item)
    for id_ in await pipeline.in_quarantine():
        record = await pipeline.record(id_)
        entry = only(record, Quarantined) if record else None
        assert entry is not None
        assert word not in await pipeline.kept(entry)
