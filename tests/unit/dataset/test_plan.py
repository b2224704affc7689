"""What a filter run may be asked for: everything wrong is told at once, before anything is paid."""

from typing import Any

import pytest

from cli.dataset.plan import Band, Limits, Place, Sample, Wanted, read_plan, resume_problems
from cli.runs import PlanProblems


def plan(**more: Any) -> Any:
    asked = {
        "source": "s3://raw/photos",
        "dest": "s3://sets/birds",
        "labels": ["bird"],
        "name": None,
        "threshold": 90.0,
        "band": None,
        "limits": Limits(),
        "sample": Sample.LISTED,
        "seed": 0,
        "with_boxes": False,
        "keep_duplicates": False,
        "allow_unknown_labels": False,
    }
    return read_plan(**(asked | more))


def problems(**more: Any) -> list[str]:
    with pytest.raises(PlanProblems) as refused:
        plan(**more)
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("s3://raw", Place(bucket="raw")),
        ("s3://raw/", Place(bucket="raw")),
        ("s3://raw/a b/ü", Place(bucket="raw", prefix="a b/ü/")),
        ("s3://raw/a/", Place(bucket="raw", prefix="a/")),
        ("raw/a", None),
        ("s3://", None),
        ("s3://A_B/x", None),
    ],
)
def test_places_are_folders(address: str, place: Place | None) -> None:
    assert Place.read(address) == place


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (["BIRD"], ["Bird"]),
        (["automobile"], ["Car"]),
        (["car", "Automobile", "robin"], ["Car", "Robin"]),
        ([" sports car "], ["Sports Car"]),
    ],
)
def test_labels_are_matched_without_case_and_by_alias(labels: list[str], wanted: list[str]) -> None:
    assert [each.label for each in plan(labels=labels).wanted] == wanted


def test_an_unknown_label_is_told_with_the_nearest_and_taken_when_that_is_asked_for() -> None:
    (told,) = problems(labels=["birb"])
    assert "'birb'" in told
    assert "Is Bird meant?" in told
    assert "--allow-unknown-label" in told
    assert plan(labels=["Hoopoe"], allow_unknown_labels=True).wanted == (Wanted(label="Hoopoe", folder="Hoopoe"),)


def test_one_label_may_have_another_folder_and_several_may_not() -> None:
    assert plan(name="my birds").wanted == (Wanted(label="Bird", folder="my birds"),)
    (told,) = problems(labels=["bird", "car"], name="both")
    assert "--name" in told


@pytest.mark.parametrize("name", ["", ".gavel", "a/b", "a\nb", " a", "a "])
def test_a_folder_that_is_none_is_refused(name: str) -> None:
    (told,) = problems(name=name)
    assert "can't be a folder" in told


@pytest.mark.parametrize(
    ("dest", "told"),
    [
        ("s3://raw/photos", "it is the source"),
        ("s3://raw/photos/sets", "it is in the source"),
        ("s3://raw", None),
        ("s3://raw/photos-sets", None),
    ],
)
def test_copies_may_not_be_found_as_images_of_the_source(dest: str, told: str | None) -> None:
    if told is None:
        plan(dest=dest)
    else:
        assert told in problems(dest=dest)[0]


def test_the_source_may_not_be_in_a_folder_that_is_copied_to() -> None:
    assert "it is in the folder" in problems(source="s3://sets/birds/Bird/raw")[0]


@pytest.mark.parametrize(
    ("band", "told"),
    [
        ("90-50", "upwards"),
        ("50", "write two"),
        ("0-90", "upwards"),
        ("50-101", "upwards"),
        ("50-95", "over the threshold"),
        ("50-90", None),
        ("49.5-80", None),
    ],
)
def test_a_band_goes_upwards_and_ends_at_the_threshold(band: str, told: str | None) -> None:
    if told is None:
        low, high = band.split("-")
        assert plan(band=band).band == Band(low=float(low), high=float(high))
    else:
        assert told in problems(band=band)[0]


def test_every_problem_is_told_at_once() -> None:
    told = problems(
        source="raw", labels=["birb", "cart"], threshold=101, band="x", limits=Limits(target=0, max_scan=-1, patience=0)
    )
    assert len(told) == 8


def test_the_run_is_known_by_where_images_come_from_and_go_to() -> None:
    first = plan()
    assert plan(threshold=50, limits=Limits(target=3), labels=["BIRD"]).run == first.run
    assert len({first.run, plan(name="x").run, plan(dest="s3://sets").run, plan(source="s3://raw").run}) == 4


def test_rekognition_is_asked_for_all_that_counts() -> None:
    assert plan().min_confidence == 40
    assert plan(threshold=30).min_confidence == 30
    assert plan(band="20-90").min_confidence == 20


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"limits": Limits(target=5)}, None),
        ({"limits": Limits(target=9, max_scan=50)}, None),
        ({"limits": Limits()}, None),
        ({"limits": Limits(target=4)}, "--target 4"),
        ({"limits": Limits(target=5, patience=3)}, "--patience 3"),
        ({"threshold": 80.0, "limits": Limits(target=5)}, "threshold: the run was begun with 90, not 80"),
        ({"with_boxes": True, "limits": Limits(target=5)}, "with-boxes"),
        ({"labels": ["robin"], "name": "Bird", "limits": Limits(target=5)}, "Robin in 'Bird'"),
    ],
)
def test_a_resumed_run_only_looks_further(now: dict[str, Any], told: str | None) -> None:
    found = resume_problems(plan(limits=Limits(target=5, max_scan=50)), plan(**now))
    if told is None:
        assert found == []
    else:
        assert told in found[0]
