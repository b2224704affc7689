"""`make preview|up|down|image`: what they run, in which order, and what they refuse and say."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import StackConfig, load
from infra.deploy import stack
from infra.deploy.image import builder, image
from infra.deploy.ports import Login, Refused
from infra.deploy.stack_files import configuration, stacks, with_image_tag

ROOT = Path(__file__).parents[3]
REPOSITORY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/gavel-dev"


@dataclass
class FakeMachine:
    """Has these tools; `fails` are commands that end badly, `changed` what git says of the tree."""

    tools: tuple[str, ...] = ("pulumi", "docker", "git")
    fails: tuple[str, ...] = ()
    changed: str = ""
    ran: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    def has(self, tool: str) -> bool:
        return tool in self.tools

    def output(self, *command: str) -> str:
        return self.changed if "status" in command else "0123456789ab\n"

    def succeeds(self, *command: str) -> bool:
        return " ".join(command) not in self.fails

    def run(self, *command: str, given: str | None = None) -> None:
        self.ran.append(" ".join(command))
        self.given += [given] if given else []


@dataclass
class FakeCloud:
    repositories: Mapping[str, str] = field(default_factory=lambda: {"gavel-dev": REPOSITORY})
    tags: tuple[str, ...] = ()
    account_id: str = "111122223333"

    def account(self) -> str:
        return self.account_id

    def registry(self, repository: str) -> str | None:
        return self.repositories.get(repository)

    def has_image(self, repository: str, tag: str) -> bool:
        return tag in self.tags

    def login(self) -> Login:
        return Login(user="AWS", password="secret", host=REPOSITORY.partition("/")[0])  # noqa: S106  nobody's


@dataclass
class Told:
    """What a command says, and the tags that it sets."""

    said: list[str] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def set_tag(self, stack_name: str, tag: str) -> None:
        self.tags.append((stack_name, tag))


def config(**values: Any) -> StackConfig:
    return load("dev", {"region": "us-east-1", "protected": False} | values)


def make_image(machine: FakeMachine, cloud: FakeCloud, **values: Any) -> Told:
    told = Told()
    image(config(**values), machine, cloud, say=told.say, set_tag=told.set_tag)
    return told


def refusal_of(command: Any, machine: FakeMachine, cloud: FakeCloud | None = None, **values: Any) -> str:
    with pytest.raises(Refused) as caught:
        command(config(**values), machine, cloud or FakeCloud(), is_sure=False, say=Told().say)
    assert not [command for command in machine.ran if "pulumi up" in command or "destroy" in command]
    return str(caught.value)


def test_the_first_deployment_goes_registry_image_services_and_says_so_at_each_step() -> None:
    machine, told = FakeMachine(), Told()
    stack.up(config(), machine, FakeCloud(), is_sure=True, say=told.say)
    assert machine.ran == ["pulumi stack select --create dev", "pulumi up --stack dev --yes"]
    assert told.said == [
        "There is no image yet, so this makes the registry and everything else but the services.",
        "Next: make image ENV=dev, and make up ENV=dev once more.",
    ]
    later = Told()
    stack.up(config(image_tag="0123456789ab"), machine, FakeCloud(), is_sure=False, say=later.say)
    assert later.said == []


def test_an_image_is_pushed_under_its_commit_and_the_stack_is_told() -> None:
    machine = FakeMachine()
    told = make_image(machine, FakeCloud())
    assert machine.ran == [
        "docker login --username AWS --password-stdin 111122223333.dkr.ecr.us-east-1.amazonaws.com",
        f"docker buildx build --platform linux/arm64 --tag {REPOSITORY}:0123456789ab --provenance=false --push .",
    ]
    assert machine.given == ["secret"], "never on the command line, where everybody sees it"
    assert told.tags == [("dev", "0123456789ab")]
    assert told.said == ["infra/Pulumi.dev.yaml names it now. Next: make up ENV=dev, and commit that file."]


def test_buildah_builds_where_dockers_engine_does_not_answer() -> None:
    machine = FakeMachine(tools=("docker", "buildah"), fails=("docker info",))
    make_image(machine, FakeCloud(), architecture="x86_64")
    assert machine.ran[1:] == [
        f"buildah build --platform linux/amd64 --tag {REPOSITORY}:0123456789ab .",
        f"buildah push {REPOSITORY}:0123456789ab",
    ]


def test_an_image_that_is_there_is_not_built_again_as_tags_never_move() -> None:
    machine = FakeMachine()
    told = make_image(machine, FakeCloud(tags=("0123456789ab",)))
    assert machine.ran == []
    assert told.said[0] == f"{REPOSITORY}:0123456789ab is there already."
    assert told.tags == [("dev", "0123456789ab")]


def test_a_dirty_tree_is_refused_by_name_but_for_the_stacks_files() -> None:
    changed = " M shared/clock.py\n?? notes.txt\n M infra/Pulumi.dev.yaml\n"
    with pytest.raises(Refused, match=r"none holds shared/clock\.py, notes\.txt: commit that first"):
        make_image(FakeMachine(changed=changed), FakeCloud())
    with pytest.raises(Refused, match="and 2 more"):
        make_image(FakeMachine(changed="".join(f"?? {name}\n" for name in "abcdefg")), FakeCloud())
    assert make_image(FakeMachine(changed=" M infra/Pulumi.dev.yaml\n"), FakeCloud()).tags


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (FakeMachine(tools=()), "there is no docker, and there is no buildah"),
        (FakeMachine(fails=("docker info",)), "its engine doesn't answer, and there is no buildah"),
        (FakeMachine(fails=("docker buildx version",)), "without its plugin buildx, and there is no buildah"),
    ],
)
def test_without_a_builder_the_refusal_says_what_is_missing(machine: FakeMachine, why: str) -> None:
    with pytest.raises(Refused, match=why):
        builder(machine)


def test_an_image_before_the_registry_is_refused_with_what_makes_it() -> None:
    with pytest.raises(Refused, match="dev has no registry yet: make up ENV=dev makes it"):
        make_image(FakeMachine(), FakeCloud(repositories={}))


@pytest.mark.parametrize("command", [stack.preview, stack.up, stack.down])
def test_without_pulumi_or_its_login_or_in_another_account_nothing_is_touched(command: Any) -> None:
    assert "the Pulumi CLI isn't installed: https://" in refusal_of(command, FakeMachine(tools=()))
    assert "`pulumi login" in refusal_of(command, FakeMachine(fails=("pulumi whoami --non-interactive",)))
    elsewhere = FakeCloud(account_id="999999999999")
    told = refusal_of(command, FakeMachine(), elsewhere, account_id="111122223333")
    assert told == "dev belongs into account 111122223333, and the credentials are of 999999999999"


def test_a_protected_stack_is_not_taken_down() -> None:
    assert "dev is protected: set gavel:protected to false" in refusal_of(stack.down, FakeMachine(), protected=True)
    machine = FakeMachine()
    stack.down(config(), machine, FakeCloud(), is_sure=True, say=Told().say)
    assert machine.ran[-1] == "pulumi destroy --stack dev --yes"


def test_only_stacks_that_go_to_aws_can_be_named() -> None:
    assert stacks() == ["dev", "prod", "staging"]
    for name in ("", "local", "qa"):
        with pytest.raises(Refused, match=r"ENV=dev\|prod\|staging"):
            configuration(name)


def test_a_stacks_file_keeps_everything_but_the_tag() -> None:
    text = (ROOT / "infra" / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    once = with_image_tag(text, "12345678e901")
    assert once.startswith(text)
    assert yaml.safe_load(once)["config"]["gavel:image_tag"] == "12345678e901", "a text, though YAML knows such numbers"
    twice = with_image_tag(once, "0123456789ab")
    assert twice == once.replace("12345678e901", "0123456789ab")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["up"], "there is no stack ''"),
        (["up", "dev"], "the Pulumi CLI isn't installed"),
        (["preview", "staging"], "the Pulumi CLI isn't installed"),
        (["down", "prod"], "prod is protected"),
    ],
)
def test_the_commands_refuse_on_a_machine_that_has_nothing(arguments: list[str], why: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "infra.deploy", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
