"""`python -m infra.local --endpoint http://localhost:4566`: apply the Pulumi program to a running emulator."""

import argparse
import json
import sys
from pathlib import Path

from infra.config import LOCAL, ConfigError
from infra.local.apply import ApplyError, applied


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
        done = applied(chosen.endpoint, stack=chosen.stack, overrides=overrides)
    except (ApplyError, ConfigError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201  a command's last word
        return 1
    print(*done.told(), sep="\n")  # noqa: T201  what a command has done
    if chosen.outputs:
        chosen.outputs.write_text(json.dumps(done.outputs, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
