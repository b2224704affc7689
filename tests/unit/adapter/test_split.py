"""Training and test images: reproducible, apart, and of every kind as many as it has a part in all."""

from collections import Counter

from cli.adapter.manifest import Image
from cli.adapter.split import Mistakes, Parts, conflicts, mistakes, shortfalls, split


def image(number: int, *labels: str, content: str | None = None, **predicted: float) -> Image:
    return Image(
        bucket="photos",
        key=f"{number:05}.jpg",
        labels=frozenset(labels),
        predicted=predicted,
        content=content or f"content {number}",
    )


def many() -> list[Image]:
    """400 images: 100 smokers missed, 40 weapons found, 60 where a weapon is named wrongly, 200 of nothing."""
    return [
        *(image(number, "Smoking") for number in range(100)),
        *(image(number, "Weapons", Weapons=90, Violence=90) for number in range(100, 140)),
        *(image(number, Weapons=70, Violence=70) for number in range(140, 200)),
        *(image(number) for number in range(200, 400)),
    ]


def parts_of(images: list[Image], seed: int = 0, share: float = 0.2) -> Parts:
    return split(images, share=share, seed=seed, threshold=50)


def test_the_parts_are_the_same_whatever_the_order_and_others_with_another_seed() -> None:
    images = many()
    first = parts_of(images)
    assert parts_of(images[::-1]) == parts_of(images[100:] + images[:100]) == first
    assert {one.ref for one in parts_of(images, seed=1).testing} != {one.ref for one in first.testing}
    assert sorted(one.ref for one in (*first.training, *first.testing)) == sorted(one.ref for one in images)


def test_every_kind_has_its_part_of_the_test_images() -> None:
    testing = parts_of(many()).testing
    kinds = Counter((min(one.labels, default=""), bool(one.predicted)) for one in testing)
    assert kinds == {("Smoking", False): 20, ("Weapons", True): 8, ("", True): 12, ("", False): 40}


def test_kinds_of_one_image_each_give_their_part_together() -> None:
    rare = [
        "Smoking",
        "Drinking",
        "Pills",
        "Corpses",
        "Gambling",
        "Weapons",
        "Crashes",
        "Sex Toys",
        "Nazi Party",
        "Extremist",
    ]
    assert len(parts_of([image(number, label) for number, label in enumerate(rare)]).testing) == 2


def test_the_same_bytes_are_never_in_both_parts() -> None:
    images = [image(number, content=f"content {number % 40}") for number in range(200)]
    parts = parts_of(images)
    assert not {one.content for one in parts.training} & {one.content for one in parts.testing}
    assert len(parts.testing) == 40


def test_mistakes_count_ancestors_and_the_threshold() -> None:
    found = mistakes([image(1, "Weapons", Smoking=60.0, Violence=40.0), image(2, Smoking=55.0)], 50)
    assert found == {
        "Smoking": Mistakes(false_positives=2),
        "Violence": Mistakes(false_negatives=1),
        "Weapons": Mistakes(false_negatives=1),
    }


def test_what_rekognition_would_refuse_is_told_with_what_is_missing() -> None:
    assert shortfalls(parts_of(many()), 50) == []
    few = [image(number, "Smoking") for number in range(30)] + [image(number, Pills=60) for number in range(30, 50)]
    told = shortfalls(parts_of(few), 50)
    assert told[0] == "10 images to test on; 20 are needed: --test-share, or more images"
    assert told[1].startswith("no label has 20 false positives or 50 false negatives")
    assert "Smoking has 0 and 24; it needs 20 more false positives or 26 more false negatives" in told
    assert "Pills has 16 and 0; it needs 4 more false positives or 50 more false negatives" in told


def test_the_same_picture_cannot_be_right_in_two_ways() -> None:
    images = [image(1, "Smoking", content="x"), image(2, content="x"), image(3, content="y")]
    assert conflicts(images) == [
        "s3://photos/00002.jpg is the same picture as s3://photos/00001.jpg, with other labels"
    ]
