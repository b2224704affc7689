"""What moving a million images costs, by the requests that `gavel cost` reckons with."""

import json
import subprocess
import sys
from typing import Any

from tests.bench.report import Figure
from tests.emulator import CHECKOUT

PART = "money"


def measure() -> tuple[list[Figure], dict[str, Any]]:
    command = [sys.executable, "-m", "cli.main", "cost", "--images-per-day", "100000", "--review-rate", "0", "--json"]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)  # noqa: S603
    told = json.loads(done.stdout)
    figure = Figure(
        part=PART,
        what="a million images that the policy decides alone, beside Rekognition",
        value=told["usd_moving_a_million_images"],
        unit="USD",
        at_most=15,
        beside=f"list prices of {told['prices_checked_on']}, requests of {told['measured']['on']}",
    )
    return [figure], told
