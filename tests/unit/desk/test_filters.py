"""A2I's filters, on the examples of the SageMaker developer guide ("Use Variable Filters")."""

import json
from typing import Any

import pytest

from shared.worker_templates.render import render
from shared.worker_templates.s3_uri import read_s3_uri
from tests.unit.desk.rendering import attribute, refused, rendered

PEACH = "James & the Giant Peach"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{{ \"Have you read 'James & the Giant Peach'?\" }}", "Have you read &#39;James &amp; the Giant Peach&#39;?"),
        (
            "{{ \"Have you read 'James & the Giant Peach'?\" | escape }}",
            "Have you read &#39;James &amp; the Giant Peach&#39;?",
        ),
        (
            "{{ \"Have you read 'James &amp; the Giant Peach'?\" | escape_once }}",
            "Have you read &#39;James &amp; the Giant Peach&#39;?",
        ),
        (
            "{{ \"Have you read 'James & the Giant Peach'?\" | skip_autoescape }}",
            "Have you read 'James & the Giant Peach'?",
        ),
    ],
)
def test_the_guides_examples_of_escaping_come_out_as_the_guide_says(written: str, shown: str) -> None:
    assert rendered(written) == shown


def test_values_are_escaped_unless_the_template_says_otherwise() -> None:
    given = {"title": f"<b>'{PEACH}'</b>"}
    assert rendered("{{ task.input.title }}", given) == "&lt;b&gt;&#39;James &amp; the Giant Peach&#39;&lt;/b&gt;"
    assert rendered("{{ task.input.title | skip_autoescape }}", given) == "<b>'James & the Giant Peach'</b>"
    assert rendered("{% echo task.input.title %}", given) == rendered("{{ task.input.title }}", given)


def test_escape_once_leaves_every_kind_of_entity_alone() -> None:
    given = {"text": "&amp; &#39; &#x27; & &; &nbsp <i>"}
    assert (
        rendered("{{ task.input.text | escape_once }}", given) == "&amp; &#39; &#x27; &amp; &amp;; &amp;nbsp &lt;i&gt;"
    )


def test_to_json_is_the_guides_object() -> None:
    given = {"jsObject": {"point_number": 8, "coords": [59, 76]}}
    assert json.loads(rendered("{{ task.input.jsObject | to_json }}", given)) == given["jsObject"]


HOSTILE_LIST = ["it's", 'a "quote"', "</script><script>alert(1)</script>", "a & b", "back\\slash", "ünïcödé\u2028"]


@pytest.mark.parametrize(
    "written",
    [
        # The first three are in the guide: crowd-classifier, "Sample HTML using variables", crowd-bounding-box.
        '<x y="{{ task.input.labels | to_json | escape }}">',
        "<x y='{{ task.input.labels | to_json }}'>",
        '<x y="{{ task.input.labels | to_json }}">',
        '<p title="a > b"><!-- "it\'s" --><x y="{{ task.input.labels | to_json }}">',
    ],
)
def test_to_json_fits_into_every_kind_of_attribute(written: str) -> None:
    page = rendered(written, {"labels": HOSTILE_LIST})
    assert json.loads(attribute(page, "x", "y")) == HOSTILE_LIST


def test_to_json_is_a_scripts_own_value_and_cannot_end_the_script() -> None:
    page = rendered("<script>var labels = {{ task.input.labels | to_json }};</script>", {"labels": HOSTILE_LIST})
    assert page.count("</script>") == 1
    code = page.removeprefix("<script>var labels = ").removesuffix(";</script>")
    assert json.loads(code) == HOSTILE_LIST


def test_what_is_missing_is_null_as_json_and_nothing_as_text() -> None:
    assert rendered("[{{ task.input.nothing | to_json }}][{{ task.input.nothing.at.all }}]") == "[null][]"


def test_an_object_is_shown_as_json() -> None:
    # Amazon's template for documents: initial-value="{{ task.input.selectedAiServiceResponse.blocks }}"
    given = {"blocks": [{"blockType": "LINE", "text": 'a "b"'}], "names": ["a", "<b>"]}
    page = rendered('<x y="{{ task.input.blocks }}">{{ task.input.names }}', given)
    assert json.loads(attribute(page, "x", "y")) == given["blocks"]
    assert page.endswith(">a&lt;b&gt;")


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://examplebucket/myphoto.png", "examplebucket", "myphoto.png"),
        ("http://s3.amazonaws.com/bucket/a/b c/ü%20+?.jpg", "bucket", "a/b c/ü%20+?.jpg"),
        ("https://s3.amazonaws.com/bucket/k", "bucket", "k"),
        ("s3://bucket/" + "k" * 1024, "bucket", "k" * 1024),
        ("s3://bucket//", "bucket", "/"),
        ("s3://bucket/line\nbreak", "bucket", "line\nbreak"),
    ],
)
def test_both_ways_to_write_an_s3_address_are_read(uri: str, bucket: str, key: str) -> None:
    found = read_s3_uri(uri)
    assert found is not None
    assert (found.bucket, found.key, found.uri) == (bucket, key, f"s3://{bucket}/{key}")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "s3://",
        "s3://bucket",
        "s3://bucket/",
        "s3:///key",
        "s3://b/key",
        "s3://bu cket/key",
        "s3://bucket/" + "k" * 1025,
        "https://bucket.s3.amazonaws.com/key",
        "https://example.com/a.jpg",
        "file:///etc/passwd",
        "javascript:alert(1)",
        " s3://bucket/key",
    ],
)
def test_anything_else_is_no_s3_address(uri: str) -> None:
    assert read_s3_uri(uri) is None
    text = refused("\n{{ task.input.taskObject | grant_read_access }}", {"taskObject": uri})
    assert text == 'line 2: "grant_read_access" input is not a valid S3 URI'


@pytest.mark.parametrize("value", [None, 7, True, ["s3://bucket/key"], {"bucket": "b"}])
def test_grant_read_access_takes_nothing_but_text(value: Any) -> None:
    text = refused("{{ task.input.taskObject | grant_read_access }}", {"taskObject": value})
    assert text == 'line 1: "grant_read_access" input is not a valid S3 URI'


def test_grant_read_access_of_an_input_that_is_missing_fails_the_loop() -> None:
    # Keys in another case than the template has are a usual mistake with A2I.
    text = refused("{{ task.input.taskObject | grant_read_access }}", {"TaskObject": "s3://bucket/key"})
    assert text == 'line 1: "grant_read_access" input is not a valid S3 URI'


@pytest.mark.parametrize("key", ["a&b.jpg", 'it\'s "it".png', "<i>.gif", "a b/ü+%20.jpg", "a&amp;b.jpg"])
def test_a_key_that_was_captured_is_asked_for_as_it_is(key: str) -> None:
    asked: list[str] = []

    def grant(uri: str) -> str:
        asked.append(uri)
        return "https://signed.example/x?a=1&b=2"

    page = render(
        "{% capture uri %}http://s3.amazonaws.com/bucket/{{ task.input.key }}{% endcapture %}"
        '<img src="{{ uri | grant_read_access }}">',
        {"key": key},
        grant_read_access=grant,
    )
    assert asked == [f"s3://bucket/{key}"]
    assert attribute(page, "img", "src") == "https://signed.example/x?a=1&b=2"


def test_an_object_that_may_not_be_read_fails_the_loop_without_naming_it() -> None:
    def grant(uri: str) -> str:
        raise ValueError(f"not ours: {uri}")

    with pytest.raises(Exception, match="may not read") as raised:
        render("{{ 's3://other/secret' | grant_read_access }}", {}, grant_read_access=grant)
    assert "secret" not in str(raised.value)
