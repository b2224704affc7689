"""The page about the API (docs/api.md) tells of every operation and every problem."""

import re
from pathlib import Path
from typing import Final

from services.results.api.web.openapi import document

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_operation_is_told_with_its_scope() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            (scope,) = re.findall(r"`(gavel/\w+)`", operation["description"])
            assert f"| `{method.upper()} {path}` | `{scope}` |" in PAGE


def test_every_problem_is_told() -> None:
    sources = [*(ROOT / "services" / "results" / "api").rglob("*.py"), ROOT / "shared" / "ledger" / "appeals.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    codes = set(re.findall(r'(?:Problem\(\d{3}, |Refusal\(\s*code=)"([a-z-]+)"', text))
    assert len(codes) > 10
    # What an unknown item is answered with is found out before anybody is asked about its appeal.
    assert {code for code in codes if f"`{code}`" not in PAGE} == {"appeal-of-unknown-item"}
