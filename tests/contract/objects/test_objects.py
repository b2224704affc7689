import hashlib
from dataclasses import replace

import pytest

from services.ingest.adapters.objects import S3Objects
from shared.contracts.messages import MediaRef
from shared.errors import GavelError, Permanent, Transient
from tests.contract.objects.conftest import Storage

KEY = "holiday 1+2/Grüße & 100%.jpg"


async def test_a_head_pins_the_version_and_tells_size_and_metadata(storage: Storage) -> None:
    ref = storage.versioned.upload(KEY, b"four", {"gavel-labels": "Weapons:90.1", "Camera": "x"})
    head = await storage.store.head(MediaRef(bucket=ref.bucket, key=KEY))
    assert (head.source, head.version, head.size_bytes) == (ref, ref.version_id, 4)
    assert head.metadata["gavel-labels"] == "Weapons:90.1"


async def test_without_versions_the_etag_stands_for_the_version(storage: Storage) -> None:
    ref = storage.plain.upload(KEY, b"four")
    head = await storage.store.head(ref)
    assert head.source == MediaRef(bucket=ref.bucket, key=KEY, version_id=None)
    assert head.version == "etag:8cbad96aced40b3838dd9f07f6ef5772"


async def test_an_older_version_is_read_as_it_was(storage: Storage) -> None:
    old = storage.versioned.upload(KEY, b"old")
    new = storage.versioned.upload(KEY, b"newer")
    assert old.version_id != new.version_id
    head = await storage.store.head(old)
    assert (head.source, head.size_bytes) == (old, 3)
    assert await storage.store.get(head, limit_bytes=100) == b"old"


async def test_what_is_put_can_be_read_with_its_metadata(storage: Storage) -> None:
    put = await storage.store.put(
        storage.versioned.name, "derivatives/a.jpg", b"jpeg", content_type="image/jpeg", metadata={"gavel-note": "n"}
    )
    head = await storage.store.head(put)
    assert put.version_id is not None
    assert (head.source, head.metadata) == (put, {"gavel-note": "n"})
    assert await storage.store.get(head, limit_bytes=4) == b"jpeg"


@pytest.mark.parametrize(("limit_bytes", "read"), [(3, b"abc"), (6, b"abcdef"), (100, b"abcdef")])
async def test_no_more_is_read_than_is_asked_for(limit_bytes: int, read: bytes, storage: Storage) -> None:
    head = await storage.store.head(storage.versioned.upload(KEY, b"abcdef"))
    assert await storage.store.get(head, limit_bytes=limit_bytes) == read


@pytest.mark.parametrize(("offset", "read"), [(0, b"ab"), (3, b"de"), (5, b"f")])
async def test_a_range_is_read_from_where_it_is_asked(offset: int, read: bytes, storage: Storage) -> None:
    head = await storage.store.head(storage.versioned.upload(KEY, b"abcdef"))
    assert await storage.store.get(head, offset=offset, limit_bytes=2) == read


@pytest.mark.parametrize("offset", [6, 200_001_044])
async def test_behind_the_end_there_is_nothing_to_ask_for(offset: int, storage: Storage) -> None:
    head = await storage.store.head(storage.versioned.upload(KEY, b"abcdef"))
    with pytest.raises(ValueError, match=r"end|has none at"):
        await storage.store.get(head, offset=offset, limit_bytes=2)


async def test_a_copy_is_pinned_with_metadata_of_its_own(storage: Storage) -> None:
    head = await storage.store.head(storage.plain.upload(KEY, b"a film", {"gavel-labels": "Smoking:90", "camera": "x"}))
    copy = await storage.store.copy(
        head, storage.versioned.name, "derivatives/a.mp4", content_type="video/mp4", metadata={"gavel-note": "n"}
    )
    storage.plain.upload(KEY, b"changed")
    copied = await storage.store.head(copy)
    assert copy.version_id is not None
    assert (copied.size_bytes, copied.metadata) == (6, {"gavel-note": "n"})
    assert await storage.store.get(copied, limit_bytes=100) == b"a film"


async def test_what_has_changed_is_not_copied(storage: Storage) -> None:
    head = await storage.store.head(storage.plain.upload(KEY, b"a film"))
    storage.plain.upload(KEY, b"another")
    with pytest.raises(Transient, match="object-changed"):
        await storage.store.copy(head, storage.versioned.name, "a.mp4", content_type="video/mp4", metadata={})


