"""docs/policy.md shows the loader's own tables: where they differ, the failing test prints what belongs there."""

import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import infra
from shared.policy.decide import ReasonCode
from shared.policy.keys import AUDIT, CANARY, POLICY, REVIEW, REVIEW_ONLY, RULE, SHIFT, VIDEO
from shared.policy.kinds import Key, ListOf, Section
from shared.policy.load import load
from shared.taxonomy.labels import taxonomy

DOCS = (Path(infra.__file__).parents[1] / "docs" / "policy.md").read_text(encoding="utf-8")
SECTIONS = {
    "the file": POLICY,
    "a rule": RULE,
    "content_types": SHIFT,
    "video": VIDEO,
    "review_only": REVIEW_ONLY,
    "audit": AUDIT,
    "canary": CANARY,
    "review": REVIEW,
}


def table(section: Section) -> str:
    rows = [
        f"| `{name}` | {takes(key)} | {default(section.model, name)} | {key.meaning} |"
        for name, key in section.keys.items()
    ]
    return "\n".join(("| key | takes | default | meaning |", "|---|---|---|---|", *rows))


def takes(key: Key) -> str:
    is_nested = isinstance(key.kind, Section) or (isinstance(key.kind, ListOf) and isinstance(key.kind.item, Section))
    return f"{key.kind.says}, see below" if is_nested else key.kind.says


def default(model: Any, name: str) -> str:
    value = next(field.default for field in fields(model) if field.name == name)
    if value is MISSING:
        return "required"
    if value is None or value == () or value == "" or is_dataclass(value):
        return "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{str(value).lower()}`"


def taxonomy_list() -> str:
    return "\n".join(f"{'  ' * (label.level - 1)}- {label.name}" for label in taxonomy().labels.values())


@pytest.mark.parametrize("name", SECTIONS)
def test_the_reference_has_every_key_as_the_loader_reads_it(name: str) -> None:
    assert table(SECTIONS[name]) in DOCS, f"{name}:\n{table(SECTIONS[name])}"


def test_the_reference_lists_the_taxonomy() -> None:
    assert taxonomy_list() in DOCS, taxonomy_list()


def test_the_reference_explains_every_reason_code_and_no_other() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", DOCS.split("## Reasons")[1].split("\n## ")[0], re.M) == list(ReasonCode)


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", DOCS, re.S))
def test_every_example_is_a_policy_that_loads(example: str) -> None:
    text = example if "name:" in example.splitlines()[0] else f"name: example\n{example}"
    text = text if "rules:" in text else f"{text}\nrules:\n  Violence: {{review_from: 60}}\n"
    assert load(text, origin="docs/policy.md").rules
