"""`make image`: the one image of all services, built from a commit, pushed under the commit's name, for good."""

from collections.abc import Callable
from typing import Final

from infra.config import StackConfig
from infra.deploy.ports import Cloud, Machine, Refused
from infra.deploy.stack import Say, own_account
from infra.fields import Architecture

PLATFORM: Final = {Architecture.ARM64: "linux/arm64", Architecture.X86_64: "linux/amd64"}
TAG_LENGTH: Final = 12
TOLD: Final = 5
"""Changed files that a refusal names."""
STACK_FILE: Final = "infra/Pulumi."
"""Begins the paths of files that no image holds, and that this command itself changes."""


def image(
    config: StackConfig, machine: Machine, cloud: Cloud, *, say: Say, set_tag: Callable[[str, str], None]
) -> None:
    """Refuses a tree with changes that no commit holds: the tag would name something else than what is in the image."""
    tag = commit(machine)
    build = builder(machine)
    own_account(config, cloud)
    address = cloud.registry(config.prefix)
    if address is None:
        raise Refused(
            f"{config.stack} has no registry yet: make up ENV={config.stack} makes it, and everything but the services"
        )
    if cloud.has_image(config.prefix, tag):
        say(f"{address}:{tag} is there already.")
    else:
        login = cloud.login()
        machine.run(build[0], "login", "--username", login.user, "--password-stdin", login.host, given=login.password)
        _build(build, machine, f"{address}:{tag}", PLATFORM[config.architecture])
    set_tag(config.stack, tag)
    say(f"infra/Pulumi.{config.stack}.yaml names it now. Next: make up ENV={config.stack}, and commit that file.")


def commit(machine: Machine) -> str:
    """The tag: the commit that the tree is at. Raises Refused when the tree isn't what the commit says."""
    changed = [line[3:] for line in machine.output("git", "status", "--porcelain").splitlines()]
    changed = [path for path in changed if not path.startswith(STACK_FILE)]
    if changed:
        more = f" and {len(changed) - TOLD} more" if len(changed) > TOLD else ""
        raise Refused(
            f"an image is named after a commit, and none holds {', '.join(changed[:TOLD])}{more}: commit that first"
        )
    return machine.output("git", "rev-parse", f"--short={TAG_LENGTH}", "HEAD").strip()


def builder(machine: Machine) -> tuple[str, ...]:
    """The beginning of the build command: Docker's where its engine answers, else buildah's."""
    reasons = []
    if not machine.has("docker"):
        reasons.append("there is no docker")
    elif not machine.succeeds("docker", "info"):
        reasons.append("docker is there and its engine doesn't answer")
    elif not machine.succeeds("docker", "buildx", "version"):
        reasons.append("docker is there without its plugin buildx")
    else:
        return ("docker", "buildx", "build")
    if machine.has("buildah"):
        return ("buildah", "build")
    raise Refused(f"nothing can build an image here: {reasons[0]}, and there is no buildah")


def _build(build: tuple[str, ...], machine: Machine, reference: str, platform: str) -> None:
    command = (*build, "--platform", platform, "--tag", reference)
    if build[0] == "docker":
        # Else each tag has an index and an attestation besides: three of the images that the registry keeps so many of.
        machine.run(*command, "--provenance=false", "--push", ".")
        return
    machine.run(*command, ".")
    machine.run("buildah", "push", reference)
