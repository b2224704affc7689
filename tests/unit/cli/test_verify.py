"""What `gavel verify` hands to people, and the manifest that it writes of what they said."""

import json
import os
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.bulk.plan import Mode, Plan
from cli.bulk.standing import DONE, PLAN, state_path
from cli.bulk.state import State
from cli.verify import starting
from cli.verify.exporting import unknown_sets, write_manifest
from cli.verify.pinning import Lost, Versions
from cli.verify.source import NoResults, Source, chunks_of, is_unfinished, source_of, written_at
from cli.verify.starting import Chosen, NotBegun, Pin, hand_over, lay_out, split
from shared.aws.verification_parts import SetParts, write_part
from shared.contracts.messages import MediaRef
from shared.errors import Permanent, Transient
from shared.policy.model import BucketPrefix, Tenant, Tenants
from shared.verification.sets import LABELS_LIMIT, PART, Part, VerificationSet
from shared.verification.words import Word
from tests.fakes.aws import MemoryBucket, ScriptedClient, refusal
from tests.fakes.verified import MemoryVerified
from tests.unit.verification.pictures import AT, SET, TENANT, image, word

TENANTS = Tenants(
    tenants=(
        Tenant(name=TENANT, policy="standard", buckets=(BucketPrefix(bucket="media"),)),
        Tenant(name="shop", policy="standard", buckets=(BucketPrefix(bucket="media", prefix="shop/"),)),
    )
)


def line(key: str, *labels: str, bucket: str = "media") -> bytes:
    found = [{"Name": label, "Confidence": 90.0, "ParentName": ""} for label in labels]
    answer = {"ModerationLabels": found, "ModerationModelVersion": "7.0"}
    return json.dumps({"source-ref": f"s3://{bucket}/{key}", "detect-moderation-labels": answer}).encode()


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def unpinned(source: MediaRef) -> MediaRef | Lost:
    return source


async def laid_out(chosen: Chosen, *lines: bytes, pin: Pin = unpinned) -> dict[int, Part]:
    parts: dict[int, Part] = {}

    async def write(number: int, part: Part) -> None:
        parts[number] = part

    await lay_out(split(stream(b"\n".join(lines))), chosen, pin, write)
    return parts


async def test_images_of_the_tenant_are_laid_out_in_the_order_of_the_results() -> None:
    chosen = Chosen(TENANTS, TENANT)
    parts = await laid_out(chosen, line("b.jpg", "Weapons", "Violence"), line("a.jpg"), b"{}", line("shop/c.jpg"))
    assert [each.source.key for each in parts[0].images] == ["b.jpg", "a.jpg"]
    assert chosen.left_out == {"unreadable": 1, "of-another-tenant": 1}
    assert chosen.predicted == {"Weapons": 1, "Violence": 1}


async def test_only_images_with_a_wanted_label_are_taken_where_any_is_named() -> None:
    chosen = Chosen(TENANTS, TENANT, labels=["Weapons"], adapter="arn:adapter")
    parts = await laid_out(chosen, line("a.jpg", "Weapons"), line("b.jpg", "Alcohol"))
    assert [(each.source.key, each.adapter) for each in parts[0].images] == [("a.jpg", "arn:adapter")]
    assert chosen.left_out == {"without-the-label": 1}


async def test_a_large_set_is_in_several_parts() -> None:
    chosen = Chosen(TENANTS, TENANT)
    parts = await laid_out(chosen, *(line(f"{n}.jpg") for n in range(PART + 1)))
    assert {number: len(part.images) for number, part in parts.items()} == {0: PART, 1: 1}
    assert chosen.images == PART + 1


async def test_of_two_that_begin_a_set_of_one_name_at_once_the_second_is_told_and_the_first_is_as_it_was() -> None:
    verified, store = MemoryVerified(), MemoryBucket()

    async def start(folder: str, *lines: bytes, between: Awaitable[object] | None = None) -> VerificationSet:
        set_ = handed(folder)

        async def write(number: int, part: Part) -> None:
            await write_part(store, "evidence", set_, number, part)
            if between is not None:
                await between

        return await hand_over(set_, split(stream(*lines)), Chosen(TENANTS, TENANT), unpinned, write, verified)

    first = start("first", line("a.jpg", "Weapons"))
    with pytest.raises(NotBegun, match="has a set autumn already"):
        await start("second", line("b.jpg", "Alcohol"), between=first)
    begun = await verified.find(TENANT, SET)
    assert begun is not None
    assert (begun.folder, begun.images, begun.predicted) == ("first", 1, {"Weapons": 1})
    part = await SetParts(store, "evidence").part(begun, 0)
    assert [each.source.key for each in part.images] == ["a.jpg"]


