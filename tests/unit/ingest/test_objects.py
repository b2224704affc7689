from typing import Any

import pytest
from aiohttp import ClientPayloadError

from services.ingest.adapters.objects import S3Objects
from services.ingest.handler.ports import ObjectHead
from shared.contracts.messages import MediaRef
from shared.errors import GavelError, Permanent, Transient
from tests.fakes.aws import ScriptedClient, refusal

REF = MediaRef(bucket="photos", key="a.jpg", version_id="v1")
HEAD = ObjectHead(source=REF, etag="e", size_bytes=4)


class Body:
    """A response's body that gives what it has, or breaks off."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self._content, self._error, self.read_bytes = content, error, 0

    async def __aenter__(self) -> "Body":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def read(self, limit_bytes: int) -> bytes:
        """At most two at once, as what has arrived of a stream."""
        if self._error is not None:
            raise self._error
        piece = self._content[: min(limit_bytes, 2)]
        self._content = self._content[len(piece) :]
        self.read_bytes += len(piece)
        return piece


@pytest.mark.parametrize(
    ("code", "status", "kind", "reason"),
    [
        ("403", 403, Transient, "s3-access-denied"),
        ("SlowDown", 503, Transient, "s3-throttled"),
        ("500", 500, Transient, "s3-failed"),
        ("404", 404, Permanent, "version-missing"),
        ("400", 400, Permanent, "version-missing"),
        ("405", 405, Permanent, "object-deleted"),
        ("301", 301, Permanent, "bucket-elsewhere"),
    ],
)
async def test_what_s3_answers_to_a_head_is_sorted_by_remedy(
    code: str, status: int, kind: type[GavelError], reason: str
) -> None:
    with pytest.raises(kind) as caught:
        await S3Objects(ScriptedClient(head_object=[refusal(code, status=status)])).head(REF)
    assert (type(caught.value), caught.value.code) == (kind, reason)


async def test_an_archived_object_is_refused_with_advice() -> None:
    with pytest.raises(Permanent, match="object-archived") as caught:
        await S3Objects(ScriptedClient(get_object=[refusal("InvalidObjectState", status=403)])).get(HEAD, limit_bytes=4)
    assert "restore it" in caught.value.detail


@pytest.mark.parametrize("body", [Body(b"fou"), Body(b"", ClientPayloadError())])
async def test_a_transfer_that_breaks_off_is_tried_again(body: Body) -> None:
    with pytest.raises(Transient, match="s3-unreachable"):
        await S3Objects(ScriptedClient(get_object=[{"Body": body}])).get(HEAD, limit_bytes=4)


async def test_what_is_read_is_the_version_that_was_looked_at_and_no_more_than_asked() -> None:
    client = ScriptedClient(get_object=[{"Body": Body(b"fo")}])
    assert await S3Objects(client).get(HEAD, limit_bytes=2) == b"fo"
    asked: dict[str, Any] = {"Bucket": "photos", "Key": "a.jpg", "VersionId": "v1", "Range": "bytes=0-1"}
    assert client.asked == [("get_object", asked | {"IfMatch": '"e"'})]


async def test_of_a_server_that_ignores_the_range_no_more_is_read_than_shows_it() -> None:
    body = Body(bytes(1_000))
    with pytest.raises(Transient, match="s3-unreachable"):
        await S3Objects(ScriptedClient(get_object=[{"Body": body}])).get(HEAD, limit_bytes=2)
    assert body.read_bytes == 3


@pytest.mark.parametrize("offset", [4, 5, 200_001_044])
async def test_behind_the_end_nothing_is_asked_for(offset: int) -> None:
    client = ScriptedClient()
    with pytest.raises(ValueError, match="has none at"):
        await S3Objects(client).get(HEAD, offset=offset, limit_bytes=64)
    assert client.asked == []


async def test_an_unknown_answer_is_a_defect_and_no_reason_to_give_up_on_an_item() -> None:
    error = refusal("NobodyKnows", status=418)
    with pytest.raises(type(error)):
        await S3Objects(ScriptedClient(head_object=[error])).head(REF)
