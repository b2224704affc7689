"""The program as a whole: it can be previewed, says what others build on, and names its resources for good."""

import json
from pathlib import Path

import pytest

from infra.local.apply import MAKERS, NOT_MADE
from tests.unit.infra.stacks import KINDS, declared

NAMES = Path(__file__).parent / "resource_names.json"


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_declares_the_same_resources_when_nothing_is_known_yet(kind: str) -> None:
    preview = {(each.type, each.name) for each in declared(kind, preview=True).resources}
    assert preview == {(each.type, each.name) for each in declared(kind).resources}


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_resources_of_a_type_have_one_name(kind: str) -> None:
    names = [(each.type, each.name) for each in declared(kind).resources]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", KINDS)
def test_no_document_holds_what_is_not_known(kind: str) -> None:
    """An output that nobody made would be a null in a policy, and the policy would still look right."""
    for each in declared(kind).resources:
        for value in each.inputs.values():
            assert "null" not in value if isinstance(value, str) and value.startswith(("{", "[")) else True, each.name


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_can_be_made_in_the_emulator_or_is_on_the_list(kind: str) -> None:
    types = {each.type for each in declared(kind).resources if not each.type.startswith("gavel:")}
    assert types <= set(MAKERS) | set(NOT_MADE)


def test_the_outputs_are_what_the_command_line_reads() -> None:
    told = declared("dev").outputs
    assert set(told) == {
        *("region", "ledger_table", "media_bucket", "work_bucket", "evidence_bucket", "policy_bucket", "queues"),
        *("dead_letters", "topics", "flow_definitions", "dataset_review", "cluster"),
        *("rekognition_tps", "bulk_backend"),
        *("user_pool_id", "user_pool_client_id", "reviewers_group", "services"),
        *("desk_url", "desk_table", "desk_entrance", "registry", "verified_table"),
        *("api_url", "api_token_url", "api_user_pool_id", "api_clients", "console_url", "operator_groups"),
    }
    parameter = declared("dev").one("aws:ssm/parameter:Parameter", "outputs").inputs
    assert parameter["name"] == "/gavel/dev/outputs"
    assert json.loads(parameter["insecureValue"]) == told


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_a_resource_that_changes_its_name_would_be_made_anew_so_names_are_kept(stack: str) -> None:
    """Where this is meant, write the file anew: `python -m tests.unit.infra.test_program`."""
    assert names_of(stack) == json.loads(NAMES.read_text(encoding="utf-8"))[stack]


def names_of(stack: str) -> list[str]:
    """Type and name of everything but what is named after a version of a policy."""
    resources = [each for each in declared(stack).resources if not each.inputs.get("key", "").endswith(".yaml")]
    return sorted(f"{each.type} {each.name}" for each in resources)


if __name__ == "__main__":
    stacks = {stack: names_of(stack) for stack in ("local", "dev", "staging", "prod")}
    NAMES.write_text(json.dumps(stacks, indent=2) + "\n", encoding="utf-8")
