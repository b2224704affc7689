"""`shared.aws.rekognition` against the emulator's Rekognition and A2I."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

import pytest

from shared.aws.rekognition import Rekognition
from shared.contracts.messages import ContentType, Finding, MediaRef
from shared.detection import LoopRequest
from shared.errors import GavelError, Permanent, Transient
from tests import media
from tests.conftest import REGION
from tests.contract.a2i.studio import Studio
from tests.contract.clients import Clients
from tests.contract.rekognition.pictures import Shelf
from tests.emulator import Emulator

CONDITIONS = {
    "Conditions": [
        {
            "ConditionType": "ModerationLabelConfidenceCheck",
            "ConditionParameters": {"ModerationLabelName": "Violence", "ConfidenceGreaterThan": 60},
        }
    ]
}


@pytest.fixture
def shelf(studio: Studio, unique: Callable[[str], str]) -> Shelf:
    bucket = unique("pictures")
    studio.s3.create_bucket(Bucket=bucket)
    studio.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return Shelf(studio.s3, bucket)


@pytest.fixture
async def rekognition(clients: Clients, studio: Studio) -> AsyncIterator[Rekognition]:
    async with clients("rekognition", account=studio.account, retries=0) as opened:
        yield Rekognition(opened["rekognition"])


def ref(image: dict[str, dict[str, str]]) -> MediaRef:
    place = image["S3Object"]
    return MediaRef(bucket=place["Bucket"], key=place["Name"], version_id=place.get("Version"))


async def test_labels_are_found_with_their_ancestors_and_content_types(rekognition: Rekognition, shelf: Shelf) -> None:
    image = shelf.put(labels="Weapons:92.6", content_types="Illustrated:93.9")
    answer = await rekognition.detect_moderation_labels(ref(image), min_confidence=50)
    assert {(one.label, one.parent, one.level) for one in answer.findings} == {
        ("Weapons", "Violence", 2),
        ("Violence", "", 1),
    }
    assert all(one.confidence == pytest.approx(92.6, abs=1e-3) for one in answer.findings)
    assert [one.name for one in answer.content_types] == ["Illustrated"]
    assert (answer.model_version[:1], answer.adapter_used, answer.loop) == ("7", None, None)
    assert json.loads(json.dumps(answer.raw)) == answer.raw
    assert isinstance(answer.findings[0], Finding)
    assert isinstance(answer.content_types[0], ContentType)


async def test_the_version_that_was_named_is_judged(rekognition: Rekognition, shelf: Shelf) -> None:
    first = shelf.put(key="same.jpg", labels="Weapons:92.6")
    shelf.put(key="same.jpg")
    answer = await rekognition.detect_moderation_labels(ref(first), min_confidence=50)
    assert len(answer.findings) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html></html>", "image-format-refused"),
        (media.jpeg((40, 40)), "detection-refused"),
        (media.jpeg()[:200], "image-format-refused"),
    ],
    ids=["html", "too small", "truncated"],
)
async def test_what_can_never_be_judged_is_permanent(
    rekognition: Rekognition, shelf: Shelf, content: bytes, code: str
) -> None:
    with pytest.raises(Permanent) as refused:
        await rekognition.detect_moderation_labels(ref(shelf.put(content)), min_confidence=50)
    assert refused.value.code == code


async def test_an_image_that_is_not_there_is_permanent(rekognition: Rekognition, shelf: Shelf) -> None:
    with pytest.raises(Permanent) as refused:
        await rekognition.detect_moderation_labels(MediaRef(bucket=shelf.bucket, key="nothing"), min_confidence=50)
    assert refused.value.code == "image-not-readable"


async def test_an_adapter_that_is_not_there_waits_to_be_deployed(
    rekognition: Rekognition, studio: Studio, shelf: Shelf
) -> None:
    adapter = f"arn:aws:rekognition:{REGION}:{studio.account}:project/p/version/v/1700000000000"
    with pytest.raises(GavelError) as refused:
        await rekognition.detect_moderation_labels(ref(shelf.put()), min_confidence=50, adapter=adapter)
    assert isinstance(refused.value, Transient)


@pytest.fixture
def small_quota(emulator: Emulator, studio: Studio) -> Iterator[None]:
    emulator.post("/_gavel/quotas", {"account": studio.account, "operation": "DetectModerationLabels", "tps": 0})
    yield
    emulator.delete("/_gavel/quotas")


@pytest.mark.usefixtures("small_quota")
async def test_a_throttled_request_tells_the_limiter_and_is_not_repeated(
    rekognition: Rekognition,
    shelf: Shelf,
    emulator: Emulator,
    studio: Studio,
) -> None:
    image = ref(shelf.put())
    with pytest.raises(Transient) as throttled:
        await rekognition.detect_moderation_labels(image, min_confidence=50)
    assert throttled.value.code == "rekognition-throttled"
    counts = [one for one in emulator.get("/_gavel/quotas")["counts"] if one["account"] == studio.account]
    assert [one["throttled"] for one in counts] == [1]


async def test_rekognition_starts_the_loop_and_a_repeat_finds_the_same(
    rekognition: Rekognition,
    studio: Studio,
    shelf: Shelf,
) -> None:
    flow = studio.flow(conditions=CONDITIONS)
    loop = LoopRequest(name=f"m-{uuid4().hex[:8]}-r1", flow_definition_arn=flow)
    image = ref(shelf.put(labels="Weapons:92.6"))
    first = await rekognition.detect_moderation_labels(image, min_confidence=50, loop=loop)
    assert first.loop is not None
    assert first.loop.arn == studio.describe(loop.name)["HumanLoopArn"]
    again = await rekognition.detect_moderation_labels(image, min_confidence=50, loop=loop)
    assert again.loop == first.loop


async def test_a_loop_of_the_same_name_for_another_image_is_taken_over_without_a_second(
    rekognition: Rekognition,
    studio: Studio,
    shelf: Shelf,
) -> None:
    flow = studio.flow(conditions=CONDITIONS)
    loop = LoopRequest(name=f"m-{uuid4().hex[:8]}-r1", flow_definition_arn=flow)
    first = await rekognition.detect_moderation_labels(
        ref(shelf.put(labels="Weapons:92.6")), min_confidence=50, loop=loop
    )
    other = await rekognition.detect_moderation_labels(
        ref(shelf.put(labels="Weapons:70.1")), min_confidence=50, loop=loop
    )
    assert other.loop == first.loop
    assert other.findings[0].confidence == pytest.approx(70.1, abs=1e-3)
    assert len(studio.a2i.list_human_loops(FlowDefinitionArn=flow)["HumanLoopSummaries"]) == 1


async def test_conditions_that_are_not_met_start_nothing(
    rekognition: Rekognition,
    studio: Studio,
    shelf: Shelf,
) -> None:
    loop = LoopRequest(name=f"m-{uuid4().hex[:8]}-r1", flow_definition_arn=studio.flow(conditions=CONDITIONS))
    answer = await rekognition.detect_moderation_labels(ref(shelf.put()), min_confidence=50, loop=loop)
    assert answer.loop is None
