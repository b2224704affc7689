"""Objects in S3, each read at exactly one version."""

import asyncio
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

from aiohttp import ClientPayloadError
from botocore.exceptions import ClientError

from services.ingest.domain.envelopes import NULL_VERSION
from services.ingest.handler.ports import ObjectHead
from shared.aws.errors import translated
from shared.contracts.messages import MediaRef
from shared.errors import Permanent, Transient

# S3 answers HEAD without a body, so botocore has nothing but the status to make an error code of.
HEAD_REASONS: Final = {
    "404": "object-missing",
    "NoSuchKey": "object-missing",
    "NoSuchBucket": "object-missing",
    "NoSuchVersion": "version-missing",
    "400": "version-missing",
    "InvalidArgument": "version-missing",
    "405": "object-deleted",
    "MethodNotAllowed": "object-deleted",
    "301": "bucket-elsewhere",
    "PermanentRedirect": "bucket-elsewhere",
}
COPY_PART_BYTES: Final = 256 * 1024 * 1024
COPY_PARTS_AT_A_TIME: Final = 4
GET_REASONS: Final = HEAD_REASONS | {"InvalidObjectState": "object-archived"}
DETAILS: Final = {
    "object-missing": "there is no object under this key; it was deleted, or the key isn't spelt as the event says",
    "version-missing": "there is no version of this id under this key; it was deleted for good, or never there",
    "object-deleted": "the object was deleted: its newest version, or the one named, is a delete marker",
    "bucket-elsewhere": "the bucket is in another region; Rekognition reads only from its own",
    "object-archived": "the object is in an archive storage class; restore it and submit it again",
}


class S3(Protocol):
    """What the object store uses of aiobotocore's client."""

    async def head_object(self, **request: Any) -> dict[str, Any]: ...
    async def get_object(self, **request: Any) -> dict[str, Any]: ...
    async def put_object(self, **request: Any) -> dict[str, Any]: ...
    async def copy_object(self, **request: Any) -> dict[str, Any]: ...
    async def create_multipart_upload(self, **request: Any) -> dict[str, Any]: ...
    async def upload_part_copy(self, **request: Any) -> dict[str, Any]: ...
    async def complete_multipart_upload(self, **request: Any) -> dict[str, Any]: ...


