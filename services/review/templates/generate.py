"""The pages that reviewers see, made from the taxonomy and a policy.

They are plain A2I worker templates: the same text goes to CreateHumanTaskUi and to Gavel's own desk. A page changes
only with what is on it, so that a new threshold makes no new page.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, assert_never

from shared.contracts.words import MediaKind
from shared.policy.model import Policy, Rule
from shared.taxonomy.labels import Label, taxonomy

TEMPLATE_LIMIT: Final = 128_000
"""Characters; CreateHumanTaskUi, UiTemplate.Content."""
_FOLDER: Final = Path(__file__).parent


def image_custom(policy: Policy) -> str:
    """The page for custom-task loops on images. Its answer is what `services.review.domain.tasks.answers` reads.

    The instructions are those of the loop's input, which has them as they were when the item was accepted; the policy's
    own are for a loop without any. Raises ValueError when instructions make the page longer than A2I takes.
    """
    return _page(
        "image_custom.liquid.html",
        {
            "instructions": _instructions(policy, 'class="gavel-instructions"'),
            "taxonomy": _tree(),
        },
    )


def video_custom(policy: Policy) -> str:
    """The page for custom-task loops on videos, with the instructions as `image_custom` has them. Its answer is what
    `services.review.domain.video_tasks` reads. Raises ValueError as `image_custom` does."""
    return _page(
        "video_custom.liquid.html",
        {"instructions": _instructions(policy, 'class="gavel-instructions"'), "options": _options()},
        styles=("page.css", "video.css"),
        scripts=("comfort.js", "video.js"),
    )


def custom_page(policy: Policy, kind: MediaKind) -> str:
    """The page for loops that REVIEW starts on this kind of media."""
    match kind:
        case MediaKind.IMAGE:
            return image_custom(policy)
        case MediaKind.VIDEO:
            return video_custom(policy)
        case _:
            assert_never(kind)


def image_integrated(policy: Policy) -> str:
    """The page for loops that Rekognition starts, on `crowd-rekognition-detect-moderation-labels`.

    It offers what the conditions asked about, then what else the model found, then the policy's own concerns (level 1),
    so that a reviewer can say what the model has missed. Raises ValueError as `image_custom` does.
    """
    return _page(
        "image_integrated.liquid.html",
        {"instructions": _instructions(policy, ""), "categories": _concerns(policy)},
    )


def dataset() -> str:
    """The page that asks whether an image shows a label, for `gavel dataset`; it is the same for every policy."""
    return _page("dataset.liquid.html", {})


def _page(
    skeleton: str,
    parts: Mapping[str, str],
    *,
    styles: Sequence[str] = ("page.css",),
    scripts: Sequence[str] = ("comfort.js", "page.js"),
) -> str:
    page = _read(skeleton)
    filled = {
        "style": f"<style>\n{''.join(_read(f'parts/{name}') for name in styles)}</style>",
        "script": f"<script>\n{''.join(_read(f'parts/{name}') for name in scripts)}</script>",
        **parts,
    }
    for name, part in filled.items():
        page = page.replace(f"{{% comment %}}gavel:{name}{{% endcomment %}}", part)
    if len(page) > TEMPLATE_LIMIT:
        raise ValueError(f"the page has {len(page):,} characters; a task page has at most {TEMPLATE_LIMIT:,}")
    return page


def _instructions(policy: Policy, attributes: str) -> str:
    paragraphs = [" ".join(part.split()) for part in policy.review.instructions.split("\n\n")]
    opening = f"<p {attributes}>" if attributes else "<p>"
    return "\n".join(f"{opening}{_literal(part)}</p>" for part in paragraphs if part)


def _tree() -> str:
    """Every label of the taxonomy as a checkbox, save those that stand above already: they were found."""
    labels = taxonomy().labels
    tops = "".join(_branch(label) for label in labels.values() if label.level == 1)
    return f'<details class="gavel-others"><summary>Something else</summary>\n<ul>\n{tops}</ul></details>'


def _branch(label: Label) -> str:
    below = "".join(_branch(other) for other in taxonomy().labels.values() if other.parent == label.name)
    name = _literal(label.name)
    box = f'<label><input type="checkbox" name="labels" value="{name}"> {name}</label>'
    inner = f"<ul>\n{below}</ul>" if below else ""
    return f"<li>{_unless_found(label.name, box, f'<span>{name}</span>')}{inner}</li>\n"


def _options() -> str:
    """Every label of the taxonomy, under the one of level 1 that it belongs to."""
    labels = taxonomy().labels.values()
    return "\n".join(
        f'<optgroup label="{_literal(top.name)}">'
        + "".join(f"<option>{_literal(name)}</option>" for name in (top.name, *top.descendants))
        + "</optgroup>"
        for top in labels
        if top.level == 1
    )


def _unless_found(name: str, box: str, otherwise: str) -> str:
    return f'{{% unless found contains "{_in_liquid(name)}" %}}{box}{{% else %}}{otherwise}{{% endunless %}}'


def _concerns(policy: Policy) -> str:
    """The labels of level 1 in whose branch something isn't simply approved, as entries of the element's list."""
    acting = {rule.label for rule in policy.rules if _acts(rule)}
    is_concern: Callable[[Label], bool] = lambda top: bool(acting & {top.name, *top.descendants})  # noqa: E731
    tops = [label for label in taxonomy().labels.values() if label.level == 1 and is_concern(label)]
    return "\n".join(_concern(top) for top in tops)


def _concern(top: Label) -> str:
    name = _in_liquid(top.name)
    entry = f'{{ "name": "{_literal(top.name)}", "parentName": "" }},'
    return f'{{% unless asked contains "{name}" or found contains "{name}" %}}{entry}{{% endunless %}}'


def _acts(rule: Rule) -> bool:
    return any(bound is not None for bound in (rule.approve_below, rule.review_from, rule.restrict_at, rule.reject_at))


def _in_liquid(name: str) -> str:
    """A label inside of a Liquid string, which has no escapes."""
    if '"' in name or "%}" in name:
        raise ValueError(f"the label {name!r} can't be written in Liquid")
    return name


def _literal(text: str) -> str:
    """Text that stands for itself in HTML, in attributes and in Liquid."""
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
