"""Options that every subcommand has."""

from typing import Annotated

import typer

Stack = Annotated[
    str, typer.Option("--stack", envvar="GAVEL_STACK", help="the deployed stack: local, dev, staging, prod")
]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of tables")]
