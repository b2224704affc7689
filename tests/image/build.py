"""Builds the Dockerfile where there is no container engine and no registry: buildah, on a base of Debian's packages."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
SUITE: Final = "bookworm"
BASE: Final = "docker.io/library/python:3.11-slim-bookworm"
"""What the Dockerfile names; Debian bookworm's own Python is a 3.11 too."""
IMAGE: Final = "localhost/gavel:check"
TOOLS: Final = {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "unshare": "util-linux", "setpriv": "util-linux"}
"""Programs, and the Debian packages that have them."""
CERTIFICATES: Final = Path("/etc/ssl/certs")
PIP_CONFIGURATION: Final = Path("/etc/pip.conf")


class ImageProblem(Exception):
    """The image can't be checked; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image's file system, unpacked at `root`, and what it says about running it."""

    root: Path
    user: str
    folder: str
    environment: dict[str, str]
    command: tuple[str, ...]


def missing_tools() -> list[str]:
    return sorted({package for program, package in TOOLS.items() if shutil.which(program) is None})


@contextmanager
def built(folder: Path, say: Callable[[str], None]) -> Iterator[Image]:
    """The image, built anew; `folder` keeps the base's archive for the next time, and nothing else stays.

    Raises ImageProblem with the end of what the failing command said.
    """
    archive = folder / f"{SUITE}.tar"
    store = folder / "store"
    folder.mkdir(parents=True, exist_ok=True)
    buildah = _Buildah(store)
    try:
        if not archive.exists():
            say(f"assembling the base from Debian {SUITE}'s packages")
            _assemble(archive)
        _base(buildah, archive)
        say("building the Dockerfile")
        buildah("build", "--pull-never", "--network", "host", *_own_index(folder), "--tag", IMAGE, str(ROOT))
        config = json.loads(buildah("inspect", "--type", "image", IMAGE))["OCIv1"]["config"]
        root = Path(buildah("mount", buildah("from", "--pull-never", IMAGE)))
        yield _image(root, config)
    finally:
        with suppress(ImageProblem):  # nothing to take down when it never got so far
            buildah("umount", "--all")
            buildah("rm", "--all")
        shutil.rmtree(store, ignore_errors=True)


class _Buildah:
    """Without a daemon, without overlays and without namespaces of its own: it works inside other containers too."""

    def __init__(self, store: Path) -> None:
        shutil.rmtree(store, ignore_errors=True)
        self._options = ("--root", str(store / "root"), "--runroot", str(store / "run"), "--storage-driver", "vfs")

    def __call__(self, verb: str, *arguments: str) -> str:
        isolation = ("--isolation", "chroot") if verb in {"build", "from"} else ()
        return _run("buildah", *self._options, verb, *isolation, *arguments)


def _assemble(archive: Path) -> None:
    unfinished = archive.with_suffix(".part.tar")
    packages = "--include=python3,python3-venv,ca-certificates"
    _run("mmdebstrap", "--variant=minbase", packages, SUITE, str(unfinished))
    unfinished.rename(archive)


def _base(buildah: _Buildah, archive: Path) -> None:
    """The archive under the name of the Dockerfile's base, with Python where that has it."""
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(archive), "/")
    (Path(buildah("mount", container)) / "usr" / "local" / "bin" / "python").symlink_to("/usr/bin/python3")
    buildah("config", "--env", "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    buildah("commit", "--quiet", "--rm", container, BASE)


def _own_index(folder: Path) -> list[str]:
    """Let the build use this machine's package index: its certificates, and what pip and uv are told here. All of it is
    mounted in the build stage alone, so that nothing of it gets into the image."""
    uv = folder / "uv.toml"
    uv.write_text("native-tls = true\n", encoding="utf-8")
    mounts = {CERTIFICATES: CERTIFICATES, PIP_CONFIGURATION: PIP_CONFIGURATION, uv: Path("/etc/uv/uv.toml")}
    return [
        part for here, there in mounts.items() if here.exists() for part in ("--volume", f"{here.resolve()}:{there}:ro")
    ]


def _image(root: Path, config: dict[str, Any]) -> Image:
    return Image(
        root=root,
        user=config["User"],
        folder=config["WorkingDir"],
        environment=dict(variable.split("=", 1) for variable in config["Env"]),
        command=tuple(config["Cmd"]),
    )


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own arguments
    if done.returncode:
        said = "\n".join(f"{done.stdout}\n{done.stderr}".strip().splitlines()[-25:])
        raise ImageProblem(f"{' '.join(command[:8])} … ended with status {done.returncode}:\n{said}")
    return done.stdout.strip()