async def test_results_without_an_image_to_verify_begin_nothing() -> None:
    verified = MemoryVerified()
    with pytest.raises(NotBegun, match="no image to verify: 1 unreadable"):
        await hand_over(handed("f"), split(stream(b"{}")), Chosen(TENANTS, TENANT), unpinned, unwritten, verified)
    assert await verified.sets() == []


async def test_what_has_too_many_labels_to_be_counted_is_no_set() -> None:
    with pytest.raises(NotBegun, match="100 different labels"):
        await laid_out(Chosen(TENANTS, TENANT), *(line(f"{n}.jpg", f"Label {n}") for n in range(LABELS_LIMIT + 1)))


def handed(folder: str) -> VerificationSet:
    return VerificationSet(
        tenant=TENANT, name=SET, group="moderators", results="r.jsonl", begun_at=AT, images=0, folder=folder
    )


async def unwritten(number: int, part: Part) -> None:
    raise AssertionError


async def test_each_image_is_the_version_that_the_model_saw_and_what_it_cannot_have_seen_is_left_out() -> None:
    old = {"LastModified": AT, "ETag": '"e"'}
    s3 = ScriptedClient(
        head_object=[
            old | {"VersionId": "v1"},
            old | {"VersionId": "null"},
            old,
            old | {"LastModified": AT + timedelta(seconds=1)},
            refusal("404", status=404),
        ]
    )
    chosen, versions = Chosen(TENANTS, TENANT), Versions(s3=s3, seen_by=AT)
    parts = await laid_out(chosen, *(line(f"{n}.jpg", "Weapons") for n in range(5)), pin=versions.pin)
    seen = {each.source.key: each.source.version_id for each in parts[0].images}
    assert seen == {"0.jpg": "v1", "1.jpg": None, "2.jpg": None}
    assert chosen.left_out == {"replaced-since": 1, "gone": 1}
    assert (chosen.images, chosen.predicted) == (3, {"Weapons": 3})


async def test_images_that_cannot_be_looked_at_begin_no_set() -> None:
    versions = Versions(s3=ScriptedClient(head_object=[refusal("403", status=403)]), seen_by=AT)
    with pytest.raises(Transient, match="access-denied"):
        await laid_out(Chosen(TENANTS, TENANT), line("a.jpg"), pin=versions.pin)


async def test_results_are_as_old_as_their_file_or_object(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.touch()
    os.utime(file, (AT.timestamp(), AT.timestamp()))
    assert await written_at(source_of(str(file)), None) == AT
    s3 = ScriptedClient(head_object=[{"LastModified": AT}, refusal("404", status=404)])
    there = source_of("s3://bulk/results.jsonl")
    assert await written_at(there, s3) == AT
    with pytest.raises(Permanent, match="results-missing"):
        await written_at(there, s3)


async def test_lines_are_put_together_from_whatever_pieces_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "LINE_LIMIT_BYTES", 5)
    pieces = stream(b"on", b"e\n\n", b"two\r\nfar too", b" long\nthree", b"\n", b"end")
    assert [each async for each in split(pieces)] == [b"one", b"two\r", None, b"three", b"end"]


