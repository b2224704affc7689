"""A template's source made ready for the frame, before anything is rendered."""

import base64
import hashlib
import html
import re
from typing import Final

from shared.worker_templates.problem import TemplateProblem

ELEMENTS: Final = frozenset(
    {
        "crowd-alert",
        "crowd-badge",
        "crowd-bounding-box",
        "crowd-button",
        "crowd-card",
        "crowd-checkbox",
        "crowd-classifier",
        "crowd-entity-annotation",
        "crowd-form",
        "crowd-icon-button",
        "crowd-image-classifier",
        "crowd-image-classifier-multi-select",
        "crowd-input",
        "crowd-instructions",
        "crowd-modal",
        "crowd-radio-button",
        "crowd-radio-group",
        "crowd-rekognition-detect-moderation-labels",
        "crowd-slider",
        "crowd-tab",
        "crowd-tabs",
        "crowd-text-area",
        "crowd-toggle-button",
    }
)
"""What the desk's stand-in for crowd-html-elements has (`services/review/desk/static`)."""

_ELEMENT: Final = re.compile(r"<(crowd-[a-z-]+)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# Bounded repeats: a template of tags that never end must not be read again from each of them.
_SCRIPT: Final = re.compile(
    r"<script(?P<attributes>(?:\s[^<>]{0,1000})?)>(?P<end>\s*</script\s*>)?", re.IGNORECASE | re.DOTALL
)
_SOURCE: Final = re.compile(r"""\ssrc\s*=\s*["']?(?P<url>[^\s"']*)""", re.IGNORECASE)
_CROWD_URL: Final = re.compile(r"(?:https?:)?//assets\.crowd\.aws/crowd-html-elements\.js", re.IGNORECASE)
_HANDLER: Final = re.compile(r"""[\s"']on[a-z]+\s{0,9}=\s{0,9}("[^"]{0,2000}"|'[^']{0,2000}')""", re.IGNORECASE)


def check_elements(template: str) -> None:
    """Raises TemplateProblem for a template that the desk can't show, or that no answer could come from."""
    markup = _COMMENT.sub("", template)
    used = {name.lower() for name in _ELEMENT.findall(markup)}
    if unknown := sorted(used - ELEMENTS):
        raise TemplateProblem(f"the review desk has no element <{unknown[0]}>")
    if not used & {"crowd-form", "crowd-entity-annotation"}:
        raise TemplateProblem("the template has no <crowd-form>: no answer could ever be submitted")


def with_script(template: str, elements_url: str, *, nonce: str = "") -> str:
    """The template with the desk's stand-in instead of Amazon's script, put first where it asks for none.

    `nonce` goes to that script and to every inline script of the template, and to nothing that data may bring in: the
    source is marked before any value is rendered into it. It has no quotes, since scripts write scripts in strings.
    """
    mark = f" nonce={nonce}" if nonce else ""
    own = f'<script type="module"{mark} src="{html.escape(elements_url)}">'
    asked = False

    def marked(tag: re.Match[str]) -> str:
        nonlocal asked
        source = _SOURCE.search(tag["attributes"])
        if source is None:
            return f"{tag[0][:7]}{mark}{tag[0][7:]}"
        if _CROWD_URL.fullmatch(source["url"]):
            asked = True
            return own + (tag["end"] or "")
        return tag[0]

    page = _SCRIPT.sub(marked, template)
    return page if asked else f"{own}</script>{page}"


def handler_hashes(template: str) -> tuple[str, ...]:
    """CSP source expressions of the event handlers (`onclick="…"`) that the template itself has.

    One that a value is rendered into has none: nobody can tell beforehand what it would run.
    """
    codes = {
        html.unescape(value[1:-1]) for value in _HANDLER.findall(template) if "{{" not in value and "{%" not in value
    }
    return tuple(sorted(f"'sha256-{_sha256(code)}'" for code in codes))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()).decode("ascii")
