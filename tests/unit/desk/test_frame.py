"""The page of a task: its policy, its scripts, and what may not be shown at all."""

import base64
import hashlib

import pytest

from services.review.desk.rendering.frame import Frame, content_security_policy, frame
from services.review.desk.rendering.source import handler_hashes, with_script
from shared.worker_templates.problem import TemplateProblem
from tests.unit.desk.rendering import signed, tags

CROWD = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
MEDIA = "https://gavel-media.s3.us-east-1.amazonaws.com"


def _frame(template: str, **task_input: object) -> Frame:
    return frame(template, task_input, grant_read_access=signed, media_origins=[MEDIA])


def _directives(made: Frame) -> dict[str, list[str]]:
    parts = [part.split() for part in made.content_security_policy.split(";")]
    return {name: values for name, *values in parts}


def test_everything_is_shut_that_is_not_opened() -> None:
    policy = _directives(_frame(f"{CROWD}<crowd-form></crowd-form>"))
    scripts = policy.pop("script-src")
    assert policy == {
        "sandbox": ["allow-scripts", "allow-forms"],
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": [MEDIA, "data:"],
        "media-src": [MEDIA],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'self'"],
    }
    assert len(scripts) == 1
    assert scripts[0].startswith("'nonce-")


def test_the_templates_own_scripts_have_the_nonce_and_nothing_else_has() -> None:
    template = f"""{CROWD}<crowd-form>{{{{ task.input.html | skip_autoescape }}}}
    <SCRIPT
      type="text/javascript">own()</SCRIPT><script>document.write("<script>x</" + "script>")</script>
    <script src="https://cdn.example/lib.js"></script></crowd-form>"""
    made = _frame(template, html="<script>evil()</script><script nonce=guess>worse()</script>")
    nonce = _directives(made)["script-src"][0].removeprefix("'nonce-").removesuffix("'")
    marked = [attributes.get("nonce") for tag, attributes in tags(made.html) if tag == "script"]
    assert marked == [nonce, None, "guess", nonce, nonce, None]
    assert f'document.write("<script nonce={nonce}>x</" + "script>")' in made.html
    assert _frame(template, html="").content_security_policy != made.content_security_policy


@pytest.mark.parametrize(
    "asked",
    [
        CROWD,
        "<script src='http://assets.crowd.aws/crowd-html-elements.js' ></script >",
        '<SCRIPT async SRC = "//assets.crowd.aws/crowd-html-elements.js">\n</SCRIPT>',
        "<script src=https://assets.crowd.aws/crowd-html-elements.js></script>",
        "",
    ],
)
def test_amazons_script_is_the_desks_own_however_it_is_asked_for(asked: str) -> None:
    page = with_script(f"{asked}<crowd-form></crowd-form>", '/static/crowd.js?v="1"')
    assert tags(page) == [("script", {"type": "module", "src": '/static/crowd.js?v="1"'}), ("crowd-form", {})]


def test_handlers_run_by_their_hash_unless_a_value_is_in_them() -> None:
    hashes = handler_hashes(
        """<a onclick="go('x')" ONCHANGE = 'a &lt; b'>
        <b onload="run({{ task.input.x }})" onfocus="{% if a %}b{% endif %}">
        <p one="two" data-on="three">onclick="words"</p>"""
    )
    codes = ["go('x')", "a < b"]
    wanted = {base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes}
    assert wanted <= {each.removeprefix("'sha256-").removesuffix("'") for each in hashes}
    assert not any("task.input" in each for each in hashes)
    policy = _directives(_frame("<crowd-form><a onclick=\"go('x')\">x</a></crowd-form>"))
    assert policy["script-src"][1] == "'unsafe-hashes'"
    assert set(policy["script-src"][2:]) <= set(hashes)


def test_other_hosts_scripts_load_only_where_the_desk_is_told_so() -> None:
    policy = content_security_policy(nonce="n", media_origins=[MEDIA], script_origins=["https://cdn.example"])
    assert "script-src 'nonce-n' https://cdn.example;" in policy
    assert "style-src 'unsafe-inline' https://cdn.example;" in policy


@pytest.mark.parametrize(
    "origin",
    ["*", "https://", "https://a.example/path", "https://a.example; script-src *", "data:", "'self'", "a b", ""],
)
def test_an_origin_is_an_origin(origin: str) -> None:
    with pytest.raises(ValueError, match="isn't an origin"):
        content_security_policy(nonce="n", media_origins=[origin])
    with pytest.raises(ValueError, match="isn't an origin"):
        content_security_policy(nonce="n", media_origins=[], script_origins=[origin])


@pytest.mark.parametrize(
    "origin", ["http://localhost:4566", "https://b.s3.eu-west-1.amazonaws.com", "http://127.0.0.1:80"]
)
def test_addresses_of_buckets_are_origins(origin: str) -> None:
    assert f"img-src {origin} data:" in content_security_policy(nonce="n", media_origins=[origin])


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("<crowd-form><crowd-polygon></crowd-polygon></crowd-form>", "the review desk has no element <crowd-polygon>"),
        ("<crowd-form><CROWD-Keypoint/></crowd-form>", "the review desk has no element <crowd-keypoint>"),
        ("<form><input></form>", "the template has no <crowd-form>: no answer could ever be submitted"),
        ("<!-- <crowd-form> -->", "the template has no <crowd-form>: no answer could ever be submitted"),
    ],
)
def test_what_no_reviewer_could_answer_is_not_shown(template: str, reason: str) -> None:
    with pytest.raises(TemplateProblem) as raised:
        _frame(template)
    assert (raised.value.code, raised.value.text) == ("ValidationError", reason)


def test_an_element_in_a_comment_asks_for_nothing() -> None:
    assert "crowd-form" in _frame("<!-- or a <crowd-polygon> --><crowd-form></crowd-form>").html


def test_tags_that_never_end_are_read_once() -> None:
    # Read again from each of them this took ten minutes.
    for opening in ("<script src=", "<script ", "<!--", ' onclick="', "<crowd-form "):
        _frame("<crowd-form>" + opening * (100_000 // len(opening)))
