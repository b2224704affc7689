"""A run over a repository: in order whatever the concurrency, capped, and never paid twice."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.dataset.judging import Outcome
from cli.dataset.plan import Limits, Sample
from cli.dataset.progress import Stop
from cli.dataset.state import State
from shared.contracts.words import Lane
from shared.errors import Transient
from tests.fakes.dataset import FakeQuota, FakeRepository, Planted, picture, refusal, repository
from tests.unit.dataset.scanning import scan
from tests.unit.dataset.test_plan import plan

HIT, DOUBT, MISS = {"Robin": 95.0}, {"Robin": 70.0}, {"Dog": 99.0}
ONE_AT_A_TIME = 1


def asked(**more: Any) -> Any:
    return plan(source="s3://raw", dest="s3://sets", **more)


def copied(fake: FakeRepository) -> list[str]:
    return sorted(fake.copies)


async def test_images_of_children_are_copied_under_their_whole_key(tmp_path: Path) -> None:
    fake = repository([HIT, MISS, HIT])
    done = await scan(fake, asked(), tmp_path)
    assert done.stop is Stop.END
    assert fake.copies == {"Bird/000.jpg": "000.jpg", "Bird/002.jpg": "002.jpg"}
    assert len(fake.calls) == 3


async def test_several_labels_take_one_call_for_each_image(tmp_path: Path) -> None:
    fake = repository([HIT, {"Car": 92.0}, {"Car": 99.0, "Robin": 99.0}, MISS])
    await scan(fake, asked(labels=["bird", "car"]), tmp_path)
    assert copied(fake) == ["Bird/000.jpg", "Bird/002.jpg", "Car/001.jpg", "Car/002.jpg"]
    assert len(fake.calls) == 4


CASES = st.lists(st.sampled_from([HIT, DOUBT, MISS]), max_size=40)
LIMITS = st.builds(
    Limits,
    target=st.none() | st.integers(1, 8),
    max_scan=st.none() | st.integers(1, 40),
    patience=st.none() | st.integers(1, 6),
)


@settings(max_examples=40, deadline=None)
@given(CASES, LIMITS, st.integers(2, 12), st.integers(), st.sampled_from(Sample))
async def test_the_outcome_is_that_of_asking_one_at_a_time(
    shows: list[dict[str, float]], limits: Limits, window: int, seed: int, sample: Sample
) -> None:
    wanted = asked(limits=limits, band="50-90", sample=sample)
    with TemporaryDirectory() as one, TemporaryDirectory() as many:
        slow, fast = repository(shows), repository(shows, seed=seed)
        expected = await scan(slow, wanted, Path(one), window=ONE_AT_A_TIME)
        found = await scan(fast, wanted, Path(many), window=window)
    assert found.stop is expected.stop
    assert found.progress == expected.progress
    assert fast.copies == slow.copies
    assert set(slow.calls) <= set(fast.calls)
    assert len(fast.calls) == len(set(fast.calls)) <= len(slow.calls) + window - 1
    assert fast.most_at_once <= window
    if limits.max_scan is not None:
        assert len(fast.calls) <= limits.max_scan


async def test_a_target_met_ends_the_run_with_no_more_than_a_window_under_way(tmp_path: Path) -> None:
    fake = repository([HIT] * 50)
    done = await scan(fake, asked(limits=Limits(target=3)), tmp_path, window=5)
    assert done.stop is Stop.TARGET
    assert copied(fake) == ["Bird/000.jpg", "Bird/001.jpg", "Bird/002.jpg"]
    assert len(fake.calls) <= 7


async def test_the_cap_is_exact(tmp_path: Path) -> None:
    fake = repository([MISS] * 50)
    done = await scan(fake, asked(limits=Limits(max_scan=17)), tmp_path, window=20)
    assert (done.stop, len(fake.calls)) == (Stop.MAX_SCAN, 17)


async def test_a_cap_at_the_last_image_is_the_end_of_the_source(tmp_path: Path) -> None:
    done = await scan(repository([MISS] * 5), asked(limits=Limits(max_scan=5)), tmp_path)
    assert done.stop is Stop.END


async def test_the_same_bytes_are_paid_once_and_kept_once(tmp_path: Path) -> None:
    images = {f"{n}.jpg": Planted(content=picture(n % 2), shows=HIT) for n in range(6)}
    fake = FakeRepository(images)
    done = await scan(fake, asked(), tmp_path)
    assert len(fake.calls) == 2
    assert copied(fake) == ["Bird/0.jpg", "Bird/1.jpg"]
    assert (done.progress.folders["Bird"].duplicate, done.progress.repeats) == (4, 4)


async def test_duplicates_are_kept_when_that_is_asked_for_and_still_paid_once(tmp_path: Path) -> None:
    fake = FakeRepository({f"{n}.jpg": Planted(content=picture(1), shows=HIT) for n in range(3)})
    await scan(fake, asked(keep_duplicates=True), tmp_path)
    assert (len(fake.calls), len(fake.copies)) == (1, 3)


async def test_the_same_picture_in_another_size_is_a_repeat(tmp_path: Path) -> None:
    images = {"a.jpg": picture(1, (400, 300)), "b.jpg": picture(1, (200, 150)), "c.jpg": picture(2, (200, 150))}
    fake = FakeRepository({key: Planted(content=content, shows=HIT) for key, content in images.items()})
    await scan(fake, asked(), tmp_path)
    assert len(fake.calls) == 3
    assert copied(fake) == ["Bird/a.jpg", "Bird/c.jpg"]
    with State(tmp_path / "state.sqlite") as state:
        (repeat,) = state.places("Bird", Outcome.DUPLICATE)
        assert repeat.same_as == "a.jpg"


async def test_a_sure_image_never_gives_way_to_an_uncertain_one_that_looks_the_same(tmp_path: Path) -> None:
    images = {"a.jpg": (picture(1, (400, 300)), DOUBT), "b.jpg": (picture(1, (200, 150)), HIT)}
    fake = FakeRepository({key: Planted(content=content, shows=shows) for key, (content, shows) in images.items()})
    await scan(fake, asked(band="50-90"), tmp_path)
    assert copied(fake) == ["Bird/b.jpg"]


async def test_what_can_be_no_image_is_not_paid_and_what_is_refused_is_told(tmp_path: Path) -> None:
    fake = repository([HIT])
    fake.images |= {
        "empty.jpg": Planted(content=b""),
        "notes.txt": Planted(content=b"text", refused="InvalidImageFormatException"),
        "folder/": Planted(content=b""),
    }
    done = await scan(fake, asked(), tmp_path)
    assert sorted(fake.calls) == ["000.jpg", "notes.txt"]
    assert (done.progress.skipped, done.progress.refused, done.progress.hits) == (1, 1, 1)


async def test_a_repeat_pays_nothing_and_finds_the_same(tmp_path: Path) -> None:
    fake = repository([HIT, DOUBT, MISS] * 10)
    first = await scan(fake, asked(band="50-90"), tmp_path)
    fake.calls.clear()
    again = await scan(fake, asked(band="50-90"), tmp_path)
    assert fake.calls == []
    assert again.progress == first.progress


async def test_a_higher_target_goes_on_where_the_run_was(tmp_path: Path) -> None:
    fake = repository([HIT] * 40)
    await scan(fake, asked(limits=Limits(target=5)), tmp_path)
    await scan(fake, asked(limits=Limits(target=20)), tmp_path)
    assert len(fake.copies) == 20
    assert len(fake.calls) == len(set(fake.calls))


async def test_a_refused_copy_ends_the_run_and_a_later_one_copies_without_paying(tmp_path: Path) -> None:
    fake = repository([HIT] * 10)
    fake.refuse_copies = True
    with pytest.raises(Transient) as refused:
        await scan(fake, asked(), tmp_path)
    assert refused.value.code == "dest-access-denied"
    fake.refuse_copies = False
    await scan(fake, asked(), tmp_path)
    assert len(fake.copies) == 10
    assert len(fake.calls) == len(set(fake.calls)) == 10


async def test_an_interruption_keeps_what_was_paid(tmp_path: Path) -> None:
    fake, interrupted = repository([HIT] * 60), asyncio.Event()
    honest = fake.detect_labels

    async def interrupt(**request: Any) -> dict[str, Any]:
        if len(fake.calls) >= 20:
            interrupted.set()
        return await honest(**request)

    fake.detect_labels = interrupt  # type: ignore[method-assign]
    done = await scan(fake, asked(), tmp_path, window=4, interrupted=interrupted)
    assert done.stop is Stop.INTERRUPTED
    assert 20 <= len(fake.calls) < 60
    again = await scan(fake, asked(), tmp_path)
    assert (again.stop, len(fake.copies)) == (Stop.END, 60)
    assert len(fake.calls) == len(set(fake.calls)) == 60


async def test_an_interruption_ends_a_run_that_is_throttled_without_end(tmp_path: Path) -> None:
    fake, interrupted = repository([HIT] * 20), asyncio.Event()

    async def throttle(**request: Any) -> dict[str, Any]:
        fake.calls.append(request["Image"]["S3Object"]["Name"])
        if len(fake.calls) == 50:
            interrupted.set()
        await asyncio.sleep(0)
        raise refusal("ProvisionedThroughputExceededException", "DetectLabels")

    fake.detect_labels = throttle  # type: ignore[method-assign]
    done = await scan(fake, asked(), tmp_path, window=4, interrupted=interrupted)
    assert (done.stop, done.paid) == (Stop.INTERRUPTED, 0)
    assert len(fake.calls) < 70


async def test_an_image_that_changes_before_it_is_copied_is_left_out(tmp_path: Path) -> None:
    fake = repository([HIT, HIT])

    async def overwrite(**request: Any) -> dict[str, Any]:
        fake.images["001.jpg"] = Planted(content=picture(77), shows=MISS)
        return await FakeRepository.copy_object(fake, **request)

    fake.copy_object = overwrite  # type: ignore[method-assign]
    await scan(fake, asked(), tmp_path)
    assert copied(fake) == ["Bird/000.jpg"]
    with State(tmp_path / "state.sqlite") as state:
        assert (state.count("Bird", Outcome.KEPT), state.count("Bird", Outcome.CHANGED)) == (1, 1)


async def test_a_throttled_call_comes_again_before_those_that_were_never_tried(tmp_path: Path) -> None:
    fake, quota = repository([HIT] * 3), FakeQuota()
    answers = iter(["ProvisionedThroughputExceededException", "ThrottlingException"])
    honest = fake.detect_labels

    async def throttle(**request: Any) -> dict[str, Any]:
        code = next(answers, None)
        if code is not None:
            raise refusal(code, "DetectLabels")
        return await honest(**request)

    fake.detect_labels = throttle  # type: ignore[method-assign]
    done = await scan(fake, asked(), tmp_path, quota=quota)
    assert done.paid == 3
    assert quota.lanes.count(Lane.LIVE) == 2
    assert len(quota.lanes) == 5
