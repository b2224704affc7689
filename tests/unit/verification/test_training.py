"""What becomes a training manifest of everything that was said."""

from collections import Counter

import msgspec

from cli.adapter.manifest import read_set
from shared.verification.training import TrainingImage, main_bucket, training_images
from shared.verification.words import Word
from tests.fakes.verified import MemoryVerified
from tests.unit.verification.pictures import ANA, AT, BEN, CEM, TENANT, image, word


async def exported(*words: Word, bucket: str = "media", sets: set[str] | None = None) -> dict[str, object]:
    verified, left = MemoryVerified(), Counter[str]()
    for each in words:
        await verified.save([each])
    found = training_images(verified, TENANT, bucket=bucket, sets=sets, left_out=left)
    return {each.key: each.labels async for each in found} | {"left": {why: n for why, n in left.items() if n}}


def test_a_line_is_what_rekognition_reads() -> None:
    made = TrainingImage(bucket="b", key="ü k.jpg", labels=("Rude Gestures",), people=1, said_at=AT)
    assert made.line == (
        '{"source-ref":"s3://b/ü k.jpg","content-moderation-groundtruth":'
        '{"ModerationLabels":[{"Name":"Rude Gestures"}]}}'
    )
    safe = TrainingImage(bucket="b", key="k.jpg", labels=(), people=1, said_at=AT)
    assert safe.line.endswith('{"ModerationLabels":[]}}')


async def test_a_line_can_say_what_the_base_model_saw_as_training_an_adapter_reads_it() -> None:
    smoke = image("a.jpg", "Smoking", "Alcohol")
    adapted = msgspec.structs.replace(image("b.jpg", "Smoking"), adapter="arn")
    verified = MemoryVerified()
    for each in (word(smoke, right=["Smoking"], wrong=["Alcohol"]), word(adapted, right=["Smoking"])):
        await verified.save([each])
    lines = [each.line_with_predictions async for each in training_images(verified, TENANT, bucket="media")]
    read = {each.key: each for each in read_set(lines).images}
    assert read["a.jpg"].predicted == {"Smoking": 90.5, "Alcohol": 89.5}
    assert read["a.jpg"].labels >= {"Smoking"}
    assert read["b.jpg"].predicted is None


async def test_a_label_goes_with_those_above_it_and_a_wrong_one_not_at_all() -> None:
    gun, safe = image("gun.jpg", "Violence"), image("safe.jpg", "Alcohol")
    found = await exported(word(gun, missing=["Weapons"]), word(safe, wrong=["Alcohol"]))
    assert found == {"gun.jpg": ("Violence", "Weapons"), "safe.jpg": (), "left": {}}


async def test_what_does_not_fit_is_told() -> None:
    there, open_, other = image("a", "Alcohol"), image("b", "Alcohol", "Violence"), image("c", "Alcohol", bucket="else")
    found = await exported(
        word(there, ANA, right=["Alcohol"]),
        word(there, BEN, wrong=["Alcohol"]),
        word(open_, right=["Alcohol"]),
        word(other, right=["Alcohol"]),
    )
    assert found == {"left": {"disputed": 1, "unfinished": 1}}


async def test_people_of_all_sets_settle_an_image_together() -> None:
    one, two = image("a", "Alcohol"), image("a", "Violence")
    words = [
        word(one, ANA, right=["Alcohol"]),
        word(two, BEN, set_="live", wrong=["Violence"], missing=["Alcohol"]),
        word(two, CEM, set_="live", wrong=["Violence"]),
    ]
    assert await exported(*words) == {"a": ("Alcohol",), "left": {}}
    assert await exported(*words, sets={"live"}) == {"left": {"disputed": 1}}


async def test_who_spoke_in_two_sets_is_one_person_and_the_newest_word_counts() -> None:
    picture = image("a", "Alcohol")
    later = word(picture, set_="live", wrong=["Alcohol"], at_s=60)
    assert await exported(later, word(picture, right=["Alcohol"])) == {"a": (), "left": {}}


async def test_of_an_object_that_was_replaced_only_the_newest_version_counts() -> None:
    old, new = image("a", "Alcohol", version="v1"), image("a", "Violence", version="v2")
    words = [word(old, ANA, right=["Alcohol"]), word(new, BEN, right=["Violence"], at_s=60)]
    assert await exported(*words) == {"a": ("Violence",), "left": {"older-version": 1}}


async def test_the_order_is_always_the_same() -> None:
    pictures = [image(f"{n}.jpg", "Alcohol") for n in range(20)]
    words = [word(each, right=["Alcohol"]) for each in pictures]
    assert list(await exported(*words)) == list(await exported(*reversed(words)))


async def test_tenants_are_kept_apart() -> None:
    assert await exported(word(image("a", "Alcohol"), tenant="other", right=["Alcohol"])) == {"left": {}}


def test_the_bucket_with_the_most_images_is_the_main_one() -> None:
    assert main_bucket({"b": 2, "a": 2, "c": 1}) == "a"
    assert main_bucket({}) is None