class S3Objects:
    """Needs s3:GetObject, s3:GetObjectVersion and s3:ListBucket on what it reads: without the last, S3 answers 403
    for a missing object, which looks like a fault of the deployment and is retried instead of quarantined."""

    def __init__(self, client: S3, *, copy_part_bytes: int = COPY_PART_BYTES) -> None:
        self._client = client
        self._copy_part_bytes = copy_part_bytes

    async def head(self, media: MediaRef) -> ObjectHead:
        try:
            with translated("s3", HEAD_REASONS):
                answer = await self._client.head_object(**_named(media.bucket, media.key, media.version_id))
        except Permanent as error:
            raise _told(error, media.version_id) from error
        version_id = answer.get("VersionId")
        return ObjectHead(
            source=MediaRef(
                bucket=media.bucket, key=media.key, version_id=None if version_id == NULL_VERSION else version_id
            ),
            etag=answer["ETag"].strip('"'),
            size_bytes=answer["ContentLength"],
            metadata={name.lower(): value for name, value in answer.get("Metadata", {}).items()},
        )

    async def get(self, head: ObjectHead, *, limit_bytes: int, offset: int = 0) -> bytes:
        if offset and offset >= head.size_bytes:
            # HTTP has no name for such a range, and S3 answers one that makes no sense with the whole object.
            raise ValueError(f"an object of {head.size_bytes:,} bytes has none at {offset:,}")
        wanted_bytes = min(head.size_bytes - offset, limit_bytes)
        request = _named(head.source.bucket, head.source.key, head.source.version_id)
        if wanted_bytes < head.size_bytes:
            request["Range"] = f"bytes={offset}-{offset + wanted_bytes - 1}"
        with _reading(head):
            answer = await self._client.get_object(**request, IfMatch=f'"{head.etag}"')
            async with answer["Body"] as stream:
                body = await _at_most(wanted_bytes + 1, stream)
        if len(body) != wanted_bytes:
            raise Transient("s3-unreachable", f"other than the {wanted_bytes:,} bytes that were asked for came")
        return body

    async def sha256(self, head: ObjectHead) -> str | None:
        """Only of what was uploaded in one request with that checksum: of parts S3 has a checksum of checksums.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
        """
        request = _named(head.source.bucket, head.source.key, head.source.version_id)
        with _reading(head):
            answer = await self._client.head_object(**request, IfMatch=f'"{head.etag}"', ChecksumMode="ENABLED")
        checksum: str | None = answer.get("ChecksumSHA256")
        if checksum is None or "-" in checksum or answer.get("ChecksumType") == "COMPOSITE":
            return None
        return b64decode(checksum).hex()

    async def copy(
        self, head: ObjectHead, bucket: str, key: str, *, content_type: str, metadata: Mapping[str, str]
    ) -> MediaRef:
        """In parts, so that no request outlasts its timeout. What a crash leaves of a copy, the bucket's lifecycle
        clears away."""
        source = {
            "CopySource": _named(head.source.bucket, head.source.key, head.source.version_id),
            "CopySourceIfMatch": f'"{head.etag}"',
        }
        target = {"Bucket": bucket, "Key": key}
        told = {"ContentType": content_type, "Metadata": dict(metadata)}
        with _reading(head):
            if head.size_bytes <= self._copy_part_bytes:
                answer = await self._client.copy_object(
                    **target, **source, **told, MetadataDirective="REPLACE", TaggingDirective="REPLACE"
                )
            else:
                answer = await self._copy_in_parts(target, source, told, head.size_bytes)
        return MediaRef(bucket=bucket, key=key, version_id=answer.get("VersionId"))

    async def _copy_in_parts(
        self, target: Mapping[str, str], source: Mapping[str, Any], told: Mapping[str, Any], size_bytes: int
    ) -> dict[str, Any]:
        upload = await self._client.create_multipart_upload(**target, **told)
        of_upload = {**target, "UploadId": upload["UploadId"]}
        at_a_time = asyncio.Semaphore(COPY_PARTS_AT_A_TIME)

        async def part(number: int, offset: int) -> dict[str, Any]:
            end = min(offset + self._copy_part_bytes, size_bytes) - 1
            async with at_a_time:
                answer = await self._client.upload_part_copy(
                    **of_upload, **source, PartNumber=number, CopySourceRange=f"bytes={offset}-{end}"
                )
            return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

        offsets = range(0, size_bytes, self._copy_part_bytes)
        parts = await asyncio.gather(*(part(number, offset) for number, offset in enumerate(offsets, start=1)))
        return await self._client.complete_multipart_upload(**of_upload, MultipartUpload={"Parts": parts})

    async def put(
        self, bucket: str, key: str, body: bytes, *, content_type: str, metadata: Mapping[str, str]
    ) -> MediaRef:
        with translated("s3"):
            answer = await self._client.put_object(
                Bucket=bucket, Key=key, Body=body, ContentType=content_type, Metadata=dict(metadata)
            )
        return MediaRef(bucket=bucket, key=key, version_id=answer.get("VersionId"))


async def _at_most(limit_bytes: int, stream: Any) -> bytes:
    """However much comes: a server may ignore a range. One read gives what has arrived, so it takes several."""
    body = bytearray()
    while piece := await stream.read(limit_bytes - len(body)):
        body += piece
        if len(body) == limit_bytes:
            break
    return bytes(body)


@contextmanager
def _reading(head: ObjectHead) -> Iterator[None]:
    """What goes wrong with reading exactly this version of an object, by remedy."""
    try:
        with translated("s3", GET_REASONS):
            yield
    except Permanent as error:
        raise _told(error, head.source.version_id) from error
    except ClientPayloadError as error:
        raise Transient("s3-unreachable", "the connection ended before the object did") from error
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 412:
            raise Transient("object-changed", "the object was overwritten while it was being read") from error
        raise


def _named(bucket: str, key: str, version_id: str | None) -> dict[str, Any]:
    return {"Bucket": bucket, "Key": key} | ({"VersionId": version_id} if version_id is not None else {})


def _told(error: Permanent, version_id: str | None) -> Permanent:
    """The same reason in words that help whoever sent the event."""
    code = error.code
    if isinstance(error.__cause__, ClientError) and _is_delete_marker(error.__cause__):
        code = "object-deleted"
    elif code == "object-missing" and version_id is not None:
        code = "version-missing"
    return Permanent(code, DETAILS.get(code, error.detail))


def _is_delete_marker(error: ClientError) -> bool:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return bool(headers.get("x-amz-delete-marker") == "true")
