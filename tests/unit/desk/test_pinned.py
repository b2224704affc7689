"""What a reviewer is shown is what was judged, whatever has been uploaded under its key since."""

import pytest

from services.review.desk.rendering.pinned import pinned
from services.review.templates.generate import image_custom, video_custom
from shared.worker_templates.render import render
from tests.fakes.desk import Media
from tests.unit.desk.cases import STANDARD, custom_input, video_input
from tests.unit.desk.rendering import attribute

VERSION = "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"


@pytest.mark.parametrize(
    ("tag", "page", "task_input"),
    [("img", image_custom(STANDARD), custom_input()), ("video", video_custom(STANDARD), video_input())],
)
def test_a_page_shows_the_version_that_was_judged(tag: str, page: str, task_input: dict[str, str]) -> None:
    shown = render(page, task_input, grant_read_access=pinned(Media().grant, task_input))
    assert attribute(shown, tag, "src").endswith(f"?versionId={VERSION}")


def test_the_object_is_the_same_however_it_is_addressed() -> None:
    grant = pinned(Media().grant, {"taskObject": "s3://bucket/a b", "taskObjectVersion": "v1"})
    assert grant("http://s3.amazonaws.com/bucket/a b").endswith("?versionId=v1")


def test_another_object_is_shown_as_it_is_now() -> None:
    grant = pinned(Media().grant, {"taskObject": "s3://bucket/a", "taskObjectVersion": "v1"})
    assert grant("s3://bucket/b") == Media().grant("s3://bucket/b")


@pytest.mark.parametrize(
    "task_input",
    [
        {"taskObject": "s3://bucket/a"},
        {"taskObject": "s3://bucket/a", "taskObjectVersion": None},
        {"taskObject": "s3://bucket/a", "taskObjectVersion": 7},
        {"taskObject": ["s3://bucket/a"], "taskObjectVersion": "v1"},
        {},
    ],
)
def test_an_input_without_a_version_pins_nothing(task_input: dict[str, object]) -> None:
    assert pinned(Media().grant, task_input)("s3://bucket/a") == Media().grant("s3://bucket/a")
