"""The contract of `shared.verification.port.Verified`, for the one in memory and the one in DynamoDB alike."""

import asyncio
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.aws.verified import DynamoVerified
from shared.verification.counts import Counts, LabelCounts
from shared.verification.port import WORDS_LIMIT, Verified
from shared.verification.sets import VerificationSet
from shared.verification.words import Said, Word, image_id
from tests.fakes.verified import MemoryVerified
from tests.unit.verification.pictures import ANA, AT, BEN, CEM, SET, TENANT, image, word

GUN = image("Weapons & ü.jpg", "Weapons", "Violence", version="v1")


async def spoken(verified: Verified, tenant: str = TENANT, bucket: str | None = None) -> list[Word]:
    return [each async for each in verified.words(tenant, bucket=bucket)]


async def test_a_word_is_kept_counted_and_given_back(verified: Verified) -> None:
    first = word(GUN, right=["Violence"], wrong=["Weapons"], missing=["Gambling"])
    states = await verified.save([first])
    assert states == await verified.states(TENANT, SET, [GUN.source, image("unknown.jpg").source])
    assert states[image_id(GUN.source)].said == {ANA: first.said}
    assert await spoken(verified) == [first]
    assert await verified.counts(TENANT, SET) == Counts(
        images=1,
        labels=(
            LabelCounts(label="Gambling", false_negatives=1),
            LabelCounts(label="Weapons", false_positives=1),
            LabelCounts(label="Violence", right=1),
        ),
        buckets={"media": 1},
    )


async def test_the_same_again_changes_nothing(verified: Verified) -> None:
    await verified.save([word(GUN, right=["Weapons"])])
    before = await verified.counts(TENANT, SET)
    await verified.save([word(GUN, right=["Weapons"], at_s=60)])
    assert await verified.counts(TENANT, SET) == before
    assert len(await spoken(verified)) == 1


async def test_a_change_of_mind_is_added_and_counts_in_the_place_of_the_first(verified: Verified) -> None:
    said = [word(GUN, right=["Weapons"]), word(GUN, wrong=["Violence"], at_s=1), word(GUN, is_seen=False, at_s=2)]
    numbers = []
    for each in said:
        await verified.save([each])
        counts = await verified.counts(TENANT, SET)
        numbers.append((counts.images, sum(label.right for label in counts.labels)))
    assert numbers == [(1, 2), (1, 0), (0, 0)]
    assert await spoken(verified) == said


async def test_many_words_are_saved_at_once_and_no_more_than_that(verified: Verified) -> None:
    words = [word(image(f"{n}.jpg", "Alcohol"), right=["Alcohol"]) for n in range(WORDS_LIMIT)]
    await verified.save(words)
    assert (await verified.counts(TENANT, SET)).images == WORDS_LIMIT
    with pytest.raises(ValueError, match="at a time"):
        await verified.save([*words, word(GUN, right=["Weapons"])])


async def test_several_people_may_speak_of_one_image_at_once(verified: Verified) -> None:
    people = (ANA, BEN, CEM)
    await asyncio.gather(*(verified.save([word(GUN, by, right=["Weapons"])]) for by in people))
    assert set((await verified.states(TENANT, SET, [GUN.source]))[image_id(GUN.source)].said) == set(people)
    assert (await verified.counts(TENANT, SET)).images == 1


async def test_words_of_several_people_go_together(verified: Verified) -> None:
    await verified.save([word(GUN, by, right=["Weapons"]) for by in (ANA, BEN)])
    assert [each.by for each in await spoken(verified)] == [ANA, BEN]
    assert await verified.save([]) == {}


async def test_tenants_and_sets_are_kept_apart(verified: Verified) -> None:
    await verified.save([word(GUN, right=["Weapons"])])
    await verified.save([word(GUN, tenant="other", wrong=["Violence"])])
    await verified.save([word(GUN, set_="live", wrong=["Violence"])])
    assert await verified.states("other", "live", [GUN.source]) == {}
    assert await verified.counts("nobody", SET) == Counts()
    assert set(await verified.all_counts(TENANT)) == {SET, "live"}
    assert [each.tenant for each in await spoken(verified, "other")] == ["other"]


async def test_objects_of_the_same_key_in_two_buckets_are_two(verified: Verified) -> None:
    here, there = image("a.jpg", "Alcohol"), image("a.jpg", "Alcohol", bucket="other")
    await verified.save([word(here, right=["Alcohol"]), word(there, wrong=["Alcohol"])])
    states = await verified.states(TENANT, SET, [here.source, there.source])
    assert {state.source.bucket: state.said[ANA].right for state in states.values()} == {
        "media": ("Alcohol",),
        "other": (),
    }


async def test_words_come_by_bucket_and_object(verified: Verified) -> None:
    for key, bucket in (("a", "media-2"), ("b", "media"), ("c", "media"), ("b", "media-2")):
        await verified.save([word(image(key, "Alcohol", bucket=bucket), right=["Alcohol"])])
    places = [(each.image.source.bucket, image_id(each.image.source)) for each in await spoken(verified)]
    assert places == sorted(places)
    assert {each.image.source.bucket for each in await spoken(verified, bucket="media")} == {"media"}


async def test_a_set_begins_once(verified: Verified) -> None:
    set_ = VerificationSet(
        tenant=TENANT, name=SET, group="moderators", results="s3://b/results.jsonl", begun_at=AT, images=3,
        left_out={"elsewhere": 1}, predicted={"Weapons": 2},
    )  # fmt: skip
    assert await verified.begin(set_)
    assert not await verified.begin(msgspec.structs.replace(set_, images=4))
    assert await verified.find(TENANT, SET) == set_
    assert await verified.find("other", SET) is None
    assert await verified.sets() == [set_]


PICTURES = [image("a", "Alcohol"), image("b"), image("c", "Violence", "Weapons")]
said = st.builds(
    lambda picture, by, right, wrong, missing: (picture, by, right, wrong, missing),
    st.sampled_from(PICTURES),
    st.sampled_from([ANA, BEN]),
    *(st.lists(st.sampled_from(["Alcohol", "Violence", "Weapons", "Gambling"]), max_size=2) for _ in range(3)),
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(said, min_size=1, max_size=4), min_size=1, max_size=4))
async def test_memory_and_dynamodb_answer_alike(
    dynamo_verified: DynamoVerified, batches: list[list[tuple[object, ...]]]
) -> None:
    tenant, memory = uuid4().hex, MemoryVerified()
    for batch in batches:
        words = [
            word(picture, by, tenant=tenant, right=right, wrong=wrong, missing=missing, is_seen=False)  # type: ignore[arg-type]
            for picture, by, right, wrong, missing in batch
        ]
        assert await memory.save(words) == await dynamo_verified.save(words)
        assert await memory.counts(tenant, SET) == await dynamo_verified.counts(tenant, SET)
    assert await spoken(memory, tenant) == await spoken(dynamo_verified, tenant)
    assert all(isinstance(each.said, Said) for each in await spoken(memory, tenant))
