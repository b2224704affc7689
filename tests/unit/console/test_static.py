"""Files that the pages load: ours, and one of somebody else's, as it was published."""

import hashlib

import pytest

from services.results.console.ports import ROOT
from services.results.console.web.app import STATIC
from tests.unit.console.visiting import visiting

CHARTS = "vendor/chart-4.6.1.umd.min.js"


def test_the_chart_library_is_what_npm_has() -> None:
    """`npm pack chart.js@4.6.1`, package/dist/chart.umd.min.js."""
    digest = hashlib.sha256((STATIC / CHARTS).read_bytes()).hexdigest()
    assert digest == "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
    assert "MIT License" in (STATIC / "vendor" / "chart-LICENSE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", ["console.css", "console.js", "charts.js", CHARTS, "gavel.svg"])
async def test_they_are_there_without_signing_in(file: str) -> None:
    async with visiting() as visitor:
        visitor.http.session.cookie_jar.clear()
        await visitor.page(f"/static/{file}")


async def test_nothing_beside_them_is() -> None:
    async with visiting() as visitor, visitor.http.get(f"{ROOT}/static/..%2fports.py") as answer:
        assert answer.status in {403, 404}