async def test_results_are_found_in_s3_in_a_file_and_by_a_bulk_runs_name(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    file = tmp_path / "holiday" / "results.jsonl"
    file.write_bytes(line("a.jpg") + b"\n" + line("b.jpg"))
    of_run = source_of("holiday", runs=tmp_path)
    assert (of_run.told, of_run.name, of_run.place) == ("bulk run holiday", "holiday", file)
    of_file = source_of(str(file))
    assert (of_file.told, of_file.name) == ("results.jsonl", "holiday")
    assert [each async for each in split(chunks_of(of_file, None))] == [line("a.jpg"), line("b.jpg")]
    assert source_of("s3://bulk/runs/autumn/results.jsonl").name == "autumn"
    assert source_of("s3://bulk/found.jsonl").name == "found"
    for nothing in ("winter", "../holiday", "s3://b"):
        with pytest.raises(NoResults):
            source_of(nothing, runs=tmp_path)


async def test_a_manifest_has_the_images_of_one_bucket_and_tells_of_the_others(tmp_path: Path) -> None:
    verified, to = MemoryVerified(), tmp_path / "manifest.jsonl"
    gun, safe, far = image("gun.jpg", "Weapons"), image("safe.jpg", "Weapons"), image("far.jpg", bucket="other")
    await verified.save([word(gun, right=["Weapons"]), word(safe, wrong=["Weapons"]), word(far)])
    exported = await write_manifest(verified, unchanged(2), TENANT, to, bucket=None, sets=None)
    lines = [json.loads(each) for each in to.read_text(encoding="utf-8").splitlines()]
    assert {each["source-ref"]: each["content-moderation-groundtruth"]["ModerationLabels"] for each in lines} == {
        "s3://media/gun.jpg": [{"Name": "Violence"}, {"Name": "Weapons"}],
        "s3://media/safe.jpg": [],
    }
    assert (exported.bucket, exported.images, exported.safe, exported.elsewhere) == ("media", 2, 1, {"other": 1})
    assert exported.labels == {"Violence": 1, "Weapons": 1}


def unchanged(images: int) -> ScriptedClient:
    return ScriptedClient(head_object=[{"LastModified": AT} for _ in range(images)])


@pytest.mark.parametrize(
    ("version", "head", "left"),
    [
        ("v1", {"VersionId": "v1", "LastModified": AT + timedelta(days=1)}, {}),
        ("v1", {"VersionId": "v2", "LastModified": AT}, {"older-version": 1}),
        (None, {"LastModified": AT}, {}),
        (None, {"LastModified": AT + timedelta(seconds=1)}, {"older-version": 1}),
        ("v1", refusal("404", status=404), {"gone": 1}),
    ],
)
async def test_what_is_not_what_people_saw_any_more_is_not_trained_on(
    tmp_path: Path, version: str | None, head: Any, left: dict[str, int]
) -> None:
    verified, s3 = MemoryVerified(), ScriptedClient(head_object=[head])
    await verified.save([word(image("gun.jpg", "Weapons", version=version), right=["Weapons"])])
    exported = await write_manifest(verified, s3, TENANT, tmp_path / "manifest.jsonl", bucket=None, sets=None)
    assert (exported.left_out, exported.images) == (left, 0 if left else 1)


def test_a_bulk_run_that_goes_on_is_known_for_it(tmp_path: Path) -> None:
    of_file = source_of("s3://bulk/results.jsonl")
    of_run = Source(place=tmp_path, told="bulk run holiday", name="holiday", run="holiday")
    assert not is_unfinished(of_file, tmp_path)
    assert not is_unfinished(of_run, tmp_path)  # its state was taken away
    with State(state_path(tmp_path, "holiday")) as state:
        state.keep_fact(
            PLAN, Plan(run="holiday", source="s3://media/", mode=Mode.FAN_OUT, stack="dev", min_confidence=50)
        )
        assert is_unfinished(of_run, tmp_path)
        state.keep_fact(DONE, AT)
        assert not is_unfinished(of_run, tmp_path)


async def test_sets_that_are_misspelt_are_known_for_it() -> None:
    verified = MemoryVerified()
    await verified.begin(handed("folder"))
    assert await unknown_sets(verified, TENANT, {SET, "autunm"}) == ["autunm"]
    assert await unknown_sets(verified, "shop", {SET}) == [SET]


async def test_a_manifest_that_breaks_off_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    verified, to = MemoryVerified(), tmp_path / "manifest.jsonl"
    verified.words = broken_off  # type: ignore[method-assign]
    to.write_text("before", encoding="utf-8")
    with pytest.raises(ConnectionError):
        await write_manifest(verified, unchanged(0), TENANT, to, bucket="media", sets=None)
    assert to.read_text(encoding="utf-8") == "before"
    assert not to.with_name("manifest.jsonl.part").exists()


async def broken_off(tenant: str, *, bucket: str | None = None) -> AsyncIterator[Word]:
    yield word(image("a.jpg"))
    raise ConnectionError