async def test_without_a_checksum_of_the_whole_there_is_none(storage: Storage) -> None:
    head = await storage.store.head(storage.versioned.upload(KEY, b"a film"))
    assert await storage.store.sha256(head) is None


async def test_the_checksum_that_an_upload_brought_is_the_hash(s3_storage: Storage) -> None:
    place = {"Bucket": s3_storage.versioned.name, "Key": KEY}
    await s3_storage.client.put_object(**place, Body=b"a film", ChecksumAlgorithm="SHA256")
    head = await s3_storage.store.head(MediaRef(bucket=place["Bucket"], key=KEY))
    assert await s3_storage.store.sha256(head) == hashlib.sha256(b"a film").hexdigest()


async def test_what_is_large_is_copied_in_parts(s3_storage: Storage) -> None:
    body = bytes(range(256)) * 4096 * 6
    store = S3Objects(s3_storage.client, copy_part_bytes=5 * 1024 * 1024)
    head = await store.head(s3_storage.plain.upload(KEY, body))
    copy = await store.copy(head, s3_storage.versioned.name, "a.mp4", content_type="video/mp4", metadata={"n": "1"})
    copied = await store.head(copy)
    assert (copied.size_bytes, copied.metadata, copied.etag[-2:]) == (len(body), {"n": "1"}, "-2")
    assert await store.get(copied, limit_bytes=len(body)) == body


async def refused(storage: Storage, ref: MediaRef) -> str:
    with pytest.raises(Permanent) as caught:
        await storage.store.head(ref)
    return caught.value.code


async def test_an_object_that_was_never_there_is_missing(storage: Storage) -> None:
    assert await refused(storage, MediaRef(bucket=storage.versioned.name, key="nobody")) == "object-missing"
    assert await refused(storage, MediaRef(bucket=storage.plain.name, key="nobody")) == "object-missing"


async def test_a_deleted_object_is_told_apart_from_one_that_was_never_there(storage: Storage) -> None:
    ref = storage.versioned.upload(KEY, b"four")
    storage.versioned.delete(KEY)
    assert await refused(storage, MediaRef(bucket=ref.bucket, key=KEY)) == "object-deleted"
    assert (await storage.store.head(ref)).source == ref


async def test_a_version_that_does_not_exist_is_missing(storage: Storage) -> None:
    ref = storage.versioned.upload(KEY, b"four")
    gone = MediaRef(bucket=ref.bucket, key=KEY, version_id="3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY")
    assert await refused(storage, gone) == "version-missing"


async def test_an_unversioned_object_that_changes_before_it_is_read_is_tried_again(storage: Storage) -> None:
    head = await storage.store.head(storage.plain.upload(KEY, b"four"))
    storage.plain.upload(KEY, b"five")
    with pytest.raises(Transient, match="object-changed"):
        await storage.store.get(head, limit_bytes=4)


async def test_an_object_that_goes_before_it_is_read_is_missing(storage: Storage) -> None:
    head = await storage.store.head(storage.plain.upload(KEY, b"four"))
    storage.plain.delete(KEY)
    with pytest.raises(GavelError) as caught:
        await storage.store.get(head, limit_bytes=4)
    assert caught.value.code in {"object-missing", "object-changed"}


async def test_a_version_that_goes_before_it_is_read_is_missing(storage: Storage) -> None:
    head = await storage.store.head(storage.versioned.upload(KEY, b"four"))
    source = MediaRef(bucket=head.source.bucket, key=KEY, version_id="3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY")
    with pytest.raises(Permanent, match="version-missing"):
        await storage.store.get(replace(head, source=source), limit_bytes=4)


async def test_every_reason_says_what_to_do(s3_storage: Storage) -> None:
    with pytest.raises(Permanent) as caught:
        await s3_storage.store.head(MediaRef(bucket=s3_storage.versioned.name, key="nobody"))
    assert "deleted, or the key isn't spelt" in caught.value.detail


async def test_a_bucket_that_does_not_exist_has_no_objects(s3_storage: Storage) -> None:
    assert await refused(s3_storage, MediaRef(bucket=f"no-{s3_storage.plain.name}", key=KEY)) == "object-missing"
