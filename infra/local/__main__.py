"""`python -m infra.local --endpoint http://localhost:4566`: apply the Pulumi program to a running emulator."""

import argparse
import json
import sys
from pathlib import Path

from infra.config import LOCAL, ConfigError
from infra.local.apply import ApplyError, apply


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra.local", description=__doc__)
    parser.add_argument("--endpoint", required=True, help="where the emulator answers")
    parser.add_argument("--stack", default=LOCAL, help="whose configuration to apply (default: local)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="a configuration value, as JSON"
    )
    parser.add_argument("--outputs", type=Path, help="file for the program's outputs, as JSON")
    chosen = parser.parse_args()
    overrides = {field: json.loads(value) for field, _, value in (each.partition("=") for each in chosen.set)}
    try:
        outputs = apply(chosen.endpoint, stack=chosen.stack, overrides=overrides, say=_say)
    except (ApplyError, ConfigError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201  a command's last word
        return 1
    if chosen.outputs:
        chosen.outputs.write_text(json.dumps(outputs, indent=2), encoding="utf-8")
    return 0


def _say(line: str) -> None:
    print(line)  # noqa: T201  a command that tells how far it is


if __name__ == "__main__":
    sys.exit(main())
