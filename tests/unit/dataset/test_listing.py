"""The order of a run: by key, or by chance that a seed decides."""

from pathlib import Path

from cli.dataset.listing import PAGE, candidates
from cli.dataset.plan import Plan, Sample
from tests.fakes.dataset import FakeRepository, Planted
from tests.unit.dataset.test_plan import plan


def many(count: int) -> FakeRepository:
    return FakeRepository({f"a/{n:05} ü.jpg": Planted(content=b"%d" % n) for n in range(count)})


async def keys(fake: FakeRepository, wanted: Plan, folder: Path) -> list[str]:
    return [image.key async for image in candidates(fake, wanted, folder / "order.sqlite")]


async def test_every_page_is_read_and_numbers_count_from_one(tmp_path: Path) -> None:
    fake = many(2 * PAGE + 1)
    found = [image async for image in candidates(fake, plan(source="s3://raw"), tmp_path / "order.sqlite")]
    assert [image.key for image in found] == list(fake.images)
    assert [image.number for image in found] == list(range(1, 2 * PAGE + 2))


async def test_only_the_folder_is_listed(tmp_path: Path) -> None:
    fake = FakeRepository({key: Planted(content=b"x") for key in ("a/1.jpg", "a-b/1.jpg", "a/sub/", "b.jpg")})
    assert await keys(fake, plan(source="s3://raw/a"), tmp_path) == ["a/1.jpg"]


async def test_a_random_order_is_the_seed_s_and_has_every_key_once(tmp_path: Path) -> None:
    fake = many(PAGE + 200)
    wanted = plan(source="s3://raw", sample=Sample.RANDOM, seed=7)
    first = await keys(fake, wanted, tmp_path)
    assert sorted(first) == list(fake.images)
    assert first != list(fake.images)
    assert await keys(fake, wanted, tmp_path) == first
    assert await keys(fake, plan(source="s3://raw", sample=Sample.RANDOM, seed=8), tmp_path) != first


async def test_a_key_that_joins_moves_no_other(tmp_path: Path) -> None:
    wanted = plan(source="s3://raw", sample=Sample.RANDOM)
    before = await keys(many(50), wanted, tmp_path)
    after = await keys(many(51), wanted, tmp_path)
    assert [key for key in after if key in before] == before
