"""The pages that are generated from taxonomy and policy: whole, plain, and with nothing chosen beforehand."""

import dataclasses
import json
import re
from typing import Any

import pytest

from infra.policy_files import policy_files
from services.review.desk.rendering.frame import frame
from services.review.templates.generate import TEMPLATE_LIMIT, image_custom, image_integrated, video_custom
from shared.policy.model import Policy
from shared.taxonomy.labels import taxonomy
from tests.unit.desk.cases import FOUND, STANDARD, custom_input, integrated_input, label, video_input
from tests.unit.desk.rendering import attribute, rendered, signed, tags

EACH = pytest.mark.parametrize(
    ("make", "task_input"),
    [(image_custom, custom_input()), (image_integrated, integrated_input()), (video_custom, video_input())],
)
POLICIES = [file.policy for file in policy_files(())]
ELEMENT = "crowd-rekognition-detect-moderation-labels"
HOSTILE = '<script>alert(1)</script>\n\n"It\'s" {{ task.input | to_json }} {% raw %} </p> & {#'


def _with_instructions(text: str) -> Policy:
    return dataclasses.replace(STANDARD, review=dataclasses.replace(STANDARD.review, instructions=text))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@EACH
def test_each_shipped_policy_makes_a_page_that_a2i_takes(make: Any, task_input: dict[str, Any], policy: Policy) -> None:
    page = make(policy)
    assert 1 <= len(page) <= TEMPLATE_LIMIT
    assert '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>' in page
    assert "%}gavel:" not in page, "every part is filled in"
    assert frame(page, task_input, grant_read_access=signed, media_origins=[]).html


@EACH
def test_nothing_is_chosen_beforehand(make: Any, task_input: dict[str, Any]) -> None:
    for _, attributes in tags(rendered(make(STANDARD), task_input)):
        assert not {"checked", "selected"} & attributes.keys()


@EACH
def test_a_new_threshold_makes_no_new_page(make: Any, task_input: dict[str, Any]) -> None:
    stricter = [dataclasses.replace(rule, reject_at=99) if rule.reject_at else rule for rule in STANDARD.rules]
    assert make(dataclasses.replace(STANDARD, version="other", rules=tuple(stricter))) == make(STANDARD)


@EACH
def test_instructions_are_text_whatever_is_in_them(make: Any, task_input: dict[str, Any]) -> None:
    page = rendered(make(_with_instructions(HOSTILE)), {**task_input, "instructions": ""})
    scripts = [attributes for tag, attributes in tags(page) if tag == "script"]
    assert len(scripts) == 2, "Amazon's and the page's own"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    shown = re.sub(r"&#123;", "{", re.sub(r"&#125;", "}", page))
    assert "{{ task.input | to_json }} {% raw %}" in shown


def test_the_loops_own_instructions_come_before_the_policys_of_today() -> None:
    page = rendered(image_custom(_with_instructions("of today")), custom_input(instructions="of <then>"))
    assert "of &lt;then&gt;" in page
    assert "of today" not in page
    assert "of today" in rendered(image_custom(_with_instructions("of today")), custom_input(instructions=None))


def test_instructions_that_are_too_long_for_a2i_are_refused() -> None:
    with pytest.raises(ValueError, match="a task page has at most 128,000"):
        image_custom(_with_instructions("x" * TEMPLATE_LIMIT))


def test_the_custom_page_has_every_label_once() -> None:
    page = rendered(image_custom(STANDARD), custom_input())
    names = [attributes["value"] for tag, attributes in tags(page) if attributes.get("name") == "labels"]
    assert sorted(str(name) for name in names) == sorted(taxonomy().labels)
    assert names[:2] == ["Weapon Violence", "Drinking"], "what is asked about comes first"


def test_the_custom_page_takes_a_label_that_the_taxonomy_lacks() -> None:
    found = (*FOUND, label("Deepfake & more", "Synthetic", 60.0))
    page = rendered(image_custom(STANDARD), custom_input(labels=list(found)))
    assert "Deepfake &amp; more" in page


def test_keys_are_given_once_each_and_only_digits_to_labels() -> None:
    many = [label(f"Label {n}", "", 50.0, flagged=n % 2 == 0) for n in range(15)]
    page = rendered(image_custom(STANDARD), custom_input(labels=many))
    keys = [attributes["data-key"] for _, attributes in tags(page) if attributes.get("data-key")]
    assert keys == ["a", "s", "d", *"123456789", "0"]


def test_the_integrated_page_offers_the_policys_concerns_after_what_was_found() -> None:
    page = rendered(image_integrated(STANDARD), integrated_input())
    written = attribute(page, ELEMENT, "categories")
    names = [entry["name"] for entry in json.loads(re.sub(r",\s*]", "]", written))]
    assert names[:6] == ["Weapon Violence", "Drinking", "Violence", "Graphic Violence", "Alcohol", "Alcohol Use"]
    assert names[6:] == [
        "Explicit",
        "Non-Explicit Nudity of Intimate parts and Kissing",
        "Visually Disturbing",
        "Drugs & Tobacco",
        "Rude Gestures",
        "Gambling",
        "Hate Symbols",
    ]


def test_the_integrated_page_needs_no_more_than_a2i_is_known_to_give() -> None:
    # Whether aiServiceResponse is complete on model 7 is known from examples of model 6 only.
    given = integrated_input()
    del given["aiServiceResponse"]
    page = rendered(image_integrated(STANDARD), given)
    assert '"name": "Weapon Violence"' in attribute(page, ELEMENT, "categories")
