import pytest

from shared.aws.evidence import FRAMES_LIMIT_BYTES, READ_LIMIT_BYTES, EvidenceStore
from shared.contracts.frames import pack
from shared.errors import GavelError, Permanent, Transient
from tests.fakes.aws import ScriptedClient, found, refusal
from tests.unit.policy.frames import seen


def holding(content: bytes, length: int | None = None) -> ScriptedClient:
    return ScriptedClient(get_object=[found(content, length)])


async def test_a_raw_answer_has_a_key_that_a_repeat_has_again() -> None:
    client = ScriptedClient(put_object=[{}, {}])
    store = EvidenceStore(client, "evidence")
    uri = await store.put_raw("m", "rekognition-image", {"b": "Blood & Gore", "a": 92.5999984741211})
    assert uri == await store.put_raw("m", "rekognition-image", {"a": 92.5999984741211, "b": "Blood & Gore"})
    assert uri == "s3://evidence/evidence/m/rekognition-image.json"
    assert client.asked[0] == client.asked[1]
    assert client.asked[0][1]["Body"] == b'{"a": 92.5999984741211, "b": "Blood & Gore"}'


async def test_json_is_read_from_the_place_that_was_told() -> None:
    client = holding(b'{"humanAnswers": []}')
    assert await EvidenceStore(client, "evidence").get_json("s3://evidence/a b/output.json") == {"humanAnswers": []}
    assert client.asked == [("get_object", {"Bucket": "evidence", "Key": "a b/output.json"})]


@pytest.mark.parametrize("uri", ["s3://other/k", "https://evidence/k", "s3://evidence", "s3://evidence/", "evidence/k"])
async def test_other_places_are_not_read(uri: str) -> None:
    client = ScriptedClient()
    with pytest.raises(Permanent) as refused:
        await EvidenceStore(client, "evidence").get_json(uri)
    assert refused.value.code == "evidence-elsewhere"
    assert client.asked == []


@pytest.mark.parametrize(
    ("client", "kind", "reason"),
    [
        (holding(b"<html>"), Permanent, "evidence-not-json"),
        (holding(b"[" * 100_000), Permanent, "evidence-not-json"),
        (holding(b"\xff\xfe"), Permanent, "evidence-not-json"),
        (holding(b"{}", READ_LIMIT_BYTES + 1), Permanent, "evidence-too-large"),
        (ScriptedClient(get_object=[refusal("NoSuchKey", status=404)]), Transient, "evidence-missing"),
        (ScriptedClient(get_object=[refusal("SlowDown", status=503)]), Transient, "evidence-throttled"),
        (ScriptedClient(get_object=[refusal("AccessDenied", status=403)]), Transient, "evidence-access-denied"),
    ],
    ids=["html", "nested", "not text", "huge", "missing", "throttled", "denied"],
)
async def test_what_cannot_be_read_says_why(client: ScriptedClient, kind: type[GavelError], reason: str) -> None:
    with pytest.raises(kind) as raised:
        await EvidenceStore(client, "evidence").get_json("s3://evidence/k")
    assert raised.value.code == reason


async def test_the_findings_of_a_video_come_back_as_they_were_packed() -> None:
    frames = seen("Weapons", (0, 71.5), (500, 80.0))
    client = holding(pack(frames))
    kept = await EvidenceStore(client, "evidence").get_frames("s3://evidence/evidence/m/frames.json.gz")
    assert sorted(kept, key=repr) == sorted(frames, key=repr)
    assert client.asked == [("get_object", {"Bucket": "evidence", "Key": "evidence/m/frames.json.gz"})]


@pytest.mark.parametrize(
    ("client", "kind", "reason"),
    [
        (holding(b"{}"), Permanent, "frames-unreadable"),
        (holding(pack(seen("Weapons", (0, 71.5)))[:-9]), Permanent, "frames-unreadable"),
        (holding(b"", FRAMES_LIMIT_BYTES + 1), Permanent, "evidence-too-large"),
        (ScriptedClient(get_object=[refusal("NoSuchKey", status=404)]), Transient, "evidence-missing"),
    ],
    ids=["other", "cut off", "huge", "missing"],
)
async def test_findings_that_cannot_be_read_say_why(
    client: ScriptedClient, kind: type[GavelError], reason: str
) -> None:
    with pytest.raises(kind) as raised:
        await EvidenceStore(client, "evidence").get_frames("s3://evidence/k")
    assert raised.value.code == reason
