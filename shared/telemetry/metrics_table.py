"""The metrics as `docs/metrics.md`: `python -m shared.telemetry.metrics_table` writes it, and a test compares."""

from pathlib import Path
from typing import Final

from shared.telemetry.metrics import REGISTRY

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "metrics.md"
_HEAD: Final = (
    "# Metrics",
    "",
    "Every metric that the services send by OTLP, made from `shared/telemetry/metrics.py`. Attributes whose values",
    "have no end, as tenants and policy versions, are told apart up to 100 values a task; the rest is `other`.",
    "",
    "| metric | kind | unit | meaning | attributes |",
    "|---|---|---|---|---|",
)


def table() -> str:
    """The registry as `docs/metrics.md`."""
    rows = [
        f"| `{each.name}` | {each.kind} | {each.unit.replace('{', '').replace('}', '')} | {each.meaning} | "
        f"{', '.join(f'`{name}`' for name in each.attributes)} |"
        for each in sorted(REGISTRY, key=lambda metric: metric.name)
    ]
    return "\n".join([*_HEAD, *rows, ""])


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
