"""`make image-check`: builds the image without a container engine, and runs the whole demo's services out of it.

The tasks are those of every local stack, with the same definitions; only that a task's command is looked up and run in
the image's file system: read-only, as the image's user, with none of its shells there any more.
"""

import asyncio
import os
import platform
import subprocess
import sys
from pathlib import Path
from shlex import quote
from typing import Final

from cli.connection import point_to_local
from cli.demo.run import demo
from cli.demo.samples import bad_events, samples
from cli.local import ROOT, LocalStackProblem, local_stack
from cli.screen import Exit, err, out
from infra.worker import UNPRIVILEGED_USER
from tests.image.build import Image, ImageProblem, built, missing_tools

FOLDER: Final = ROOT / ".gavel" / "image"
ENTER: Final = Path(__file__).with_name("enter.sh")
SHELLS: Final = ("sh", "bash", "dash", "rbash")

PROBE: Final = """
import os, pathlib, sys
problems = [f"it runs as {os.getuid()}:{os.getgid()}"] if (os.getuid(), os.getgid()) != (10001, 10001) else []
problems += ["it has groups"] if os.getgroups() else []
problems += ["it has privileges"] if int(open("/proc/self/status").read().split("CapEff:")[1].split()[0], 16) else []
for place in ("/app", "/opt/gavel", "/var/tmp", "/"):
    try:
        pathlib.Path(place, "written").write_text("x")
        problems.append(f"{place} can be written to")
    except OSError:
        pass
pathlib.Path("/tmp/written").write_text("x")
sys.exit("; ".join(problems) or 0)
"""
"""Run inside: says what a task could do there that it should not."""


def main() -> int:
    if os.geteuid() != 0 or missing_tools():
        needed = f"`apt-get install {' '.join(missing_tools())}`" if missing_tools() else "root, for chroot and mount"
        err.print(f"[red]the image can't be checked here[/]: it needs {needed}", highlight=False)
        return Exit.FAILED
    try:
        with built(FOLDER, out.print) as image:
            return _check(image)
    except (ImageProblem, LocalStackProblem) as problem:
        err.print(f"[red]{problem}[/]", highlight=False)
        return Exit.FAILED


def _check(image: Image) -> int:
    out.print(f"built for {platform.machine()}: {_size_mb(image.root):.0f} MB with the base, runs as {image.user}")
    if image.user != UNPRIVILEGED_USER:
        raise ImageProblem(f"the image runs as {image.user}, its tasks as {UNPRIVILEGED_USER}")
    for shell in SHELLS:
        (image.root / "usr" / "bin" / shell).unlink(missing_ok=True)
    for file in ("hosts", "resolv.conf"):  # which every engine mounts over
        (image.root / "etc" / file).touch()
    programs = _programs(image)
    probed = subprocess.run(  # noqa: S603  our own program
        [programs / "python", "-c", PROBE], stderr=subprocess.PIPE, text=True, check=False
    )
    if probed.returncode:
        raise ImageProblem(f"inside the image: {probed.stderr.strip()}")
    with local_stack(FOLDER / "stack", programs=programs, say=out.print) as stack:
        point_to_local(stack.state)
        rows = asyncio.run(demo(stack, samples(), bad_events(), once=True))
    wrong = [row.sent.name for row in rows if not row.is_right]
    if wrong:
        raise ImageProblem(f"{len(wrong)} of {len(rows)} did not end as they should: {', '.join(wrong)}")
    out.print(f"[green]all {len(rows)} ended as they should[/], with every service run from the image")
    return Exit.OK


def _programs(image: Image) -> Path:
    """A folder whose `python` is the image's, run inside it with the image's variables."""
    programs = FOLDER / "programs"
    programs.mkdir(parents=True, exist_ok=True)
    uid, _, gid = image.user.partition(":")
    variables = {"HOME": "/"} | image.environment
    exports = "".join(f"export {name}={quote(value)}\n" for name, value in variables.items())
    inside = f"{ENTER} {image.root} {uid} {gid} {image.folder} python"
    script = programs / "python"
    script.write_text(f'#!/bin/sh\n{exports}exec {inside} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return programs


def _size_mb(root: Path) -> float:
    return sum(path.lstat().st_size for path in root.rglob("*")) / 1e6


if __name__ == "__main__":
    sys.exit(main())
