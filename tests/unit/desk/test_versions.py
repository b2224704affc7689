"""The emulator renders worker templates in an environment of its own."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PINNED = re.compile(r"^python-liquid==(\S+)", re.MULTILINE)


def test_the_emulator_has_the_services_version_of_the_engine() -> None:
    services, emulator = (
        PINNED.findall((ROOT / lock).read_text(encoding="utf-8"))
        for lock in ("requirements/runtime.txt", "emulator/requirements.txt")
    )
    assert len(services) == 1
    assert services == emulator
