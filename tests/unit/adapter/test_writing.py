"""How an adapter is written into a policy without touching anything else."""

from dataclasses import replace

import pytest

from cli.adapter.promotion import CannotPromote
from cli.adapter.writing import with_adapter
from shared.policy.load import PolicyError, load

ARN = "arn:aws:rekognition:us-east-1:000000000000:project/smokers/version/a1b2/1791000000000"
OLD = ARN.replace("a1b2", "0000")
POLICY = """# Ours, since 2024.
name: standard  # never change this

rules:
  # Somebody may need help.
  Self-Harm: {review_from: 50, alert: true}
  "Smoking":
    restrict_at: 75   # measured
"""


def test_the_adapter_comes_behind_the_name_and_all_else_stays() -> None:
    text, policy = with_adapter(POLICY, ARN, origin="p")
    assert text == POLICY.replace("this\n", f"this\nadapter: {ARN}\n")
    assert policy.adapter == ARN
    assert policy.version != load(POLICY, origin="p").version


def test_an_adapter_is_replaced_where_it_stands() -> None:
    before = f"{POLICY}adapter: '{OLD}'  # since May\n"
    text, policy = with_adapter(before, ARN, origin="p")
    assert text == f"{POLICY}adapter: {ARN}  # since May\n"
    assert policy.adapter == ARN


@pytest.mark.parametrize(
    "text",
    [
        "{name: flow, rules: {Violence: {reject_at: 90}}}",
        '{"name": "json", "rules": {"Violence": {"reject_at": 90}}, "unlisted": "approve"}',
        "rules:\n  Violence: approve\nname: last",
        "  name: indented\n  rules:\n    Violence: approve\n",
        "name: windows\r\nrules:\r\n  Violence: approve\r\n",
        "---\nname: document\nrules:\n  Violence: approve\n...\n",
        "# ü ✓ 𝄞\nname: wide\nrules:\n  Violence: approve  # 𝄞\n",
    ],
)
def test_every_way_to_write_a_policy_takes_an_adapter(text: str) -> None:
    changed, policy = with_adapter(text, ARN, origin="p")
    before = load(text, origin="p")
    assert policy == replace(before, adapter=ARN, version=policy.version)
    left = "".join(changed.split()).replace(f"adapter:{ARN}", "").replace(",,", ",")
    assert left == "".join(text.split())
    assert changed.count("\r\n") == (changed.count("\n") if "\r" in text else 0)


CANARY = f"""name: standard
rules:
  Violence: approve
canary:  # which is better?
  percent: 5
  adapter: {ARN}  # trained in May
"""


def test_a_canarys_adapter_changes_places_with_what_it_replaces() -> None:
    before = f"{CANARY}adapter: {OLD}\n"
    text, policy = with_adapter(before, ARN, origin="p")
    assert text == before.replace(ARN, "…").replace(OLD, ARN).replace("…", OLD)
    assert policy.canary is not None
    assert (policy.adapter, policy.canary.adapter) == (ARN, OLD)


def test_a_canarys_adapter_that_replaces_the_base_model_is_compared_with_it() -> None:
    text, policy = with_adapter(CANARY, ARN, origin="p")
    lines = CANARY.splitlines()
    assert text.splitlines() == [lines[0], f"adapter: {ARN}", *lines[1:-1]]
    assert policy.canary is not None
    assert policy.canary.adapter is None
    flow = f"name: standard\nrules: {{Violence: approve}}\ncanary: {{percent: 5, adapter: {ARN}}}\n"
    with pytest.raises(CannotPromote, match="take the canary out first"):
        with_adapter(flow, ARN, origin="p")


def test_nothing_is_to_be_done_where_the_policy_uses_it() -> None:
    text, _ = with_adapter(POLICY, ARN, origin="p")
    with pytest.raises(CannotPromote, match="uses this adapter already"):
        with_adapter(text, ARN, origin="p")


def test_what_is_no_policy_takes_none() -> None:
    with pytest.raises(PolicyError):
        with_adapter("name: x", ARN, origin="p")
